"""The tipping list: conclusions of a study that turn when one cluster is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.inference.influence_deleted import NONE, Deleted
from epiladder.inference.influence_test import Judge, crossed
from epiladder.inference.influence_units import left_out, taken
from epiladder.inference.screen import screen

if TYPE_CHECKING:
    from epiladder.inference.influence import Study

EXTREMES = 10  # clusters at each end of the correlation that are screened again

Record = dict[str, Any]


def turns(study: Study, level: str, found: dict[str, Deleted], retained: str, judge: Judge) -> list[Record]:
    """Every conclusion that leaving out one cluster of a level turns: coefficients, the screen, the last test."""
    alpha = study.alpha
    turned = []
    if retained in found:
        turned += _of_coefficients(found[retained], retained, alpha)
    if "null" in found:
        turned += _of_screen(study, level, found["null"])
    return turned + _of_test(study, level, judge)


def _turn(found: Deleted, c: int, conclusion: str, about: Record) -> Record:
    rows = round(float(found.rows[c]))
    head = {"level": found.level, "cluster": str(found.labels[c]), "rows": rows, "method": str(found.method[c])}
    return {**head, "conclusion": conclusion, **about}


def _of_coefficients(found: Deleted, rung: str, alpha: float) -> list[Record]:
    """Fixed effects whose p-value crosses 1 - confidence, by the same degrees of freedom with all and without one."""
    from epiladder.inference.influence_deleted import p_values

    errors = np.sqrt(np.diag(found.whole.covariance))
    whole, without = p_values(found.whole.beta, errors, found.whole.df), found.p_values()
    turned = []
    for i, name in enumerate(found.whole.names):
        if name == "(Intercept)" or not np.isfinite(whole[i]):
            continue
        crossed = np.isfinite(without[:, i]) & ((without[:, i] < alpha) != (whole[i] < alpha))
        for c in np.flatnonzero(crossed | (found.method == NONE)):
            known = found.method[c] != NONE
            about = {
                "rung": rung,
                "term": name,
                "threshold": alpha,
                "with_all": {"p_value": float(whole[i]), "estimate": float(found.whole.beta[i])},
                "without": {
                    "p_value": float(without[c, i]) if known else None,
                    "estimate": float(found.beta[c, i]) if known else None,
                },
            }
            turned.append(_turn(found, int(c), "coefficient", about))
    return turned


def _of_screen(study: Study, level: str, found: Deleted) -> list[Record]:
    """Verdicts of the screen, made anew without the clusters that could turn one."""
    cross, units = study.designed.cross, study.designed.units()
    log_exposure = study.designed.stored["outcome"]["mean_log_exposure"]
    family = study.plan.outcome.family
    plan = study.plan

    def screened(estimate: Record, stay: np.ndarray) -> dict[str, Record]:
        record = {"status": "fitted", "estimates": {"ML": estimate}}
        made = screen(plan, taken(cross, stay), record, log_exposure, units[stay])
        return {one["level"]: one for one in made["levels"]}

    whole = screened(study.fits["null"]["estimates"][study.criterion("null")], np.ones(len(units), dtype=bool))
    out = left_out(cross, level)
    turned = []
    for c in _candidates(found):
        estimate = {
            "random": [{"covariance": part[c].tolist()} for part in found.variances],
            "residual_variance": float(found.residual[c]) if family == "gaussian" else None,
            "fixed": [{"estimate": float(found.beta[c, 0])}],
            "dispersion": None if found.dispersion is None else float(found.dispersion[c]),
        }
        without = screened(estimate, out.mask(c, len(units)))
        for name, before in whole.items():
            after = without[name]
            if after["verdict"] != before["verdict"]:
                about = {"rung": "null", "term": name, "threshold": {"icc": plan.screen.icc}}
                keys = ("verdict", "icc", "design_effect")
                about |= {"with_all": {key: before[key] for key in keys}, "without": {key: after[key] for key in keys}}
                turned.append(_turn(found, c, "screen", about))
    return turned


def _candidates(found: Deleted) -> list[int]:
    """Clusters whose leaving changes the share of the variance between clusters most, and the largest."""
    between = np.sum([part[:, 0, 0] for part in found.variances], axis=0)
    share = between / (between + np.where(np.isfinite(found.residual), found.residual, 1.0))
    known = np.flatnonzero(found.known)
    order = known[np.argsort(share[known], kind="stable")]
    largest = known[np.argsort(-found.rows[known], kind="stable")]
    return sorted({int(c) for c in (*order[:EXTREMES], *order[-EXTREMES:], *largest[:EXTREMES])})


def _of_test(study: Study, level: str, judge: Judge) -> list[Record]:
    """The test of the rung that is read against the one below it."""
    turned = []
    for found, c, verdicts in crossed(study, level, judge, study.alpha):
        limit = study.alpha if judge.law is not None else judge.critical
        about = {"rung": judge.larger, "term": judge.smaller, "threshold": limit, **verdicts}
        turned.append(_turn(found, c, "test", about))
    return turned

"""bootstrap.json: from refitted replicates to intervals of variances and correlations, and p-values of comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.inference.bootstrap_correlations import correlations_of
from epiladder.inference.compare import SHORT
from epiladder.inference.monte_carlo import critical_value, percentile, simulated_p
from epiladder.inference.resample import Refitted
from epiladder.ladder.plan import pairs

if TYPE_CHECKING:
    from epiladder.design.load import Designed
    from epiladder.study.config import Plan

Record = dict[str, Any]
IMPUTED = (
    "values are imputed: an outcome drawn from a pooled fit belongs to no data set, and drawing, imputing and pooling "
    "anew for each replicate is not done here"
)
NOT_ASKED = "the plan asks for no replicates of the bootstrap"
COSTLY = f"{NOT_ASKED}, each of which would fit all rows anew; `bootstrap: 199` under `inference` asks for some"


def usable_rungs(fits: dict[str, Record]) -> set[str]:
    """Rungs that can be drawn from and refitted."""
    return {rung for rung, fit in fits.items() if fit["status"] == "fitted" and not _failed(fit)}


def _failed(fit: Record) -> bool:
    return any(estimate["convergence"]["status"] == "failed" for estimate in fit["estimates"].values())


def no_bootstrap(plan: Plan) -> str | None:
    """Why a study is not resampled; None where it is."""
    if plan.data.imputation is not None:
        return IMPUTED
    if plan.inference.bootstrap:
        return None
    return NOT_ASKED if plan.outcome.family == "gaussian" else COSTLY


def bootstrap_record(plan: Plan, designed: Designed, fits: dict[str, Record], found: Iterable[Refitted]) -> Record:
    """bootstrap.json of a study; without any replicate it says why."""
    refitted = {(one.drawn, one.fitted, one.criterion): one for one in found}
    compared = pairs(tuple(designed.rungs))
    reason = no_bootstrap(plan)
    return {
        "study": plan.id,
        "seed": plan.inference.seed,
        "replicates": 0 if reason else plan.inference.bootstrap,
        "reason": reason,
        "confidence": plan.inference.confidence,
        "method": "parametric bootstrap, percentiles (Efron and Tibshirani 1993; Davison and Hinkley 1997)",
        "rungs": [_rung(plan, designed, fits, one) for one in refitted.values() if _of_itself(one)],
        "comparisons": [
            _compared(plan, fits, one, refitted) for one in refitted.values() if (one.drawn, one.fitted) in compared
        ],
    }


def _of_itself(one: Refitted) -> bool:
    best = "ML" if one.variance is None else "REML"
    return one.drawn == one.fitted and one.criterion == best and bool(one.covariances)


def _rung(plan: Plan, designed: Designed, fits: dict[str, Record], one: Refitted) -> Record:
    estimate = fits[one.fitted]["estimates"][one.criterion]
    confidence, known = plan.inference.confidence, one.known
    levels = [
        {
            "level": part["level"],
            "terms": part["terms"],
            "entries": [
                _entry(part, values[known], row, column, confidence)
                for row in range(len(part["terms"]))
                for column in range(row + 1)
            ],
            "icc": at_means["correlations"][0]["together"],
            **at_means,
        }
        for part, values, at_means in zip(
            estimate["random"], one.covariances, correlations_of(plan, designed, estimate, one), strict=True
        )
    ]
    return {
        "rung": one.fitted,
        "criterion": one.criterion,
        "replicates": len(known),
        "failures": int((~known).sum()),
        "at_boundary": float(one.singular[known].mean()) if known.any() else None,
        "levels": levels,
        "residual_variance": _scalar(one.variance, estimate["residual_variance"], known, confidence),
        "dispersion": _scalar(one.dispersion, estimate["dispersion"], known, confidence),
    }


def _entry(part: Record, values: np.ndarray, row: int, column: int, confidence: float) -> Record:
    terms = part["terms"]
    found = percentile(values[:, row, column], confidence).as_json(part["covariance"][row][column])
    return {"row": terms[row], "column": terms[column], **found}


def _scalar(values: np.ndarray | None, estimate: float | None, known: np.ndarray, confidence: float) -> Record | None:
    if values is None or estimate is None:
        return None
    return percentile(values[known], confidence).as_json(estimate)


def _compared(plan: Plan, fits: dict[str, Record], one: Refitted, refitted: dict[Any, Refitted]) -> Record:
    """The statistic of two rungs among those of outcomes drawn from the smaller."""
    low, high = (fits[rung]["estimates"][one.criterion]["log_likelihood"] for rung in (one.drawn, one.fitted))
    draws = 2 * (one.log_likelihood - refitted[one.drawn, one.drawn, one.criterion].log_likelihood)
    sound = ~np.isnan(draws) & (draws > -SHORT)
    head = {"smaller": one.drawn, "larger": one.fitted, "criterion": one.criterion}
    counts = {"replicates": len(draws), "failures": int((~sound).sum())}
    if not sound.any():
        nothing = dict.fromkeys(("p_value", "ci_low", "ci_high", "at_zero", "critical"))
        return {**head, **counts, **nothing, "reason": "no replicate could be fitted by both rungs"}
    found = simulated_p(2 * (high - low), draws[sound], plan.inference.confidence)
    values: Record = {"p_value": found.p_value, "ci_low": found.low, "ci_high": found.high, "at_zero": found.at_zero}
    values["critical"] = critical_value(draws[sound], round(1 - plan.inference.confidence, 12))
    return {**head, **counts, **values, "reason": None}

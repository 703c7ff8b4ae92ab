"""Influence: what each cluster does to a study's answers, by leaving it out; and which conclusions turn on one.

For the rungs that are read and every level: fixed effects, variances and Cook's distance without each cluster in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.load import Designed
from epiladder.engine.fit import Approximation
from epiladder.errors import LikelihoodError
from epiladder.inference.few_clusters import law_of_coefficients
from epiladder.inference.influence_deleted import EXACT, NONE, ONE_STEP, Deleted
from epiladder.inference.influence_test import Judge, judge_of
from epiladder.inference.influence_turns import turns

if TYPE_CHECKING:
    from epiladder.study.config import Plan

SHOWN = 10  # clusters of a level and rung that the record names
FEW = 100  # clusters in all up to which the rungs between are read as well

Record = dict[str, Any]


@dataclass(frozen=True)
class Study:
    """A study's design, plan, records of fits by rung, and approximation.json; found: what was left out already."""

    plan: Plan
    designed: Designed
    fits: dict[str, Record]
    approximation: Record
    found: dict[tuple[str, str, str], Deleted] = field(default_factory=dict)

    def without(self, rung: str, level: str, criterion: str) -> Deleted:
        """A rung without each cluster of a level, made once. Raises LikelihoodError in words."""
        key = (rung, level, criterion)
        if key not in self.found:
            self.found[key] = self._without(*key)
        return self.found[key]

    def _without(self, rung: str, level: str, criterion: str) -> Deleted:
        cross, model = self.designed.cross, self.designed.model(rung)
        if self.plan.outcome.family == "gaussian":
            from epiladder.inference.influence_refit import leave_one_out

            return leave_one_out(cross, model, level, criterion, self.law(criterion), self.alpha)
        from epiladder.engine.general import make_general
        from epiladder.inference.estimate import outcome_of
        from epiladder.inference.influence_general_refit import leave_one_out as leave_one_out_general

        columns = self.designed.columns(rung)
        problem = make_general(cross, model, columns, outcome_of(self.plan, self.designed, columns))
        chosen = Approximation(self.approximation["method"], self.approximation["nodes"])
        estimate = self.fits[rung]["estimates"]["ML"]
        return leave_one_out_general(cross, model, problem, level, estimate, chosen, self.alpha)

    @property
    def alpha(self) -> float:
        """The p-value below which a coefficient is told from zero."""
        return round(1 - self.plan.inference.confidence, 12)

    def law(self, criterion: str) -> str:
        """How coefficients are tested: as the plan says; Satterthwaite's in place of Kenward and Roger's where a level
        has too many clusters to refit each through the engine's door, or no fit is REML's.
        """
        from epiladder.inference.influence_refit import FEW as REFITTED

        asked = law_of_coefficients(self.plan)
        cross = self.designed.cross
        few = criterion == "REML" and all(len(cross.starts(level)) <= REFITTED for level in cross.levels)
        if asked == "kenward_roger":
            return asked if few else "satterthwaite"
        return "none" if asked == "z" else asked

    def criterion(self, rung: str) -> str:
        """The criterion by which a rung's estimates are read."""
        return "REML" if "REML" in self.fits[rung]["estimates"] else "ML"


def read_rungs(study: Study, retained: str) -> list[str]:
    """The null rung, the rung that is read, and with few clusters those between; only such as were fitted."""
    between = study.designed.rungs[: study.designed.rungs.index(retained) + 1]
    clusters = sum(len(study.designed.cross.starts(level)) for level in study.designed.cross.levels)
    cheap = study.plan.outcome.family == "gaussian" and clusters <= FEW
    wanted = [rung for rung in between if cheap or rung in ("null", retained)]
    return [rung for rung in wanted if not rung.startswith("single_level") and study.fits[rung]["status"] == "fitted"]


def influence(study: Study, retained: str, comparisons: Sequence[Record]) -> tuple[Record, list[dict[str, Any]]]:
    """The record influence.json, and the table of every cluster as blocks of columns (see `table_of`)."""
    confidence = study.plan.inference.confidence
    head: Record = {
        "study": study.plan.id,
        "confidence": confidence,
        "retained_rung": retained,
        "definition": DEFINITION,
    }
    judge = judge_of(study, retained, comparisons)
    head["asked"] = _asked(study, retained, judge)
    rungs = read_rungs(study, retained)
    if not rungs:
        return {**head, "levels": [], "turns": [], "reason": "No rung with random effects was fitted."}, []
    levels, turned, blocks = [], [], []
    for level in study.designed.cross.levels:
        found, entries = {}, []
        for rung in rungs:
            try:
                found[rung] = study.without(rung, level, study.criterion(rung))
            except LikelihoodError as error:
                entries.append({"rung": rung, "reason": str(error)})
                continue
            entries.append(_entry(rung, study.criterion(rung), found[rung]))
            blocks.append(table_of(rung, found[rung]))
        levels.append({"level": level, "clusters": len(study.designed.cross.starts(level)), "rungs": entries})
        turned += turns(study, level, found, retained, judge)
    return {**head, "levels": levels, "turns": turned, "reason": None}, blocks


def _asked(study: Study, retained: str, judge: Judge) -> Record:
    """By which tests each conclusion was judged, with all clusters and without one."""
    asked = law_of_coefficients(study.plan)
    used = asked if asked != "kenward_roger" else study.law(study.criterion(retained))
    exact = study.plan.outcome.family == "gaussian" and len(study.designed.cross.levels) == 1
    return {
        "coefficients": {"tests": used, "plan": asked},
        "screen": {"interval": "exact" if exact else None},
        "test": judge.as_json(study.plan.data.imputation is not None),
    }


DEFINITION = (
    "Cook's distance of a cluster: (b - b_c)' Cov(b)^-1 (b - b_c) / p, b the p fixed effects with all clusters in, b_c "
    "without it (Demidenko and Stukel 2005). Changes are in standard errors with all clusters in. exact: refitted "
    "without the cluster; one_step: one Newton step from the fit with all clusters in."
)


def _entry(rung: str, criterion: str, found: Deleted) -> Record:
    distance = found.cooks_distance()
    return {
        "rung": rung,
        "criterion": criterion,
        "reason": None,
        "clusters": len(found.labels),
        "exact": int((found.method == EXACT).sum()),
        "one_step": int((found.method == ONE_STEP).sum()),
        "not_estimable": int((found.method == NONE).sum()),
        "largest_distance": float(np.nanmax(distance)) if found.known.any() else None,
        "terms": list(found.whole.names),
        "influential": [_cluster(found, int(c), distance) for c in found.order()[:SHOWN]],
    }


def _cluster(found: Deleted, c: int, distance: np.ndarray) -> Record:
    head = {"cluster": str(found.labels[c]), "rows": round(float(found.rows[c])), "method": str(found.method[c])}
    if found.method[c] == NONE:
        reason = "without it the model cannot be estimated: a coefficient or a variance rests on this cluster"
        return {**head, "reason": reason, "cooks_distance": None, "fixed": [], "variances": []}
    changes, p_values = found.changes()[c], found.p_values()[c]
    fixed = [
        {"term": name, "estimate": float(b), "std_error": float(e), "change": float(change), "p_value": _known(p)}
        for name, b, e, change, p in zip(
            found.whole.names, found.beta[c], found.errors[c], changes, p_values, strict=True
        )
    ]
    variances = [
        {"level": level, "term": term, "variance": float(part[c, t, t])}
        for (level, terms), part in zip(found.whole.levels, found.variances, strict=True)
        for t, term in enumerate(terms)
    ]
    if found.whole.residual is not None:
        variances.append({"level": None, "term": "residual", "variance": float(found.residual[c])})
    return {**head, "reason": None, "cooks_distance": float(distance[c]), "fixed": fixed, "variances": variances}


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def table_of(rung: str, found: Deleted) -> dict[str, Any]:
    """One row a cluster and quantity: fixed effects, then variances. Columns by name."""
    n_clusters, names = len(found.labels), list(found.whole.names)
    quantities = [("fixed", name, found.beta[:, i], found.errors[:, i]) for i, name in enumerate(names)]
    nothing = np.full(n_clusters, np.nan)
    for (level, terms), part in zip(found.whole.levels, found.variances, strict=True):
        quantities += [(f"variance.{level}", term, part[:, t, t], nothing) for t, term in enumerate(terms)]
    if found.whole.residual is not None:
        quantities.append(("variance", "residual", found.residual, nothing))
    p_values = [*found.p_values().T, *(nothing for _ in quantities[len(names) :])]
    changes = [*found.changes().T, *(nothing for _ in quantities[len(names) :])]
    many = len(quantities)
    return {
        "rung": [rung] * (many * n_clusters),
        "level": [found.level] * (many * n_clusters),
        "cluster": [str(label) for label in found.labels] * many,
        "kind": [kind for kind, *_ in quantities for _ in range(n_clusters)],
        "term": [term for _, term, *_ in quantities for _ in range(n_clusters)],
        "method": [str(one) for one in found.method] * many,
        "rows": np.tile(np.rint(found.rows).astype(np.int64), many),
        "cooks_distance": np.tile(found.cooks_distance(), many),
        "estimate": np.concatenate([estimate for _, _, estimate, _ in quantities]),
        "std_error": np.concatenate([error for *_, error in quantities]),
        "change": np.concatenate(changes),
        "p_value": np.concatenate(p_values),
    }


TEXTS = ("rung", "level", "cluster", "kind", "term", "method")
NUMBERS = ("rows", "cooks_distance", "estimate", "std_error", "change", "p_value")


def influence_table(blocks: Sequence[dict[str, Any]]) -> Any:
    """influence.parquet from the blocks."""
    import pyarrow as pa

    from epiladder.columns import numbers, texts

    columns = {name: texts([value for block in blocks for value in block[name]]) for name in TEXTS}
    empty = {"rows": np.empty(0, dtype=np.int64)}
    for name in NUMBERS:
        start = empty.get(name, np.empty(0))
        columns[name] = numbers(np.concatenate([start, *(block[name] for block in blocks)]))
    return pa.Table.from_arrays(list(columns.values()), names=list(columns))

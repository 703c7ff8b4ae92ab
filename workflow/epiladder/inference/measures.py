"""measures.json: epidemiology's own measures of a study, each number with its interval, method and sources.

Of the null rung and the rung that is read; changes of variances go from the null rung to each rung with covariates.
Over imputed data sets every measure is made on each and pooled (see `quantity`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from epiladder.design.load import Designed
from epiladder.families import FAMILIES
from epiladder.inference.coefficient_effects import coefficient_effects
from epiladder.inference.correlations import correlations, curves, told
from epiladder.inference.discrimination import discrimination
from epiladder.inference.fitted import Fitted
from epiladder.inference.heterogeneity import interval_ratios, median_ratios, variance_changes
from epiladder.inference.intervals import Known, with_intervals
from epiladder.inference.quantity import pooled, rendered
from epiladder.inference.r_squared import r_squared
from epiladder.inference.replicates import Draws
from epiladder.inference.standardised import standardised
from epiladder.inference.variances import variances

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]


def measures(
    plan: Plan,
    sets: Sequence[tuple[Designed, Mapping[str, Record]]],
    retained: str,
    bootstrap: Record,
    draws: Mapping[str, Draws],
    profile: Record,
) -> Record:
    """The document. sets: of each data set (one, unless values were imputed) its design and records by rung.

    bootstrap: bootstrap.json, and its draws by rung. profile: profile.json. Intervals of these go before those by the
    delta method.
    """
    documents = [_of_one(plan, designed, fits, retained, draws) for designed, fits in sets]
    family = FAMILIES[plan.outcome.family]
    level1 = family.level1_variance_of[str(plan.outcome.link)]
    known = {rung: Known.of(rung, profile, level1, family.has_residual_variance) for rung in ("null", retained)}
    document = with_intervals(pooled(documents), known)
    document["icc_curves"] = [told(curve, plan.inference.confidence) for curve in document["icc_curves"]]
    return {
        "study": plan.id,
        "confidence": plan.inference.confidence,
        "retained": retained,
        "reasons": _reasons(sets, retained),
        "bootstrap": {"replicates": bootstrap["replicates"], "reason": bootstrap["reason"], "rungs": list(draws)},
        **rendered(document, plan.inference.confidence),
    }


def _reasons(sets: Sequence[tuple[Designed, Mapping[str, Record]]], retained: str) -> list[Record]:
    """Rungs that have no measures, and why."""
    found = []
    for rung in dict.fromkeys(("null", retained)):
        message = next((fits[rung]["message"] for _, fits in sets if fits[rung]["status"] != "fitted"), None)
        if message is not None:
            found.append({"rung": rung, "reason": message})
    return found


def _of_one(
    plan: Plan, designed: Designed, fits: Mapping[str, Record], retained: str, draws: Mapping[str, Draws]
) -> Record:
    known = {rung: Fitted.of(plan, designed, fits[rung], draws.get(rung)) for rung in designed.rungs}
    ladder = [one for one in known.values() if one is not None and one.levels]
    null = known["null"]
    read = [one for one in ladder if one.rung == retained]
    shown = [one for one in ladder if one.rung in ("null", retained)]
    intercepts = [one for one in ladder if one.rung.startswith("random_intercept")]
    confidence = plan.inference.confidence
    return {
        "variances": [row for one in shown for row in variances(one)],
        "icc": [row for one in shown for row in correlations(one, confidence)],
        "icc_curves": [row for one in read for row in curves(one)],
        "median_ratios": [row for one in shown for row in median_ratios(one)],
        "interval_ratios": [row for one in read for row in interval_ratios(one)],
        "variance_changes": variance_changes(null, intercepts) if null else [],
        "design_effects": [row for one in intercepts[-1:] for row in coefficient_effects(one)],
        "r_squared": [row for one in read for row in r_squared(one, null)],
        "discrimination": [row for one in read for row in discrimination(one)],
        "risks": [row for one in read for row in standardised(one)],
    }

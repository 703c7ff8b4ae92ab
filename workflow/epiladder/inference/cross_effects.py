"""cross_level.json: within, between and contextual effects, simple slopes with their region, ranges of random slopes.

All from the fixed effects and their covariance matrix as the rung's record holds them, so that imputed studies are read
from their pooled fits; shares of clusters of opposite sign are pooled over data sets as quantities.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from epiladder.design.load import Designed
from epiladder.inference.contextual import contextual_effects
from epiladder.inference.quantity import Quantity
from epiladder.inference.simple_slopes import simple_slopes
from epiladder.inference.slope_ranges import Slope, slope_ranges

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]


def cross_effects(
    plan: Plan, designed: Designed, fits: Mapping[str, Record], opposite: Mapping[Slope, Quantity]
) -> Record:
    """The document; each list holds one row a rung and effect, and is empty where the plan asks for none.

    opposite: the share of clusters of opposite sign of each random slope (see `slope_ranges.opposite_shares`).
    """
    fitted = {rung: _estimate(fits[rung]) for rung in designed.rungs}
    known = {rung: estimate for rung, estimate in fitted.items() if estimate is not None}
    return {
        "study": plan.id,
        "confidence": plan.inference.confidence,
        "contextual": [row for rung, one in known.items() for row in contextual_effects(plan, rung, one)],
        "simple_slopes": simple_slopes(plan, designed, known["cross_level"]) if "cross_level" in known else [],
        "slope_ranges": [row for rung, one in known.items() for row in slope_ranges(plan, rung, one, opposite)],
        "reasons": [{"rung": rung, "reason": fits[rung]["message"]} for rung, one in fitted.items() if one is None],
    }


def _estimate(record: Record) -> Record | None:
    if record["status"] != "fitted":
        return None
    return record["estimates"].get("REML") or record["estimates"]["ML"]

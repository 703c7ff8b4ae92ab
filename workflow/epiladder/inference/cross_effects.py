"""cross_level.json: within, between and contextual effects, simple slopes with their region, ranges of random slopes.

All from the fixed effects and their covariance matrix as the rung's record holds them, so that imputed studies are read
from their pooled fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from epiladder.design.load import Designed
from epiladder.inference.contextual import contextual_effects
from epiladder.inference.simple_slopes import simple_slopes
from epiladder.inference.slope_ranges import slope_ranges

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]


def cross_effects(plan: Plan, designed: Designed, fits: Mapping[str, Record]) -> Record:
    """The document; each list holds one row a rung and effect, and is empty where the plan asks for none."""
    fitted = {rung: _estimate(fits[rung]) for rung in designed.rungs}
    known = {rung: estimate for rung, estimate in fitted.items() if estimate is not None}
    return {
        "study": plan.id,
        "confidence": plan.inference.confidence,
        "contextual": [row for rung, one in known.items() for row in contextual_effects(plan, rung, one)],
        "simple_slopes": simple_slopes(plan, designed, known["cross_level"]) if "cross_level" in known else [],
        "slope_ranges": [row for rung, one in known.items() for row in slope_ranges(plan, rung, one)],
        "reasons": [{"rung": rung, "reason": fits[rung]["message"]} for rung, one in fitted.items() if one is None],
    }


def _estimate(record: Record) -> Record | None:
    if record["status"] != "fitted":
        return None
    return record["estimates"].get("REML") or record["estimates"]["ML"]

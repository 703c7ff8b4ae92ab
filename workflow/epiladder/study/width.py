"""How many columns terms take, counted without data: of the fixed effects, and of a cluster's random effects."""

from __future__ import annotations

import math
import re

from epiladder.study.plan import Plan
from epiladder.study.term import Factor, parse_term
from epiladder.study.terms import known_names, resolve


def fixed_columns(plan: Plan) -> int:
    """Columns of fixed effects of the largest rung, without the intercept."""
    terms = resolve(plan)
    return sum(width(plan, text) for _, block in terms.blocks for text in block) + sum(
        width(plan, text) for text in terms.cross_level
    )


def random_effects(plan: Plan, level: str) -> int:
    """Random effects of each cluster of a level in the largest rung: the intercept, and its slopes' columns."""
    return 1 + sum(width(plan, slope.of) for slope in resolve(plan).slopes if slope.over == level)


def width(plan: Plan, text: str) -> int:
    """Columns of a term: those of its factors multiplied out."""
    return math.prod(_width(plan, factor) for factor in parse_term(text, known_names(plan)).factors)


def _width(plan: Plan, factor: Factor) -> int:
    """Columns of a factor; of a spline or polynomial as its `df` or degree says, of other functions one."""
    widths = [
        len(plan.variables[name].categories) - 1
        for name in factor.names
        if name in plan.variables and plan.variables[name].type == "category"
    ]
    if widths:
        return widths[0]
    if factor.is_plain:
        return 1
    for pattern in (r"\bdf\s*=\s*(\d+)", r"\bdegree\s*=\s*(\d+)", r"^poly\([^,]+,\s*(\d+)"):
        found = re.search(pattern, factor.text)
        if found:
            return int(found[1])
    return 3 if factor.functions[0] == "bs" else 1

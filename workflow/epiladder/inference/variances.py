"""Variances of random effects, and of the residuals, as quantities: the variance itself and its standard deviation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from epiladder.inference.fitted import Fitted, Values

Record = dict[str, Any]
RESIDUAL = "residual"


def variances(fitted: Fitted) -> list[Record]:
    """One row a random effect, and one (level None) for the residuals: rung level term variance sd (quantities)."""
    rows = []
    for k, (level, terms, _) in enumerate(fitted.values(fitted.vector).covariances):
        for a, term in enumerate(terms):
            rows.append(_row(fitted, level, term, lambda v, k=k, a=a: float(v.covariances[k][2][a, a])))
    if fitted.family.has_residual_variance:
        rows.append(_row(fitted, None, RESIDUAL, lambda v: v.residual or 0.0))
    return rows


def _row(fitted: Fitted, level: str | None, term: str, value: Callable[[Values], float]) -> Record:
    variance, sd = (fitted.quantity(one, "log") for one in (value, lambda v: math.sqrt(max(value(v), 0.0))))
    return {"rung": fitted.rung, "level": level, "term": term, "variance": variance, "sd": sd}

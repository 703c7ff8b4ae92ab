"""A contrast of fixed effects: estimate, standard error, test and interval, from a record of estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from epiladder.inference.fixed import Coefficient, coefficient


def contrast(estimate: Mapping[str, Any], weights: Mapping[str, float], confidence: float) -> Coefficient:
    """The sum of fixed effects by weights. Degrees of freedom: the fewest among the terms, a cautious choice."""
    rows = estimate["fixed"]
    by = np.array([weights.get(row["term"], 0.0) for row in rows])
    value = float(by @ [row["estimate"] for row in rows])
    variance = float(by @ np.array(estimate["fixed_covariance"]) @ by)
    return coefficient(value, max(variance, 0.0) ** 0.5, fewest(estimate, weights), confidence)


def fewest(estimate: Mapping[str, Any], weights: Mapping[str, float]) -> float | None:
    """The fewest degrees of freedom among the terms that have a weight; None for the normal law."""
    dfs = [row["df"] for row in estimate["fixed"] if weights.get(row["term"]) and row["df"] is not None]
    return min(dfs, default=None)

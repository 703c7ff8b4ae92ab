"""Predictions from a fit's coefficients at chosen values of its terms; all from results, none from rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from epiladder.report.names import factors
from epiladder.report.results import Results


def design_row(results: Results, found: dict[str, Any], at: Mapping[str, float]) -> list[float]:
    """A row of the fixed design: factors in `at` take their value, others their mean, categories their reference.

    A product is the product of its factors, so that it moves with them.
    """
    return [_value(results, row["term"], at) for row in found["fixed"]]


def _value(results: Results, term: str, at: Mapping[str, float]) -> float:
    if term == "(Intercept)":
        return 1.0
    if term in at:
        return at[term]
    value = 1.0
    for factor in factors(term):
        value *= at[factor] if factor in at else _held(results, factor)
    return value


def _held(results: Results, factor: str) -> float:
    column = results.column(factor)
    return 0.0 if column is None or column.get("binary") else float(column["mean"])


def predict(found: dict[str, Any], row: list[float]) -> float:
    """The fixed part at a row of the design."""
    return sum(value * effect["estimate"] for value, effect in zip(row, found["fixed"], strict=True))


def spread(found: dict[str, Any], row: list[float]) -> float | None:
    """The standard error of a contrast of the fixed effects; None where the fit carries no covariance of them."""
    matrix = found.get("fixed_covariance")
    if matrix is None:
        return None
    total = sum(a * b * matrix[i][j] for i, a in enumerate(row) for j, b in enumerate(row) if a and b)
    return max(total, 0.0) ** 0.5

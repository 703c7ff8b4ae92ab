"""Rows of the ladder table beside the coefficients: residual or dispersion, correlations, median ratios."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Cell, Row, RowGroup
from epiladder.report.results import SINGLE_LEVEL, Results, estimates, variance
from epiladder.report.scale import MEDIAN_STEP

Fit = dict[str, Any]


def row_of(results: Results, label: str, cell: Callable[[Fit], Cell | None]) -> Row:
    """A row of the ladder: a cell for each rung, `not fitted` where there is no fit."""
    return Row(label, tuple(cell(fit) if fit["status"] == "fitted" else "not fitted" for fit in results.fits))


def groups(results: Results) -> list[RowGroup]:
    """What varies besides the random effects' own variances, as far as the family has it."""
    if results.scale.gaussian:
        residual = RowGroup("Residual", (row_of(results, "Variance", _estimated("residual_variance")),))
        return [residual, RowGroup("Intraclass correlation", _correlations(results, _residual))]
    made = [_dispersion(results)]
    if results.scale.level1 is not None:
        latent = results.scale.level1
        made.append(RowGroup("Intraclass correlation (latent scale)", _correlations(results, lambda _: latent)))
    else:
        made.append(RowGroup("Intraclass correlation (at the mean count)", _screened(results)))
    return [*made, *([_medians(results)] if results.scale.ratio else [])]


def _estimated(key: str) -> Callable[[Fit], Cell | None]:
    def cell(fit: Fit) -> Cell | None:
        value = (estimates(fit) or {}).get(key)
        return None if value is None else numbers.magnitude(value)

    return cell


def _residual(found: dict) -> float | None:
    return found["residual_variance"] or None


def _dispersion(results: Results) -> RowGroup:
    """Theta of a negative binomial, or how far counts or events of trials vary more than they should."""
    rows = []
    if results.scale.family == "negative_binomial":
        rows.append(row_of(results, "Dispersion θ (variance μ + μ²/θ)", _estimated("dispersion")))
    if any(_over(fit) is not None for fit in results.fits):
        rows.append(row_of(results, "Pearson statistic / residual df", lambda fit: _number(_over(fit))))
    return RowGroup("Dispersion", tuple(rows))


def _over(fit: Fit) -> float | None:
    """The fit's overdispersion, wherever the record keeps it: a number, or one with its parts."""
    found = fit.get("overdispersion")
    return found.get("ratio") if isinstance(found, dict) else found


def _number(value: float | None) -> Cell | None:
    return None if value is None else numbers.fixed(value, 2)


def _correlations(results: Results, level1: Callable[[dict], float | None]) -> tuple[Row, ...]:
    """Variances from the outermost level to this one over the total, as the screen defines it."""

    def cell(upto: int) -> Callable[[Fit], Cell | None]:
        return lambda fit: None if fit["rung"] in SINGLE_LEVEL else icc(fit, upto)

    def icc(fit: Fit, upto: int) -> Cell | None:
        found = estimates(fit)
        inner = None if found is None else level1(found)
        if inner is None:
            return None
        parts = [variance(found, level) or 0.0 for level in results.levels()]
        return numbers.icc(sum(parts[:upto]) / (sum(parts) + inner))

    return tuple(row_of(results, f"Same {level}", cell(at + 1)) for at, level in enumerate(results.levels()))


def _screened(results: Results) -> tuple[Row, ...]:
    """The screen's correlations, for the null rung alone: with covariates there is no one mean count."""
    known = {level["level"]: level["icc"] for level in results.screen["levels"]}

    def cell(level: str) -> Callable[[Fit], Cell | None]:
        return lambda fit: numbers.icc(known.get(level)) if fit["rung"] == "null" else None

    return tuple(row_of(results, f"Same {level}", cell(level)) for level in results.levels())


def _medians(results: Results) -> RowGroup:
    """The median ratio of two units of different clusters, all inner levels' variances with it."""
    levels = results.levels()

    def cell(at: int) -> Callable[[Fit], Cell | None]:
        def made(fit: Fit) -> Cell | None:
            found = estimates(fit)
            if found is None or fit["rung"] in SINGLE_LEVEL:
                return None
            total = sum(variance(found, level) or 0.0 for level in levels[at:])
            return numbers.Number(math.exp(MEDIAN_STEP * math.sqrt(total)), numbers.Format("ratio", 2))

        return made

    def label(at: int) -> str:
        inside = f", same {levels[at - 1]}" if at else ""
        return f"Different {results.names.level(levels[at], 2)}{inside}"

    rows = tuple(row_of(results, label(at), cell(at)) for at in range(len(levels)))
    return RowGroup(capital(results.scale.median()), rows)

"""The ladder: every rung as a column, from the mean alone to the cross-level model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import (
    Block,
    Bullets,
    Cell,
    Code,
    Column,
    Note,
    Paragraph,
    Parts,
    Row,
    RowGroup,
    Section,
    Strong,
    Table,
    say,
)
from epiladder.report.plots import rungs, waterfall
from epiladder.report.results import Results, covariance, estimates, fixed, worst
from epiladder.report.sections import ladder_notes, ladder_variation
from epiladder.report.sections.ladder_variation import row_of
from epiladder.report.sections.trouble import trouble

CONVERGENCE = {"converged": "converged", "boundary": "on the boundary", "failed": "not converged"}

Fit = dict[str, Any]


def section(results: Results) -> Section:
    """What each rung adds, and the table of all of them."""
    words = "Each rung adds one idea to the rung below it; the rows are the same throughout."
    blocks: list[Block] = [Paragraph(say(words)), Bullets(tuple(_idea(results, rung) for rung in _rungs(results)))]
    blocks.append(table(results))
    blocks += [figure for draw in (waterfall.figure, rungs.figure) for figure in [draw(results)] if figure]
    blocks += [Note("warning", note) for note in trouble(results)]
    return Section("ladder", "The ladder", tuple(blocks))


def _rungs(results: Results) -> list[dict]:
    return results.design["rungs"]


def _idea(results: Results, rung: dict) -> Parts:
    return say(
        "{name}: {sentence} {formula}",
        name=Strong(results.names.rung(rung["id"])),
        sentence=rung.get("sentence") or "",
        formula=Code(rung["formula"]) if rung.get("formula") else (),
    )


def table(results: Results) -> Table:
    """The ladder table: row groups of fixed effects, variances, ICC and fit."""
    groups = [
        *_ratios(results),
        RowGroup(_head(results), _fixed(results, _coefficient)),
        *(
            RowGroup(f"Variation between {results.names.level(level, 2)}{_of_scale(results)}", rows)
            for level in results.levels()
            for rows in [_random(results, level)]
            if rows
        ),
        *ladder_variation.groups(results),
        RowGroup("Fit", _fit(results)),
    ]
    unit = results.names.outcome_unit()
    return Table(
        id="ladder",
        caption=say("The ladder: {outcome}{unit}.", outcome=results.names.outcome(), unit=f", {unit}" if unit else ""),
        stub="",
        columns=tuple(Column(results.names.rung(fit["rung"])) for fit in results.fits),
        groups=tuple(group for group in groups if group.rows),
        notes=ladder_notes.notes(results),
    )


def _ratios(results: Results) -> list[RowGroup]:
    """Odds, rate or hazard ratios above the coefficients that they are the exponentials of."""
    rows = _fixed(results, _ratio)[1:] if results.scale.ratio else ()
    return [RowGroup(f"{capital(str(results.scale.ratio))}s (CI)", rows)]


def _head(results: Results) -> str:
    scale = results.scale
    return f"Fixed effects: {'estimate' if scale.gaussian else scale.predictor} (CI)"


def _of_scale(results: Results) -> str:
    return "" if results.scale.gaussian else f" ({results.scale.predictor})"


def _fixed(results: Results, form: Callable[[Fit | None], Cell | None]) -> tuple[Row, ...]:
    """A row a term, the intercept first."""
    terms = dict.fromkeys(row["term"] for fit in results.fits for row in (estimates(fit) or {"fixed": []})["fixed"])

    def cell(term: str) -> Callable[[Fit], Cell | None]:
        return lambda fit: form(fixed(estimates(fit), term))

    return tuple(row_of(results, results.names.term(term), cell(term)) for term in terms)


def _coefficient(row: dict | None) -> Cell | None:
    return None if row is None else numbers.coefficient(row)


def _ratio(row: dict | None) -> Cell | None:
    return None if row is None else numbers.ratio(row)


def _random(results: Results, level: str) -> tuple[Row, ...]:
    """Variances of a level, then its covariances, each where a rung has it."""
    terms = dict.fromkeys(
        t for fit in results.fits for t in (covariance(estimates(fit), level) or {"terms": []})["terms"]
    )
    order = list(terms)
    pairs = [(a, b) for i, a in enumerate(order) for b in order[:i]]
    rows = [row_of(results, f"Variance of {_effect(results, t)}", _entry(level, t, t)) for t in order]
    rows += [
        row_of(results, f"Covariance of {_effect(results, b)} and {_effect(results, a)}", _entry(level, a, b))
        for a, b in pairs
    ]
    return tuple(rows)


def _effect(results: Results, term: str) -> str:
    return "the intercept" if term == "(Intercept)" else f"the slope of {results.names.term(term)}"


def _entry(level: str, a: str, b: str) -> Callable[[Fit], Cell | None]:
    def cell(fit: Fit) -> Cell | None:
        part = covariance(estimates(fit), level)
        if part is None or a not in part["terms"] or b not in part["terms"]:
            return None
        return numbers.magnitude(part["covariance"][part["terms"].index(a)][part["terms"].index(b)])

    return cell


def _fit(results: Results) -> tuple[Row, ...]:
    def of(key: str, form: Callable[[float | None], Cell]) -> Callable[[Fit], Cell | None]:
        return lambda fit: form((estimates(fit, "ML") or {}).get(key))

    def bic(key: str) -> Callable[[Fit], Cell | None]:
        return lambda fit: numbers.likelihood(((estimates(fit, "ML") or {}).get("bic") or {}).get(key))

    ml = " (ML)" if results.scale.gaussian else ""
    rows = [
        ("Parameters", of("n_parameters", numbers.count)),
        (f"Log-likelihood{ml}", of("log_likelihood", numbers.likelihood)),
        (f"Deviance{ml}", of("deviance", numbers.likelihood)),
        ("AIC", of("aic", numbers.likelihood)),
        ("BIC, n rows", bic("rows")),
        (f"BIC, n {results.names.level(results.levels()[0], 2)}", bic("clusters")),
        ("BIC, hybrid", bic("hybrid")),
        ("REML criterion", _reml),
        ("Convergence", _convergence),
    ]
    made = (row_of(results, label, cell) for label, cell in rows)
    return tuple(row for row in made if any(_present(cell) for cell in row.cells))


def _present(cell: Cell | None) -> bool:
    """Whether a cell says something: a row that no rung fills is left out."""
    return cell is not None and not (isinstance(cell, numbers.Number) and cell.value is None)


def _reml(fit: Fit) -> Cell | None:
    found = estimates(fit, "REML")
    if found is None or found["log_likelihood"] is None:
        return None
    return numbers.likelihood(-2 * found["log_likelihood"])


def _convergence(fit: Fit) -> Cell | None:
    return CONVERGENCE.get(worst(fit) or "", "")

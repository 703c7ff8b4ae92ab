"""The ladder: every rung as a column, from the mean alone to the cross-level model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from epiladder.report import numbers
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
from epiladder.report.results import SINGLE_LEVEL, Results, covariance, estimates, fixed, variance, worst

CONVERGENCE = {"converged": "converged", "boundary": "on the boundary", "failed": "not converged"}

Fit = dict[str, Any]


def section(results: Results) -> Section:
    """What each rung adds, and the table of all of them."""
    words = "Each rung adds one idea to the rung below it; the rows are the same throughout."
    blocks: list[Block] = [Paragraph(say(words)), Bullets(tuple(_idea(results, rung) for rung in _rungs(results)))]
    blocks.append(table(results))
    blocks += [Note("warning", note) for fit in results.fits for note in trouble(results, fit)]
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


def trouble(results: Results, fit: Fit) -> list[Parts]:
    """What a reader must know of a fit that is not plainly converged; empty when it is."""
    name = results.names.rung_inside(fit["rung"])
    if fit["status"] != "fitted":
        why = (fit.get("message") or "no reason was recorded").rstrip(".")
        return [say("The rung “{name}” could not be fitted: {why}.", name=name, why=why)]
    state, message = worst(fit), (fit.get("message") or "").strip().rstrip(".")
    texts = [text.rstrip(".") for text in fit.get("warnings") or () if text.strip().rstrip(".") not in message]
    notes = [say("The rung “{name}”: {text}.", name=name, text=text) for text in texts]
    if state == "failed":
        words = "The rung “{name}” did not converge, and its numbers must not be used. {message}"
        return [say(words, name=name, message=f"{message}." if message else ""), *notes]
    if state == "boundary":
        words = "The rung “{name}” has its optimum on the boundary (a singular fit): an answer, no failure. {message}"
        return [say(words, name=name, message=f"{message}." if message else ""), *notes]
    return notes


def table(results: Results) -> Table:
    """The ladder table: row groups of fixed effects, variances, ICC and fit."""
    groups = [
        RowGroup("Fixed effects: estimate (CI)", _fixed(results)),
        *(
            RowGroup(f"Variation between {results.names.level(level, 2)}", rows)
            for level in results.levels()
            for rows in [_random(results, level)]
            if rows
        ),
        RowGroup("Residual", (_row(results, "Variance", _residual),)),
        RowGroup("Intraclass correlation", _correlations(results)),
        RowGroup("Fit", _fit(results)),
    ]
    unit = results.names.outcome_unit()
    return Table(
        id="ladder",
        caption=say("The ladder: {outcome}{unit}.", outcome=results.names.outcome(), unit=f", {unit}" if unit else ""),
        stub="",
        columns=tuple(Column(results.names.rung(fit["rung"])) for fit in results.fits),
        groups=tuple(group for group in groups if group.rows),
        notes=_notes(results),
    )


def _notes(results: Results) -> tuple[Parts, ...]:
    share = f"{results.confidence() * 100:g}%"
    hybrid = any(((estimates(fit, "ML") or {}).get("bic") or {}).get("hybrid") is not None for fit in results.fits)
    clusters = results.names.level(results.levels()[0], 2)
    slopes = any(
        len(part["terms"]) > 1 for fit in results.fits for part in (estimates(fit) or {"random": []})["random"]
    )
    notes = [
        say(
            "CI: {share} confidence interval. Fixed effects and variances are restricted maximum likelihood (REML) "
            "estimates [@patterson1971]; log-likelihood, deviance, AIC and BIC are maximum likelihood (ML).",
            share=share,
        ),
        say(
            "BIC is printed with n as the number of rows, as the number of {clusters}{hybrid}. Deviance is −2 × "
            "log-likelihood; the REML criterion compares rungs with the same fixed effects only.",
            clusters=clusters,
            hybrid=say(", and as the hybrid of both [@delattre2014]") if hybrid else (),
        ),
    ]
    if slopes:
        notes.append(
            say(
                "Where slopes vary, the intercept's variance, the covariances and the ICC hold where the "
                "covariates with a random slope are zero."
            )
        )
    return tuple(notes)


def _row(results: Results, label: str, cell: Callable[[Fit], Cell | None]) -> Row:
    return Row(label, tuple(cell(fit) if fit["status"] == "fitted" else "not fitted" for fit in results.fits))


def _fixed(results: Results) -> tuple[Row, ...]:
    terms = dict.fromkeys(row["term"] for fit in results.fits for row in (estimates(fit) or {"fixed": []})["fixed"])

    def cell(term: str) -> Callable[[Fit], Cell | None]:
        return lambda fit: _coefficient(fixed(estimates(fit), term))

    return tuple(_row(results, results.names.term(term), cell(term)) for term in terms)


def _coefficient(row: dict | None) -> Cell | None:
    return None if row is None else numbers.coefficient(row)


def _residual(fit: Fit) -> Cell | None:
    found = estimates(fit)
    return numbers.magnitude(found["residual_variance"]) if found else None


def _random(results: Results, level: str) -> tuple[Row, ...]:
    """Variances of a level, then its covariances, each where a rung has it."""
    terms = dict.fromkeys(
        t for fit in results.fits for t in (covariance(estimates(fit), level) or {"terms": []})["terms"]
    )
    order = list(terms)
    pairs = [(a, b) for i, a in enumerate(order) for b in order[:i]]
    rows = [_row(results, f"Variance of {_effect(results, t)}", _entry(level, t, t)) for t in order]
    rows += [
        _row(results, f"Covariance of {_effect(results, b)} and {_effect(results, a)}", _entry(level, a, b))
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


def _correlations(results: Results) -> tuple[Row, ...]:
    def cell(upto: int) -> Callable[[Fit], Cell | None]:
        return lambda fit: None if fit["rung"] in SINGLE_LEVEL else _icc(fit, results.levels(), upto)

    return tuple(_row(results, f"Same {level}", cell(at + 1)) for at, level in enumerate(results.levels()))


def _icc(fit: Fit, levels: tuple[str, ...], upto: int) -> Cell | None:
    """Variances from the outermost level to this one over the total, as the screen defines it."""
    found = estimates(fit)
    if found is None or not found["residual_variance"]:
        return None
    parts = [variance(found, level) or 0.0 for level in levels]
    return numbers.icc(sum(parts[:upto]) / (sum(parts) + found["residual_variance"]))


def _fit(results: Results) -> tuple[Row, ...]:
    def of(key: str, form: Callable[[float | None], Cell]) -> Callable[[Fit], Cell | None]:
        return lambda fit: form((estimates(fit, "ML") or {}).get(key))

    def bic(key: str) -> Callable[[Fit], Cell | None]:
        return lambda fit: numbers.likelihood(((estimates(fit, "ML") or {}).get("bic") or {}).get(key))

    rows = [
        ("Parameters", of("n_parameters", numbers.count)),
        ("Log-likelihood (ML)", of("log_likelihood", numbers.likelihood)),
        ("Deviance (ML)", of("deviance", numbers.likelihood)),
        ("AIC", of("aic", numbers.likelihood)),
        ("BIC, n rows", bic("rows")),
        (f"BIC, n {results.names.level(results.levels()[0], 2)}", bic("clusters")),
        ("BIC, hybrid", bic("hybrid")),
        ("REML criterion", _reml),
        ("Convergence", _convergence),
    ]
    made = (_row(results, label, cell) for label, cell in rows)
    return tuple(row for row in made if any(_present(cell) for cell in row.cells))


def _present(cell: Cell | None) -> bool:
    """Whether a cell says something: a row that no rung fills is left out."""
    return cell is not None and not (isinstance(cell, numbers.Number) and cell.value is None)


def _reml(fit: Fit) -> Cell | None:
    found = estimates(fit, "REML")
    return None if found is None else numbers.likelihood(-2 * found["log_likelihood"])


def _convergence(fit: Fit) -> Cell | None:
    return CONVERGENCE.get(worst(fit) or "", "")

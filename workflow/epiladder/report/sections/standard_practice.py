"""Standard practice: what each coefficient would be under the methods that others use."""

from __future__ import annotations

import math

from epiladder.report import numbers
from epiladder.report.page import Block, Cell, Column, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.plots import forest
from epiladder.report.results import Results

ALIKE = 0.1  # standard errors that differ by less are not worth a sentence at the head of the page
RATIO = "Ratio of errors: this method's standard error over the mixed model's, for the same fixed part."


def section(results: Results) -> Section | None:
    """Each coefficient under each method; nothing when there are no covariates."""
    rows = chosen(results)
    if not rows:
        return None
    words = (
        "The same fixed part, estimated by the methods in common use. Ordinary regression takes every row as "
        "independent: its standard errors are too small for what varies between clusters, and too large for what "
        "varies only within them [@moulton1986]. Cluster-robust errors and GEE [@liang1986] mend the errors, fixed "
        "effects remove all differences between clusters, and with them every coefficient of a cluster-level variable."
    )
    blocks: list[Block] = [Paragraph(say(words))]
    blocks += [Paragraph(parts) for parts in [contrast(results)] if parts]
    figure = forest.figure(results, rows)
    blocks += [figure] if figure else []
    return Section("practice", "What clustering does to the answer", (*blocks, _table(results, rows)))


def chosen(results: Results) -> list[dict]:
    """The rows whose fixed part is the retained rung's, or else the largest one there is."""
    rows = results.standard_practice["rows"]
    retained = (results.retained() or "").partition(".")[0]
    parts = [row["fixed_part"] for row in rows]
    pick = next((p for p in parts if p == results.retained() or p.partition(".")[0] == retained), None)
    return [row for row in rows if row["fixed_part"] == (pick or (parts[-1] if parts else None))]


def contrast(results: Results) -> Parts | None:
    """The coefficient whose ordinary standard error is furthest from the mixed model's, in one sentence."""
    rows = [r for r in chosen(results) if r["method"] == "ordinary" and r.get("std_error_ratio")]
    rows = [r for r in rows if r["term"] != "(Intercept)"]
    if not rows or all(abs(row["std_error_ratio"] - 1) < ALIKE for row in rows):
        return None
    worst = max(rows, key=lambda row: abs(math.log(row["std_error_ratio"])))
    return say(
        "Ordinary regression, which ignores the clusters, would give the coefficient of {term} a standard error "
        "{ratio} times that of the mixed model: it would claim to know {how} than these data tell.",
        term=results.names.term(worst["term"]),
        ratio=numbers.fixed(worst["std_error_ratio"], 2),
        how=("more",) if worst["std_error_ratio"] < 1 else ("less",),
    )


def _table(results: Results, rows: list[dict]) -> Table:
    terms = dict.fromkeys(row["term"] for row in rows)
    groups = tuple(
        RowGroup(results.names.term(term), tuple(_row(results, row) for row in rows if row["term"] == term))
        for term in terms
    )
    heads = ("Estimate (CI)", "Standard error", "Ratio of errors", "df", "p")
    return Table(
        id="practice",
        caption=say("Each coefficient under standard practice and under the ladder."),
        stub="Method",
        columns=tuple(Column(head) for head in heads),
        groups=groups,
        notes=(say(RATIO), *_reasons(results, rows)),
    )


def _row(results: Results, row: dict) -> Row:
    cells: tuple[Cell | None, ...] = (
        numbers.coefficient(row),
        numbers.magnitude(row["std_error"], 3),
        numbers.fixed(row["std_error_ratio"], 2),
        numbers.degrees_of_freedom(row["df"]),
        numbers.p_value(row["p_value"]),
    )
    return Row(results.names.method(row["method"]), cells if row["estimate"] is not None else (None,) * len(cells))


def _reasons(results: Results, rows: list[dict]) -> tuple[Parts, ...]:
    """Why a method has no estimate, one note a method and reason."""
    told: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.get("reason"):
            key = (results.names.method(row["method"]), row["reason"].rstrip("."))
            told.setdefault(key, []).append(results.names.term(row["term"]))
    return tuple(
        say("{method}, {terms}: {reason}.", method=method, terms=", ".join(terms), reason=reason)
        for (method, reason), terms in told.items()
    )

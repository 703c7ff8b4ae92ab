"""Comparisons: each pair of rungs, the statistic, the law it is judged by, and the naive p-value beside it."""

from __future__ import annotations

import re

from epiladder.report import numbers
from epiladder.report.page import Cell, Column, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.results import Results
from epiladder.report.sections import imputation


def section(results: Results) -> Section | None:
    """All comparisons of the ladder; nothing when the ladder has no pair."""
    if not results.comparisons:
        return None
    words = (
        "A rung is compared with the one it grew from by a likelihood-ratio test. Where the smaller rung sets a "
        "variance to zero, that variance stands on the edge of what is possible, and the statistic follows a mixture "
        "of chi-square laws [@self1987][@stram1994]; the naive p-value, which other programs print, ignores it."
        + imputation.comparison(results)
    )
    return Section("comparisons", "Comparisons of rungs", (Paragraph(say(words)), _table(results)))


def law(reference: str | None) -> str:
    """A reference law as it is printed: `0.5*chi2(1) + 0.5*chi2(2)` becomes `½ χ²(1) + ½ χ²(2)`."""
    if not reference:
        return "none"
    text = re.sub(r"\b0?\.50*\s*\*\s*", "½ ", reference)
    text = re.sub(r"(\d+\.\d{3})\d*", r"\1", text)
    return text.replace("chi2", "χ²").replace("*", " ")


def title(results: Results, row: dict) -> str:
    """`Random slope against random intercept`."""
    return f"{results.names.rung(row['larger'])} against {results.names.rung_inside(row['smaller'])}"


def _table(results: Results) -> Table:
    bootstrap = any(row.get("p_value_bootstrap") is not None for row in results.comparisons)
    extra = (Column("Bootstrap p"),) if bootstrap else ()
    only = {row["criterion"] for row in results.comparisons} == {"ML"} and not results.scale.gaussian
    pairs = dict.fromkeys(title(results, row) for row in results.comparisons)
    groups = tuple(
        RowGroup(pair, tuple(_row(row, bootstrap) for row in results.comparisons if title(results, row) == pair))
        for pair in pairs
    )
    if only:
        groups = (RowGroup(None, tuple(_row(row, bootstrap, title(results, row)) for row in results.comparisons)),)
    columns = (Column("Statistic"), Column("Parameters"), Column("Law", numeric=False), Column("p"), Column("Naive p"))
    return Table(
        id="comparisons",
        caption=say("Likelihood-ratio comparisons of rungs."),
        stub="Rungs" if only else "Criterion",
        columns=(*columns, *extra),
        groups=groups,
        notes=(*_general(results), *_reasons(results)),
    )


def _row(row: dict, bootstrap: bool, label: str = "") -> Row:
    cells: tuple[Cell | None, ...] = (
        numbers.likelihood(row["statistic"]),
        numbers.count(row["df"]),
        law(row["reference"]),
        numbers.p_exact(row["p_value"]),
        numbers.p_exact(row["p_value_naive"]),
    )
    return Row(label or row["criterion"], (*cells, _drawn(row)) if bootstrap else cells)


def _drawn(row: dict) -> Cell:
    """The bootstrap's p-value with the limits that the chance of its draws leaves."""
    limits = row.get("bootstrap_low"), row.get("bootstrap_high")
    return numbers.Estimate(row.get("p_value_bootstrap"), *limits, numbers.Format("p"))


def _general(results: Results) -> tuple[Parts, ...]:
    notes = [
        say(
            "Parameters: the difference in their number. Law: that of the statistic if the smaller rung were true. "
            "Naive p: from χ² with all parameters counted."
        )
    ]
    if any(row.get("bootstrap_low") is not None for row in results.comparisons):
        notes.append(say("Bootstrap p: in brackets the limits that the chance of the draws leaves."))
    if any(row["criterion"] == "REML" for row in results.comparisons):
        notes.append(say("Rungs with the same fixed effects have two rows: REML is the one to read."))
    elif not results.scale.gaussian:
        notes.append(say("All comparisons are by maximum likelihood, each pair with one approximation."))
    return tuple(notes)


def _reasons(results: Results) -> tuple[Parts, ...]:
    """Why a comparison has no p-value, once for each reason."""
    told: dict[tuple[str, str], None] = {}
    for row in results.comparisons:
        if row.get("reason"):
            told[(title(results, row), results.names.spoken(row["reason"].rstrip(".")))] = None
    return tuple(say("{pair}: {reason}.", pair=pair, reason=reason) for pair, reason in told)

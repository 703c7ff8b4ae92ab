"""Missing data: which cells, at which level and in how many clusters, and what incomplete rows are like."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Block, Column, Note, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.plots import missingness
from epiladder.report.results import Results

LARGE = 0.2  # standardised difference from which two groups are unlike (Cohen 1988; Austin 2009)


def section(results: Results) -> Section | None:
    """What was missing; nothing where no cell was."""
    record = results.missingness
    if record is None or not any(one["missing"] for one in record["variables"]):
        return None
    blocks: list[Block] = [Paragraph(_sentence(results, record)), _cells(results, record)]
    picture = missingness.figure(results, record)
    blocks += [picture] if picture else []
    blocks += _compared(results, record)
    return Section("missing", "Missing data", tuple(blocks))


def _sentence(results: Results, record: dict[str, Any]) -> Parts:
    rule = results.disclosure
    how = (results.plan.get("data") or {}).get("missing")
    then = "incomplete rows were left out" if how == "complete_case" else "gaps of covariates were imputed"
    return say(
        "Of {rows} rows that no check rejected, {complete} are complete on every variable of the ladder; {then}.",
        rows=rule.count(record["rows"]),
        complete=rule.count(record["complete"]),
        then=(then,),
    )


def _cells(results: Results, record: dict[str, Any]) -> Table:
    rule = results.disclosure
    lacking = [one for one in record["variables"] if one["missing"]]
    levels = results.levels()
    rows = []
    for one in lacking:
        by_level = {each["level"]: each for each in one["clusters"]}
        counts = tuple(results.clusters_of(level, by_level[level]["with_gaps"]) for level in levels)
        share = one["missing"] / one["of"] if rule.public else rule.share(one["missing"], one["of"])
        cells = (one["level"], rule.count(one["missing"]), rule.count(one["of"]), numbers.percent(share), *counts)
        rows.append(Row(results.names.variable(one["name"]), cells))
    return Table(
        id="missing",
        caption=say("Missing cells."),
        stub="Variable",
        columns=(
            Column("Level", numeric=False),
            Column("Missing"),
            Column("Of"),
            Column("Share"),
            *(Column(f"{capital(results.names.level(level, 2))} with gaps") for level in levels),
        ),
        groups=(RowGroup(None, tuple(rows)),),
        notes=(say("A cell of a variable of clusters counts once a cluster."),),
    )


def _compared(results: Results, record: dict[str, Any]) -> list[Block]:
    """Complete rows beside incomplete ones, unless too few are incomplete to be shown."""
    incomplete, found = record["rows"] - record["complete"], record["compared"]
    if not found or not results.disclosure.shows(incomplete):
        return []
    rows = []
    for one in found:
        if not all(_may_show(results, one, side) for side in ("complete", "incomplete")):
            continue
        label = results.names.variable(one["name"])
        label += f": {one['category']}" if one["category"] is not None else ""
        form = numbers.significant(abs(one["complete"]) or 1.0, 3)
        pair = tuple(
            numbers.percent(one[key]) if one["category"] is not None else numbers.Number(one[key], form)
            for key in ("complete", "incomplete")
        )
        rows.append(Row(label, (*pair, numbers.fixed(one["difference"], 2))))
    if not rows:
        return []
    table = Table(
        id="incomplete",
        caption=say("Complete and incomplete rows, each over the cells that are there."),
        stub="Variable",
        columns=(Column("Complete"), Column("Incomplete"), Column("Standardised difference")),
        groups=(RowGroup(None, tuple(rows)),),
        notes=(say("Means of numbers, shares of categories; the difference is in standard deviations."),),
    )
    return [table, *_unlike(results, found)]


def _may_show(results: Results, one: dict[str, Any], side: str) -> bool:
    """Whether a mean or share of one side tells of no few: its rows, and those of a category and of all others."""
    number = one[f"n_{side}"]
    parts = (one[side] * number, (1 - one[side]) * number) if one["category"] is not None else (number,)
    return all(results.disclosure.shows(part) or round(part) == 0 for part in parts) and number > 0


def _unlike(results: Results, found: list[dict[str, Any]]) -> list[Block]:
    apart = [one for one in found if one["difference"] is not None and abs(one["difference"]) >= LARGE]
    if not apart or (results.plan.get("data") or {}).get("missing") != "complete_case":
        return []
    named = ", ".join(dict.fromkeys(results.names.variable(one["name"]) for one in apart))
    words = (
        "Incomplete rows differ from complete ones by {limit} standard deviations or more in {named}: results on "
        "complete rows may not hold for all. Multiple imputation can use what is known of the others."
    )
    return [Note("remark", say(words, limit=numbers.given(LARGE), named=named))]

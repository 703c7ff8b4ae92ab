"""Data and accounting: where the rows came from, how many were used, and why others were not."""

from __future__ import annotations

from dataclasses import replace

from epiladder.report.page import Block, Column, Name, Paragraph, Parts, Row, RowGroup, Section, Table, join, say
from epiladder.report.plots import flow
from epiladder.report.results import Results


def section(results: Results) -> Section:
    """The flow of rows, from those read to those used."""
    drawn = flow.figure(results)
    blocks: list[Block] = [Paragraph(_sentence(results)), *((drawn,) if drawn else ()), _table(results)]
    data = results.plan.get("data") or {}
    for key, words in (("source", "Source of the data: {text}."), ("licence", "Licence: {text}.")):
        if data.get(key):
            blocks.append(Paragraph(say(words, text=Name(str(data[key]).strip().rstrip(".")))))
    return Section("data", "Data and accounting", tuple(blocks))


def clusters_in_words(results: Results) -> Parts:
    """`7 districts and 48 hospitals`, outermost first."""
    return join(
        [
            (results.clusters_of(level["name"], level["n_clusters"]), " ", Name(_level(results, level)))
            for level in results.design["levels"]
        ]
    )


def _level(results: Results, level: dict) -> str:
    return results.names.level(level["name"], level["n_clusters"])


def _sentence(results: Results) -> Parts:
    flow, names, rule = results.accounting, results.names, results.disclosure
    read, used = flow["rows_read"], flow["rows_used"]
    if flow.get("rows_outside"):
        return (*_chosen(results), *_sentence(replace(results, accounting={**flow, "rows_outside": 0})))
    start = "All {read} rows that were read were used: " if read == used else "Of {read} rows read, {used} were used: "
    return say(
        start + "{used} {units} in {clusters}. Every rung of the ladder stands on the same rows.",
        read=rule.count(read),
        used=rule.count(used),
        units=Name(names.unit(used)),
        clusters=clusters_in_words(results),
    )


def _chosen(results: Results) -> Parts:
    """Which rows the study is about: what lies outside was left out before anything was checked."""
    only = (results.plan.get("data") or {}).get("only") or {}
    parts: list[Parts] = [(results.names.variable(name), Name(f" {_kept(one)}")) for name, one in only.items()]
    return say(
        "The study is about the rows in which {what}; {outside} other rows of the data were left out before anything "
        "was checked. ",
        what=join(parts),
        outside=results.disclosure.count(results.accounting["rows_outside"]),
    )


def _kept(one: dict) -> str:
    if one["values"]:
        return f"is {' or '.join(one['values'])}"
    ends = (("from", one["min"]), ("to", one["max"]), ("from", one["earliest"]), ("to", one["latest"]))
    said = [f"{word} {end if isinstance(end, str) else f'{end:g}'}" for word, end in ends if end is not None]
    return f"goes {' '.join(said)}"


def _table(results: Results) -> Table:
    flow, rule = results.accounting, results.disclosure
    lost = sum(row["rows"] for row in flow["rows_rejected"])
    outside = flow.get("rows_outside")
    flowing = (
        *((("Outside of what the study is about", outside),) if outside is not None else ()),
        ("Rows read", flow["rows_read"]),
        ("Rejected by a check", lost),
        ("Incomplete on a column of the plan", flow["rows_incomplete"]),
        ("Rows used", flow["rows_used"]),
    )
    groups = [RowGroup(None, tuple(Row(label, (rule.count(rows),)) for label, rows in flowing))]
    groups += _reasons(results, "Rejected, by the first check that failed", flow["rows_rejected"])
    groups += _reasons(results, "Missing, by column (a row may count twice)", flow["rows_missing"])
    hidden = "Counts are rounded, and small ones hidden, as the plan's disclosure rule says."
    open_ = "Rows read are the sum of rows rejected, incomplete and used."
    return Table(
        id="accounting",
        caption=say("Flow of rows."),
        stub="Rows",
        columns=(Column("Number"),),
        groups=tuple(groups),
        notes=(say(open_ if rule.public else hidden),),
    )


def _reasons(results: Results, heading: str, reasons: list[dict]) -> list[RowGroup]:
    rows = []
    for reason in reasons:
        column = results.names.variable(reason["column"]) if reason.get("column") else ""
        label = ", ".join(part for part in (reason.get("check"), column) if part)
        rows.append(Row(label, (results.disclosure.count(reason["rows"]),)))
    return [RowGroup(heading, tuple(rows))] if rows else []

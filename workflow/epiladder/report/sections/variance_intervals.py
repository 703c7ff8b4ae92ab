"""Intervals of variances by the parametric bootstrap: of the rung that is read, and of the null rung."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Cell, Column, Parts, Row, RowGroup, Table, say
from epiladder.report.results import Results
from epiladder.report.sections.simulated import intervals


def table(results: Results) -> Table | None:
    """A row a variance, covariance, ICC and dispersion; none where the bootstrap was not asked for."""
    found = {one["rung"]: one for one in (results.bootstrap or {}).get("rungs") or ()}
    shown = [found[rung] for rung in dict.fromkeys(("null", results.retained())) if rung in found]
    if not shown:
        return None
    return Table(
        id="variance-intervals",
        caption=say(
            "Variances with {share} percentile intervals of the parametric bootstrap [@davison1997], {n} replicates.",
            share=(f"{results.confidence() * 100:g}%",),
            n=numbers.count(shown[0]["replicates"]),
        ),
        stub="Quantity",
        columns=(Column("Estimate (CI)"), Column("Replicates at zero")),
        groups=tuple(RowGroup(capital(results.names.rung(one["rung"])), _rows(results, one)) for one in shown),
        notes=_notes(results, shown),
    )


def _rows(results: Results, one: dict[str, Any]) -> tuple[Row, ...]:
    rows = []
    for level in one["levels"]:
        rows += [Row(_label(results, level["level"], entry), _cells(entry)) for entry in level["entries"]]
        if level["icc"]:
            icc = numbers.icc(level["icc"]["estimate"]).format
            where = f", {level['at']}" if level.get("at") and len(level["terms"]) > 1 else ""
            rows.append(Row(f"{capital(level['level'])}: ICC{where}", _cells(level["icc"], icc)))
    if one["residual_variance"]:
        rows.append(Row("Residual variance", _cells(one["residual_variance"])))
    if one["dispersion"]:
        rows.append(Row("Dispersion θ", _cells(one["dispersion"])))
    return tuple(rows)


def _label(results: Results, level: str, entry: dict[str, Any]) -> str:
    first, second = (results.names.term(entry[key]) for key in ("row", "column"))
    if entry["row"] == entry["column"]:
        return f"{capital(level)}: variance, {first}"
    return f"{capital(level)}: covariance, {second} with {first}"


def _cells(entry: dict[str, Any], form: numbers.Format | None = None) -> tuple[Cell | None, ...]:
    form = form or numbers.magnitude(entry["estimate"], 3).format
    share = entry.get("at_zero")
    return (
        numbers.Estimate(entry["estimate"], entry["ci_low"], entry["ci_high"], form),
        None if share is None else numbers.percent(share),
    )


def _notes(results: Results, shown: list[dict[str, Any]]) -> tuple[Parts, ...]:
    words = "Replicates at zero: the share whose estimate lies on the boundary of what is possible."
    few = intervals(results, "bootstrap", "95% percentile intervals of a variance, of clusters of unequal sizes,")
    notes = [(*say(words), *few)]
    for one in shown:
        rung = (results.names.rung_inside(one["rung"]),)
        if one["failures"]:
            words = "{n} of {total} replicates of the rung “{rung}” could not be fitted."
            total = numbers.count(one["replicates"])
            notes.append(say(words, n=numbers.count(one["failures"]), total=total, rung=rung))
        entries = [entry for level in one["levels"] for entry in (*level["entries"], level["icc"]) if entry]
        if any(entry["outside"] for entry in entries):
            notes.append(say("In the rung “{rung}” an interval leaves its estimate out: read it with care.", rung=rung))
        if any(entry["ci_low"] is None for entry in entries):
            notes.append(say("Of the rung “{rung}” there are too few replicates for percentiles.", rung=rung))
    return tuple(notes)

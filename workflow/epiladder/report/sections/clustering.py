"""How much clusters differ, a column a rung: standard deviations, correlations by scale, median ratios; methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from epiladder.report import numbers
from epiladder.report.names import capital, uncapital
from epiladder.report.numbers import Format
from epiladder.report.page import Column, Parts, Row, RowGroup, Table, say
from epiladder.report.results import Results
from epiladder.report.sections.footnotes import footnotes, shown
from epiladder.report.sections.simulated import intervals

SHARE, RATIO = Format("fixed", 3), Format("ratio", 2)
SCALES = {
    "identity": "own units",
    "latent": "latent scale",
    "response": "probability scale",
    "counts": "scale of counts",
}
Record = dict[str, Any]


def tables(results: Results, found: Record) -> tuple[Table, ...]:
    """The measures, and where other methods give other intervals of them those as well."""
    kinds = list(_kinds(results, found))
    others = _others(results, kinds)
    return (_measures(results, found, kinds), *((others,) if others else ()))


def _kinds(results: Results, found: Record) -> Iterable[tuple[str, str, list[Record], Callable[[Record], str], str]]:
    """Kinds of measures: heading, what footnotes call it, rows, the name of a row, and its quantity's key."""
    spread = [row for row in found.get("variances", ()) if row["level"] is not None]
    if spread:
        yield "Standard deviation between clusters", "standard deviation", spread, lambda r: _effect(results, r), "sd"
    for scale in dict.fromkeys(row["scale"] for row in found["icc"]):
        rows = [row for row in found["icc"] if row["scale"] == scale]
        label = f"Intraclass correlation, {SCALES[scale]}"
        yield label, "correlation", rows, lambda r: f"Same {r['level']}", "together"
    if found["median_ratios"] and results.scale.ratio:
        median = results.scale.median()
        yield capital(median), median, found["median_ratios"], lambda r: _apart(results, r), "ratio"


def _measures(results: Results, found: Record, kinds: list[Any]) -> Table:
    rungs = list(dict.fromkeys(row["rung"] for row in found["icc"]))
    groups = tuple(_group(label, rows, rungs, named, key, _form(key)) for label, _, rows, named, key in kinds)
    words = "Correlations that depend on covariates are taken at the covariates' means."
    notes = (say(words),) if any(row["at"] for row in found["icc"]) else ()
    columns = [(name, [row[key] for row in rows]) for _, name, rows, _, key in kinds]
    return Table(
        id="clustering",
        caption=say("Clustering, with intervals."),
        stub="",
        columns=tuple(Column(f"{results.names.rung(rung)} (CI)") for rung in rungs),
        groups=groups,
        notes=(*notes, *footnotes(results, columns), *_flags(results, kinds)),
    )


def _form(key: str) -> Format | None:
    """A standard deviation has the digits that its size asks for."""
    return {"together": SHARE, "ratio": RATIO}.get(key)


def _group(
    label: str, rows: list[Record], rungs: list[str], named: Callable[[Record], str], key: str, form: Format | None
) -> RowGroup:
    made = []
    for name in dict.fromkeys(named(row) for row in rows):
        of_name = {row["rung"]: row for row in rows if named(row) == name}
        cells = tuple(_cell(of_name[rung][key], form) if rung in of_name else None for rung in rungs)
        made.append(Row(name, cells))
    return RowGroup(label, tuple(made))


def _cell(quantity: Record, form: Format | None) -> numbers.Estimate | None:
    return shown(quantity, form or numbers.magnitude(quantity["estimate"], 3).format)


def _flags(results: Results, kinds: list[Any]) -> tuple[Parts, ...]:
    """What a reader must know of single intervals."""
    return told(
        (f"{name} ({results.names.rung_inside(row['rung'])}, {uncapital(named(row))})", row[key])
        for _, name, rows, named, key in kinds
        for row in rows
    )


def told(named: Iterable[tuple[str, Record | None]]) -> tuple[Parts, ...]:
    """Flags of quantities by what they are called, each said once with all that it holds for."""
    held: dict[str, list[str]] = {}
    for name, quantity in named:
        flag = (quantity or {}).get("flag")
        if flag and name not in held.setdefault(flag, []):
            held[flag].append(name)
    return tuple(say("{who}: {flag}.", who=capital("; ".join(who)), flag=(flag,)) for flag, who in held.items())


def _others(results: Results, kinds: list[Any]) -> Table | None:
    """The intervals of the same estimates by other methods."""
    groups = []
    for label, _, rows, named, key in kinds:
        made = []
        for row in rows:
            for other in row[key].get("alternatives") or ():
                form = _form(key) or numbers.magnitude(row[key]["estimate"], 3).format
                interval = numbers.Interval(other["ci_low"], other["ci_high"], form)
                name = f"{results.names.rung(row['rung'])}, {uncapital(named(row))}"
                made.append(Row(name, (capital(other["method"]), interval)))
        groups += [RowGroup(label, tuple(made))] if made else []
    if not groups:
        return None
    words = "Beside the intervals of the table above. One by the delta method stands on a large-sample law, which "
    words += "misleads where a variance is small or clusters are few; where the two differ much, read the one above."
    return Table(
        id="clustering-methods",
        caption=say("The same estimates, with intervals by other methods."),
        stub="Rung, quantity",
        columns=(Column("Method", numeric=False), Column("CI")),
        groups=tuple(groups),
        notes=((*say(words), *intervals(results, "delta", "such intervals of an ICC, where there were any,", 0.01)),),
    )


def _effect(results: Results, row: Record) -> str:
    """`Hospital`, or `Hospital: slope of age`."""
    if row["term"] == "(Intercept)":
        return capital(row["level"])
    return f"{capital(row['level'])}: slope of {results.names.term(row['term'])}"


def _apart(results: Results, row: Record) -> str:
    """`Different wards of the same hospital`."""
    return f"Different {results.names.level(row['level'], 2)}{inside(results, row['level'])}"


def inside(results: Results, level: str) -> str:
    """`, same hospital` for a level within another."""
    at = results.levels().index(level)
    return f", same {results.levels()[at - 1]}" if at else ""

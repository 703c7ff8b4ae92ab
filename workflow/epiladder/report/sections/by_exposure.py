"""Table 1: every variable by the values of the exposure that the plan names, clusters counted once."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Cell, Column, Name, Row, RowGroup, Table, say
from epiladder.report.results import Results


def tables(results: Results) -> list[Table]:
    """The table, or none where the plan names no exposure."""
    found = results.described_by
    if found is None:
        return []
    groups = found["groups"]
    columns = tuple(Column(str(group["value"])) for group in groups)
    rows = [_counts(results, groups)]
    levels = [results.plan["unit"]["name"], *reversed(results.levels())]
    for level in levels:
        inside = [one for one in results.description if (one.get("level") or levels[0]) == level]
        made = tuple(row for one in inside for row in _rows(results, one, groups))
        heading = results.names.unit(2) if level == levels[0] else f"{results.names.level(level, 2)}, each counted once"
        rows += [RowGroup(capital(heading), made)] if made else []
    exposure = results.names.variable(found["variable"])
    return [
        Table(
            id="table-1",
            caption=say("Variables by {exposure}.", exposure=Name(exposure)),
            stub="Variable",
            columns=columns,
            groups=tuple(rows),
            notes=(
                say(
                    "Numbers: mean (standard deviation); categories: number (share). A variable of clusters in which "
                    "several values of {exposure} occur stands empty.",
                    exposure=Name(exposure),
                ),
            ),
        )
    ]


def _counts(results: Results, groups: list[dict]) -> RowGroup:
    rule = results.disclosure
    rows = [Row(capital(results.names.unit(2)), tuple(rule.count(group["rows"]) for group in groups))]
    for level in reversed(results.levels()):
        counts = tuple(results.clusters_of(level, group["clusters"][level]) for group in groups)
        rows.append(Row(capital(results.names.level(level, 2)), counts))
    return RowGroup(None, tuple(rows))


def _rows(results: Results, variable: dict, groups: list[dict]) -> tuple[Row, ...]:
    """A row of means, or one of counts for each category; none for the exposure itself."""
    own = [group["variables"].get(variable["name"]) for group in groups]
    if all(one is None for one in own) and variable["name"] == (results.described_by or {})["variable"]:
        return ()
    unit = f", {variable['unit']}" if variable.get("unit") else ""
    label = results.names.variable(variable["name"]) + unit
    if variable.get("categories") is None:
        return (Row(label, tuple(_mean(results, one) for one in own)),)
    names = [one["category"] for one in variable["categories"]]
    head = Row(label, tuple("" for _ in own))
    counts = _counted(results, variable)
    cells = [
        tuple(_share(results, one, name, row[at]) for at, one in enumerate(own))
        for name, row in zip(names, counts, strict=True)
    ]
    return (head, *(Row(f"\u2003{name}", row) for name, row in zip(names, cells, strict=True)))


def overall(results: Results, variable: dict) -> list[numbers.Number]:
    """Counts of a variable's categories over all values of the exposure; neither table tells what the other hides."""
    return [row[-1] for row in _counted(results, variable)]


def _counted(results: Results, variable: dict) -> list[list[numbers.Number]]:
    """Counts by category (rows) and value of the exposure, the last column being all of them."""
    groups = (results.described_by or {}).get("groups") or []
    own = [group["variables"].get(variable["name"]) for group in groups]
    values = [
        [*(_value(one, category["category"]) for one in own), category["count"]] for category in variable["categories"]
    ]
    return results.disclosure.table(values)


def _value(one: dict | None, name: str) -> float | None:
    found = None if one is None else next((each for each in one["categories"] if each["category"] == name), None)
    return None if found is None else found["count"]


def _mean(results: Results, one: dict | None) -> Cell | None:
    if (
        one is None
        or one.get("mean") is None
        or not results.shows_mean(one.get("level") or results.plan["unit"]["name"], one["n"])
    ):
        return None
    form = numbers.significant(one.get("sd"), 3)
    mean = numbers.Number(one["mean"], form)
    return (mean,) if one.get("sd") is None else (mean, " (", numbers.Number(one["sd"], form), ")")


def _share(results: Results, one: dict | None, name: str, count: numbers.Number) -> Cell | None:
    found = None if one is None else next((each for each in one["categories"] if each["category"] == name), None)
    if one is None or found is None:
        return None
    level = one.get("level") or results.plan["unit"]["name"]
    shown = count.value is not None
    share = found["share"] if results.disclosure.public else results.share_at(level, found["count"], one["n"])
    return (count, " (", numbers.percent(share if shown else None), ")")

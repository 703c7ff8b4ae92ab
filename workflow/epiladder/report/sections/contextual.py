"""Within, between and contextual effects, and how far random slopes range over clusters, as tables."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.numbers import Format
from epiladder.report.page import Cell, Column, Parts, Row, RowGroup, Table, say
from epiladder.report.results import Results
from epiladder.report.sections.footnotes import footnotes, shown

Record = dict[str, Any]


def rung_of(results: Results, rows: list[Record]) -> str | None:
    """The rung whose rows are shown: the one read, or the last below it in which the effects stand alone."""
    order = [fit["rung"] for fit in results.fits]
    retained = results.retained()
    at = order.index(retained) if retained in order else len(order) - 1
    clear = [row["rung"] for row in rows if not row["at_zero_of"] and order.index(row["rung"]) <= at]
    return clear[-1] if clear else next((row["rung"] for row in rows[::-1] if row["rung"] == retained), None)


def effects(results: Results) -> Table | None:
    """Within and between clusters, and their difference with its test."""
    rows = [] if results.cross_effects is None else results.cross_effects["contextual"]
    rung = rung_of(results, rows) if rows else None
    chosen = [row for row in rows if row["rung"] == rung]
    if not chosen:
        return None
    freedom = any(row["df"] is not None for row in chosen)
    groups = []
    for variable in dict.fromkeys(row["variable"] for row in chosen):
        own = [row for row in chosen if row["variable"] == variable]
        groups.append(RowGroup(results.names.variable(variable), tuple(_row(results, row, freedom) for row in own)))
    words = (
        "Within: units of the same cluster. Between: the means of clusters. Contextual: between less within, what a "
    )
    words += "cluster's mean adds for two units with the same value [@mundlak1978][@enders2007][@bell2019]."
    words += " Degrees of freedom: the fewest among the coefficients of a contrast." if freedom else ""
    heads = ("Estimate (CI)", *(("df",) if freedom else ()), "p")
    ratio = (Column(f"{capital(str(results.scale.ratio))} (CI)"),) if results.scale.ratio else ()
    return Table(
        id="contextual",
        caption=say(
            "Within, between and contextual effects, rung “{rung}”.", rung=results.names.rung_inside(str(rung))
        ),
        stub="Effect",
        columns=(*ratio, *(Column(head) for head in heads)),
        groups=tuple(groups),
        notes=(say(words, z=numbers.given(1.96)),),
    )


def _row(results: Results, row: Record, freedom: bool) -> Row:
    levels = {"within": "Within {}", "between": "Between {}", "contextual": "Contextual, {}"}
    name = results.names.level(row["level"], 2 if row["effect"] == "between" else 1)
    cells: tuple[Cell | None, ...] = (
        numbers.coefficient(row),
        *((numbers.degrees_of_freedom(row["df"]),) if freedom else ()),
        numbers.p_value(row["p_value"]),
    )
    first = (numbers.ratio(row),) if results.scale.ratio else ()
    return Row(levels[row["effect"]].format(name), (*first, *cells))


def sentence(results: Results, rows: list[Record]) -> list[Parts]:
    """For each variable, whether its cluster mean tells more than the value does."""
    rung = rung_of(results, rows) if rows else None
    found = []
    for row in rows:
        if row["rung"] == rung and row["effect"] == "contextual":
            alpha = 1 - results.confidence()
            clear = row["p_value"] is not None and row["p_value"] < alpha
            words = "The effect of {name} between {levels} {differs} from that within them (difference {size}, p {p})."
            p = numbers.p_value(row["p_value"])
            found.append(
                say(
                    words,
                    name=results.names.variable(row["variable"]),
                    levels=results.names.level(row["level"], 2),
                    differs=("differs",) if clear else ("is not shown to differ",),
                    size=numbers.coefficient(row, results.confidence()),
                    p=(p,) if numbers.show(p)[:1] in "<>" else ("= ", p),
                )
            )
    return found


def ranges(results: Results) -> Table | None:
    """Between which values a slope lies in 95% of clusters, and how many clusters would have the other sign."""
    rows = [] if results.cross_effects is None else results.cross_effects["slope_ranges"]
    rung = rung_of(results, rows) if rows else None
    chosen = [row for row in rows if row["rung"] == rung and row["low"] is not None]
    if not chosen:
        return None
    made = tuple(
        Row(
            f"{results.names.term(row['term'])}, {results.names.level(row['level'], 2)}",
            (
                numbers.magnitude(row["estimate"], 3),
                numbers.magnitude(row["sd"], 3),
                numbers.Interval(row["low"], row["high"], numbers.significant(row["sd"], 2)),
                _opposite(row),
            ),
        )
        for row in chosen
    )
    words = "Range: average plus or minus {z} standard deviations, where 95% of clusters are expected if slopes are "
    words += "normal [@raudenbush2002]; not a confidence interval. Opposite: share of clusters with the other sign."
    shares = [row.get("opposite_interval") for row in chosen]
    known = any(share and share["ci_low"] is not None for share in shares)
    heads = ("Average", "Standard deviation", "Range", "Opposite (CI)" if known else "Opposite")
    return Table(
        id="slope-ranges",
        caption=say("How slopes vary, rung “{rung}”.", rung=results.names.rung_inside(str(rung))),
        stub="Slope, over",
        columns=tuple(Column(head) for head in heads),
        groups=(RowGroup(None, made),),
        notes=(
            say(words, z=numbers.given(1.96)),
            *(footnotes(results, [("opposite", shares)]) if known else ()),
        ),
    )


def _opposite(row: Record) -> Cell | None:
    share = row.get("opposite_interval")
    return numbers.percent(row["opposite"]) if share is None else shown(share, Format("percent", 0))

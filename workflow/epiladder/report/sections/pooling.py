"""Clusters: what pooling does to each, and how far each departs from the average."""

from __future__ import annotations

from statistics import median

from epiladder.report import numbers
from epiladder.report.page import Block, Column, Note, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.plots import caterpillar, distribution, shrinkage, slopes
from epiladder.report.results import Results
from epiladder.report.sections import pooling_cv


def section(results: Results) -> Section | None:
    """Pooling in words, its pictures, and a table of the shrinkage by size; nothing when there is no pooling."""
    if not results.pooling:
        return None
    words = (
        "A cluster's {value} can be estimated from all rows (complete pooling), from its own alone (none), or from "
        "both, weighted by what each knows (partial pooling) [@gelman2007]. Partial pooling draws a cluster towards "
        "the average, the more the smaller it is."
    )
    blocks: list[Block] = [Paragraph(say(words, value=(results.scale.predictor or "mean",)))]
    for level in results.levels():
        blocks += _level(results, level)
    blocks += [drawn for drawn in (distribution.figure(results), slopes.figure(results)) if drawn]
    blocks += pooling_cv.blocks(results)
    if not results.disclosure.public:
        blocks.append(Note("remark", _hidden(results)))
    return Section("clusters", "Clusters and pooling", tuple(blocks))


def _level(results: Results, level: str) -> list[Block]:
    rows = results.clusters("null", level, "(Intercept)")
    blocks: list[Block] = [Paragraph(_sentence(results, level, rows))] if rows else []
    for picture in (shrinkage.figure(results, level), caterpillar.figure(results, level)):
        blocks += [picture] if picture else []
    sizes = {row["n"] for row in rows}
    return [*blocks, _table(results, level, rows)] if len(rows) >= 3 and len(sizes) > 1 else blocks


def _sentence(results: Results, level: str, rows: list[dict]) -> Parts:
    return (*_weights(results, level, rows), *_alone(results, level, rows))


def _alone(results: Results, level: str, rows: list[dict]) -> Parts:
    """How many clusters have no estimate of their own, and why; nothing where all have one."""
    without = sum(row["none"] is None for row in rows)
    if results.scale.gaussian or not without:
        return ()
    why = "no event at all" if results.scale.counts else "events in none or in all of their {units}"
    return say(
        " {n} of {all} {levels} had " + why + ", and so no finite estimate alone: partial pooling gives them one.",
        n=results.clusters_of(level, without),
        all=results.clusters_of(level, len(rows)),
        levels=results.names.level(level, 2),
        units=results.names.unit(2),
    )


def _weights(results: Results, level: str, rows: list[dict]) -> Parts:
    weights = [row["shrinkage"] for row in rows if row["shrinkage"] is not None]
    value = (results.scale.predictor or "mean",)
    departure = "mean's departure from the average" if results.scale.gaussian else "departure from the average {value}"
    if not weights:
        words = "The variance between {levels} is estimated as zero: partial pooling gives each of them the average."
        return say(words, levels=results.names.level(level, 2))
    least, most = results.disclosure.ends(weights)
    if numbers.show(numbers.fixed(least, 2)) == numbers.show(numbers.fixed(most, 2)):
        words = "In the null rung every {level} keeps {share} of its own " + departure + "."
        return say(words, value=value, level=level, share=numbers.percent(median(weights)))
    return say(
        "In the null rung a typical {level} keeps {middle} of its own " + departure + " "
        "(shrinkage factor {low} to {high}).",
        value=value,
        level=level,
        middle=numbers.percent(median(weights)),
        low=numbers.fixed(least, 2),
        high=numbers.fixed(most, 2),
    )


def _table(results: Results, level: str, rows: list[dict]) -> Table:
    """Clusters in three equal groups by size: sizes and shrinkage as medians, which disclose no cluster."""
    ordered = sorted(rows, key=lambda row: (row["n"], str(row["cluster"])))
    cuts = [len(ordered) * part // 3 for part in range(4)]
    labels = ("Smallest third", "Middle third", "Largest third")
    body = tuple(
        Row(label, _third(results, level, ordered[low:high]))
        for label, low, high in zip(labels, cuts[:-1], cuts[1:], strict=True)
    )
    heads = ("Clusters", "Median size", "Median shrinkage factor", "Median move")
    return Table(
        id=f"pooling-{results.levels().index(level) + 1}",
        caption=say("Partial pooling by size of the {level}, null rung.", level=level),
        stub="Clusters by size",
        columns=tuple(Column(head) for head in heads),
        groups=(RowGroup(None, body),),
        notes=(
            say(
                "Shrinkage factor: 1 leaves a cluster its own {value}, 0 gives it the average. Move: the distance "
                "between a cluster's own {value} and its partially pooled one{units}.",
                value=(results.scale.predictor or "mean",),
                units=(", in units of the outcome",) if results.scale.gaussian else (),
            ),
        ),
    )


def _third(results: Results, level: str, rows: list[dict]) -> tuple[numbers.Number, ...]:
    weights = [row["shrinkage"] for row in rows if row["shrinkage"] is not None]
    moves = [
        abs(row["none"] - row["partial"]) for row in rows if row["none"] is not None and row["partial"] is not None
    ]
    return (
        results.clusters_of(level, len(rows)),
        numbers.size(median(row["n"] for row in rows)),
        numbers.fixed(median(weights) if weights else None, 2),
        numbers.magnitude(median(moves) if moves else None, 3),
    )


def _hidden(results: Results) -> Parts:
    return say(
        "Pictures by cluster leave out clusters of fewer than {least} {units}, carry no names, and have no table "
        "behind them, as the plan's disclosure rule says.",
        least=numbers.count(results.disclosure.minimum_count),
        units=results.names.unit(2),
    )

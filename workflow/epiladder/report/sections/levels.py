"""Levels: how many clusters there are at each, and how large they are."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.page import Cell, Column, Note, Paragraph, Parts, Row, RowGroup, Section, Table, join, say
from epiladder.report.plots import hierarchy, sizes
from epiladder.report.results import Results
from epiladder.report.sections import few_clusters


def section(results: Results) -> Section:
    """Clusters and their sizes, outermost level first, with a warning where they are few."""
    names = results.names
    nested: list[Parts] = [(names.level(level, 2),) for level in reversed(results.levels())]
    chain = join([(names.unit(2),), *nested], " within ", " within ")
    notes = tuple(Note("warning", parts) for parts in few_clusters.told(results))
    words = "The hierarchy, from the inside: {chain}."
    pictures = tuple(picture for picture in (hierarchy.figure(results), sizes.figure(results)) if picture)
    blocks = (Paragraph(say(words, chain=chain)), pictures[0], _table(results), *pictures[1:], *notes)
    return Section("levels", "Levels and clusters", blocks)


def _table(results: Results) -> Table:
    public = results.disclosure.public
    extremes = (Column("Smallest"), Column("Largest")) if public else ()
    rows = tuple(Row(level["name"], _cells(results, level, public)) for level in results.design["levels"])
    unit = results.names.unit(2)
    notes = (say("Size: number of {unit} in a cluster.", unit=unit),)
    return Table(
        id="levels",
        caption=say("Clusters and their sizes."),
        stub="Level",
        columns=(Column("Clusters"), Column("Mean size"), Column("Median"), Column("Quartiles"), *extremes),
        groups=(RowGroup(None, rows),),
        notes=notes if public else (*notes, say("The smallest and the largest are not shown.")),
    )


def _cells(results: Results, level: dict, public: bool) -> tuple[Cell | None, ...]:
    sizes = level["sizes"]
    cells: tuple[Cell | None, ...] = (
        results.clusters_of(level["name"], level["n_clusters"]),
        numbers.fixed(sizes["mean"], 1),
        numbers.size(sizes["median"]),
        numbers.Interval(sizes["q1"], sizes["q3"], numbers.size(sizes["q1"]).format),
    )
    return (*cells, numbers.count(sizes["smallest"]), numbers.count(sizes["largest"])) if public else cells

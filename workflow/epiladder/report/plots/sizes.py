"""Sizes of clusters, a histogram for each level whose clusters differ in size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.numbers import show
from epiladder.report.page import Figure, Row, RowGroup, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

BARS = 24
LEAST = 5  # clusters that a picture is worth
Sized = tuple[str, list[float]]  # a level and the sizes of its clusters


def figure(results: Results) -> Figure | None:
    """Sizes without names; clusters under the plan's threshold are left out. None where there is nothing to see."""
    shown: list[Sized] = []
    for level in results.levels():
        sizes = [size for size in results.sizes(level).values() if results.disclosure.shows(size)]
        counted = results.disclosure.public or not results.counts_persons(level)  # a bar counts clusters
        if counted and len(sizes) >= LEAST and min(sizes) < max(sizes):
            shown.append((level, sizes))
    if not shown:
        return None
    unit = results.names.unit(2)
    said = "; ".join(
        f"{results.names.level(level, 2)}: most between {_at(sizes, 0.1)} and {_at(sizes, 0.9)}"
        for level, sizes in shown
    )
    alternative = f"How many {unit} clusters hold (first to last tenth). {capital(said)}."
    svg = canvas.paper(1.5 * len(shown), lambda paper: _draw(paper, results, shown), "sizes", alternative)
    hidden = "" if results.disclosure.public else " Clusters under the disclosure threshold are left out."
    caption = say("Sizes of clusters, in {unit}.{hidden}", unit=unit, hidden=(hidden,) if hidden else ())
    return Figure("sizes", caption, alternative, svg, _data(results, shown))


def _data(results: Results, shown: list[Sized]) -> Table:
    """The bars as they are drawn, level by level."""
    groups = [
        RowGroup(capital(results.names.level(level, 2)), tuple(_rows(sizes, _edges(results, sizes))))
        for level, sizes in shown
    ]
    return behind("sizes", "Clusters by size.", "Bar", ("From", "To", "Clusters"), groups=groups)


def _rows(sizes: list[float], edges: list[float]) -> Iterator[Row]:
    for at, (low, high) in enumerate(pairwise(edges), start=1):
        held = sum(low < size < high for size in sizes)
        yield Row(str(at), (numbers.count(low + 0.5), numbers.count(high - 0.5), numbers.count(held)))


def _at(sizes: list[float], share: float) -> str:
    return show(numbers.size(sorted(sizes)[round(share * (len(sizes) - 1))]))


def _draw(paper: Paper, results: Results, shown: list[Sized]) -> None:
    grid = paper.subplots(len(shown), 1, squeeze=False)
    for axes, (level, sizes) in zip(grid.flat, shown, strict=True):
        axes.hist(sizes, bins=_edges(results, sizes), color=canvas.MARK)
        axes.set_ylabel(canvas.short(capital(results.names.level(level, 2)), 16))
        axes.locator_params(axis="y", integer=True, nbins=4)
        axes.locator_params(axis="x", integer=True, nbins=8)
    grid.flat[-1].set_xlabel(f"{capital(results.names.unit(2))} in a cluster")


def _edges(results: Results, sizes: list[float]) -> list[float]:
    """Ends of the bars, between two whole sizes each."""
    start, step = _bars_from(results, min(sizes))
    span = max(sizes) - start
    width = step * max(1, -(-int(span) // (BARS * step)))
    return [start - 0.5 + width * at for at in range(int(span // width) + 2)]


def _bars_from(results: Results, smallest: float) -> tuple[float, int]:
    """Where the first bar begins, and the step of widths: not at the smallest cluster unless data are public."""
    rule = results.disclosure
    return (smallest, 1) if rule.public else (float(rule.minimum_count), max(1, rule.round_to))

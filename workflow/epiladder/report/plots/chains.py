"""The chains of the imputation: by round, the mean over data sets of what was imputed, and how far they spread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from epiladder.report import numbers
from epiladder.report.page import Figure, Row, RowGroup, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

MOST_PANELS = 8
Panel = tuple[str, dict[str, Any]]


def figure(panels: list[Panel], number: int) -> Figure | None:
    """A panel for each summary of a variable's imputed values: (label, its trace); None without any."""
    drawn = panels[:MOST_PANELS]
    if not drawn:
        return None
    rounds = len(drawn[0][1]["mean"])
    said = "; ".join(
        f"{label}: {trace['mean'][0]:.3g} in the first, {trace['mean'][-1]:.3g} in the last" for label, trace in drawn
    )
    alternative = f"What was imputed, mean over {number} data sets in each of {rounds} rounds. {said}."
    svg = canvas.paper(0.4 + 0.85 * ((len(drawn) + 1) // 2), lambda paper: _draw(paper, drawn), "chains", alternative)
    cut = "" if len(panels) <= MOST_PANELS else f" (the first {MOST_PANELS} of {len(panels)})"
    words = (
        "The chained equations by round{cut}: the line is the mean over data sets of what was imputed, the band "
        "reaches from the smallest to the largest. A line that still rises or falls at its end asks for more rounds."
    )
    return Figure("chains", say(words, cut=(cut,) if cut else ()), alternative, svg, _data(drawn))


def _data(panels: list[Panel]) -> Table:
    groups = [RowGroup(label, tuple(_rounds(trace))) for label, trace in panels]
    return behind("chains", "Imputed values by round.", "Round", ("Mean", "Smallest", "Largest"), groups=groups)


def _rounds(trace: dict[str, Any]) -> Iterator[Row]:
    """A row a round: means of what was imputed, over data sets."""
    rounds = zip(*(trace[key] for key in ("mean", "lowest", "highest")), strict=True)
    for at, values in enumerate(rounds, start=1):
        yield Row(str(at), tuple(numbers.magnitude(value) for value in values))


def _draw(paper: Paper, panels: list[Panel]) -> None:
    grid = paper.subplots((len(panels) + 1) // 2, 2, squeeze=False)
    for axes, (label, trace) in zip(grid.flat, panels, strict=False):
        rounds = range(1, len(trace["mean"]) + 1)
        axes.fill_between(rounds, trace["lowest"], trace["highest"], color=canvas.RULE)
        axes.plot(rounds, trace["mean"], color=canvas.MARK)
        axes.set_title(canvas.short(label, 34), loc="left", fontsize=canvas.POINT - 1, color=canvas.INK)
        axes.tick_params(labelsize=canvas.POINT - 2, length=2)
        axes.locator_params(axis="x", integer=True, nbins=5)
        axes.locator_params(axis="y", nbins=3)
    for axes in list(grid.flat)[len(panels) :]:
        axes.set_axis_off()

"""The level diagram: a box for each level from the outermost to the units, with counts and sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.numbers import show
from epiladder.report.page import Figure, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

STEP = 0.62  # inches a level
HEADS = {
    "smallest": "Smallest",
    "q1": "Lower quartile",
    "median": "Median",
    "q3": "Upper quartile",
    "largest": "Largest",
}


def figure(results: Results) -> Figure:
    """Levels below each other, each within the one above it."""
    boxes = [_box(results, level) for level in results.design["levels"]]
    total = show(results.disclosure.count(results.design["n_rows"]))
    boxes.append((f"{total} {results.names.unit(results.design['n_rows'])}", ""))
    said = "; within them ".join(f"{head}{f' ({below})' if below else ''}" for head, below in boxes)
    alternative = f"The hierarchy from the outermost level: {said}."
    svg = canvas.paper(0.2 + STEP * len(boxes), lambda paper: _draw(paper, boxes), "hierarchy", alternative)
    caption = say("The levels, each within the one above it.")
    return Figure("hierarchy", caption, alternative, svg, _data(results))


def _data(results: Results) -> Table:
    """Clusters of each level and their sizes, the smallest and the largest of public data only, and the units."""
    keys = ("smallest", "q1", "median", "q3", "largest") if results.disclosure.public else ("q1", "median", "q3")
    rows = [
        Row(
            level["name"],
            (
                results.clusters_of(level["name"], level["n_clusters"]),
                *(numbers.size(level["sizes"][key]) for key in keys),
            ),
        )
        for level in results.design["levels"]
    ]
    units = results.disclosure.count(results.design["n_rows"])
    rows.append(Row(results.names.unit(), (units, *(None for _ in keys))))
    return behind("hierarchy", "Levels and sizes.", "Level", ("Number", *(HEADS[key] for key in keys)), rows)


def _box(results: Results, level: dict) -> tuple[str, str]:
    """`60 hospitals`, and `420 to 1,010 patients in each, median 660`; without extremes where they are not shown."""
    sizes, count = level["sizes"], level["n_clusters"]
    head = f"{show(results.clusters_of(level['name'], count))} {results.names.level(level['name'], count)}"
    median = show(numbers.size(sizes["median"]))
    unit = results.names.unit(2)
    if not results.disclosure.public:
        low, high = (show(numbers.size(sizes[key])) for key in ("q1", "q3"))
        return head, f"median {median} {unit} in each, quartiles {low} to {high}"
    low, high = (show(numbers.count(sizes[key])) for key in ("smallest", "largest"))
    if sizes["smallest"] == sizes["largest"]:
        return head, f"{low} {unit} in each"
    return head, f"{low} to {high} {unit} in each, median {median}"


def _draw(paper: Paper, boxes: list[tuple[str, str]]) -> None:
    from matplotlib.patches import Rectangle

    axes = paper.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(boxes), 0)
    for at, (head, below) in enumerate(boxes):
        inset = 0.06 * at
        edge = Rectangle((inset, at + 0.08), 0.99 - inset, 0.74, fill=False, edgecolor=canvas.SOFT, linewidth=0.8)
        axes.add_patch(edge)
        if at:
            axes.plot([inset - 0.03, inset - 0.03, inset], [at - 0.18, at + 0.45, at + 0.45], color=canvas.SOFT, lw=0.8)
        axes.text(inset + 0.025, at + 0.45, head, va="center", color=canvas.INK, fontweight="bold")
        axes.text(0.97, at + 0.45, below, va="center", ha="right", color=canvas.INK, fontsize=canvas.POINT - 1.5)

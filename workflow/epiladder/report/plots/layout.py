"""Where panels stand on the paper: margins measured once, from what is written around each panel.

A closed form for grids of panels, in place of matplotlib's constrained layout, which costs a third of a picture's time:
every row and column gets the room that its labels, titles and legends ask for, and the panels share what is left in the
ratios of their grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE = 3.0  # points between the paper's edge and what is written
GAP = 9.0  # points between two panels' writings
LEAST = 20.0  # points that a panel has at the least
PASSES = 5  # a panel that shrinks leaves less room for what is written across it
TALL = 0.8  # of the paper: readers' fonts may be wider than the one that is measured here
GUESS = {"left": 0.25, "right": 0.97, "top": 0.9, "bottom": 0.14}

Sides = tuple[float, float]


def lay_out(figure: Figure, renderer: Any) -> None:
    """Place the panels of a figure; `renderer` measures its text. Panels span one cell of one grid."""
    if not figure.axes:
        return
    figure.subplots_adjust(**GUESS)
    _fold(figure, renderer)
    for _ in range(PASSES):
        _place(figure, renderer)
        if not _sticks_out(figure, renderer):
            return


def _fold(figure: Figure, renderer: Any) -> None:
    """Put the unit of an upright label on a line of its own where the paper is hardly higher than the label."""
    for panel in figure.axes:
        label = panel.yaxis.label
        if label.get_window_extent(renderer).height > TALL * figure.bbox.height:
            label.set_text(label.get_text().replace(" (", "\n(", 1))


def _place(figure: Figure, renderer: Any) -> None:
    """Give every panel its place by what is written around it where it stands now."""
    panels = figure.axes
    places = [_cell(panel) for panel in panels]
    around = [_around(panel, renderer) for panel in panels]
    width, height = figure.bbox.width, figure.bbox.height
    grid = _grid(panels[0])
    across = _share(
        width, grid.get_width_ratios(), [(at[1], sides[0]) for at, sides in zip(places, around, strict=True)]
    )
    down = _share(
        height, grid.get_height_ratios(), [(at[0], sides[1]) for at, sides in zip(places, around, strict=True)]
    )
    for panel, (row, column) in zip(panels, places, strict=True):
        (left, wide), (top, tall) = across[column], down[row]
        panel.set_position((left / width, 1 - (top + tall) / height, wide / width, tall / height))


def _sticks_out(figure: Figure, renderer: Any) -> bool:
    """Whether something leaves the paper at a side where the panels stand now: other ticks, or a label that moved."""
    written = [text for panel in figure.axes for text in (panel.xaxis.label, panel.title, *panel.texts)]
    boxes = [text.get_window_extent(renderer) for text in written if text.get_text() and text.get_visible()]
    boxes += [box for panel in figure.axes for box in [panel.yaxis.get_tightbbox(renderer)] if box is not None]
    return any(box.x0 < 0 or box.x1 > figure.bbox.width for box in boxes)


def _grid(panel: Axes) -> Any:
    place = panel.get_subplotspec()
    assert place is not None, "a panel stands in a grid"
    return place.get_gridspec()


def _cell(panel: Axes) -> tuple[int, int]:
    """Row and column of a panel."""
    place = panel.get_subplotspec()
    assert place is not None, "a panel stands in a grid"
    return place.rowspan.start, place.colspan.start


def _around(panel: Axes, renderer: Any) -> tuple[Sides, Sides]:
    """Points that the writing of a panel takes to the left and right of it, and above and below."""
    box, whole = panel.get_window_extent(renderer), panel.get_tightbbox(renderer, for_layout_only=True)
    whole = whole or box
    return (
        (max(0.0, box.x0 - whole.x0), max(0.0, whole.x1 - box.x1)),
        (max(0.0, whole.y1 - box.y1), max(0.0, box.y0 - whole.y0)),
    )


def _share(length: float, ratios: list[float], asked: list[tuple[int, Sides]]) -> list[Sides]:
    """Start and length of each row or column, in points from the left or the top."""
    before, after = ([max((sides[end] for at, sides in asked if at == one), default=0.0) for one in range(len(ratios))]
                     for end in (0, 1))  # fmt: skip
    free = length - sum(before) - sum(after) - 2 * EDGE - GAP * (len(ratios) - 1)
    made, at = [], EDGE
    for ratio, first, last in zip(ratios, before, after, strict=True):
        size = max(LEAST, free * ratio / sum(ratios))
        made.append((at + first, size))
        at += first + size + last + GAP
    return made

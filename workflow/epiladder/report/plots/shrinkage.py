"""Shrinkage: each cluster's own mean, and where partial pooling draws it, by the size of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Figure, Parts, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper


def figure(results: Results, level: str) -> Figure | None:
    """No, partial and complete pooling of a level's means in the null rung; None with fewer than two to draw."""
    rows = [row for row in results.clusters("null", level, "(Intercept)") if row["none"] is not None]
    if len(rows) < 2:
        return None
    rows.sort(key=lambda row: (row["n"], row["none"]))
    even = rows[0]["n"] == rows[-1]["n"]
    name = f"shrinkage-{results.levels().index(level) + 1}"
    alternative = _alternative(results, level, rows, even)
    svg = canvas.paper(3.2, lambda paper: _draw(paper, results, level, rows, even), name, alternative)
    words = (
        "Each {level}'s own {value} (ring), its partially pooled {value} (dot) and complete pooling (line), {by}, null "
        "rung.{without}"
    )
    value = results.scale.predictor or "mean"
    by = f"in order of the {value}, since all are of one size" if even else "by size"
    data = _data(name, level, rows) if results.disclosure.public else None
    caption = say(words, level=level, by=(by,), value=(value,), without=_without(results, level))
    return Figure(name, caption, alternative, svg, data)


def _without(results: Results, level: str) -> Parts:
    """A word on clusters that are not drawn, since alone they have no estimate."""
    rows = results.clusters("null", level, "(Intercept)")
    if results.scale.gaussian or all(row["none"] is not None for row in rows):
        return ()
    return say(
        " {Levels} without an estimate of their own are not drawn.", Levels=capital(results.names.level(level, 2))
    )


def _alternative(results: Results, level: str, rows: list[dict], even: bool) -> str:
    many = results.names.level(level, 2)
    values = f"{results.scale.predictor}" if results.scale.predictor else "means"
    weights = [row["shrinkage"] for row in rows if row["shrinkage"] is not None]
    if not weights:
        return f"{capital(values)} of {many}, without and with partial pooling."
    low, high = (numbers.show(numbers.fixed(value, 2)) for value in results.disclosure.ends(weights))
    if even or low == high:
        return f"Partial pooling draws the {values} of all {many} towards the average by a factor of {low}."
    return (
        f"Partial pooling draws the {values} of {many} towards the average: the shrinkage factor runs from {low} for "
        f"the {many} that know least to {high} for those that know most."
    )


def _draw(paper: Paper, results: Results, level: str, rows: list[dict], even: bool) -> None:
    axes = paper.add_subplot()
    rows = [rows[at] for at in canvas.thin(len(rows))]
    x = list(range(1, len(rows) + 1)) if even else [row["n"] for row in rows]
    small = len(rows) > 80
    axes.axhline(rows[0]["complete"], color=canvas.INK, linewidth=1.0, zorder=1)
    axes.vlines(x, [row["none"] for row in rows], [row["partial"] for row in rows], color=canvas.SOFT, linewidth=0.6)
    own = {"markersize": 2.6 if small else 4.2, "markeredgewidth": 0.7, "markerfacecolor": "none"}
    value = results.scale.predictor or "mean"
    alone = f"none: its own {value}"
    axes.plot(x, [row["none"] for row in rows], "o", markeredgecolor=canvas.SECOND, label=alone, **own)
    pooled = {"markersize": 2.2 if small else 3.8, "markeredgewidth": 0, "color": canvas.MARK}
    axes.plot(x, [row["partial"] for row in rows], "o", label="partial", **pooled)
    axes.plot([], [], color=canvas.INK, linewidth=1.0, label="complete")
    axes.set_xlabel(f"{level}, in order of its {value}".capitalize() if even else f"Size of the {level}"[:40])
    if even:
        axes.set_xticks([])
    axes.set_ylabel(canvas.short(results.names.predictor(), 30))
    canvas.legend(axes, None, columns=3)


def _data(name: str, level: str, rows: list[dict]) -> Table:
    """The numbers behind the picture, one row a cluster (public data only)."""
    heads = ("Size", "Complete pooling", "No pooling", "Partial pooling", "Shrinkage factor")
    return behind(name, "Pooling, null rung.", level, heads, [Row(str(row["cluster"]), _numbers(row)) for row in rows])


def _numbers(row: dict) -> tuple[numbers.Number, ...]:
    means = (numbers.magnitude(row[key]) for key in ("complete", "none", "partial"))
    return (numbers.count(row["n"]), *means, numbers.fixed(row["shrinkage"], 3))

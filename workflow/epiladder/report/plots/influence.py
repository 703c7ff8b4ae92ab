"""Influence: Cook's distance of the clusters that move the fixed effects most, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.page import Figure, Name, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper


def figure(results: Results, level: str, entry: dict, clusters: list[dict]) -> Figure | None:
    """The most influential clusters of a level in one rung; None with fewer than two to draw.

    entry: the rung's part of influence.json. clusters: those that may be shown, the most influential first.
    """
    drawn = [one for one in clusters if one["cooks_distance"] is not None]
    if len(drawn) < 2:
        return None
    name = f"influence-{results.levels().index(level) + 1}"
    mark = 4 / entry["clusters"]
    above = sum(one["cooks_distance"] > mark for one in drawn)
    many = results.names.level(level, 2)
    alternative = (
        f"Cook's distances of the {len(drawn)} most influential {many}, from "
        f"{numbers.show(numbers.magnitude(drawn[0]['cooks_distance'], 2))} down to "
        f"{numbers.show(numbers.magnitude(drawn[-1]['cooks_distance'], 2))}; {above} lie beyond 4/n."
    )
    svg = canvas.paper(
        0.9 + 0.22 * len(drawn), lambda paper: _draw(paper, results, level, drawn, mark), name, alternative
    )
    caption = say(
        "Cook's distance of the {many} that move the fixed effects most ({rung}); dashed: 4 over their number, a "
        "common mark and no test.",
        many=(many,),
        rung=(results.names.rung_inside(entry["rung"]),),
    )
    return Figure(name, caption, alternative, svg, _data(name, level, drawn) if results.disclosure.public else None)


def _draw(paper: Paper, results: Results, level: str, drawn: list[dict], mark: float) -> None:
    axes = paper.add_subplot()
    places = list(range(len(drawn), 0, -1))
    distances = [one["cooks_distance"] for one in drawn]
    canvas.rule(axes, x=mark, dashed=True)
    axes.hlines(places, 0, distances, color=canvas.RULE, linewidth=0.8)
    axes.plot(distances, places, "o", color=canvas.MARK, markersize=4.2, markeredgewidth=0)
    named = [
        canvas.short(str(one["cluster"]), 18) if results.disclosure.public else f"{i}" for i, one in _ranked(drawn)
    ]
    axes.set_yticks(places, named)
    axes.set_xlim(left=0)
    axes.set_xlabel("Cook's distance")
    axes.set_ylabel(level if results.disclosure.public else f"{level}, in order")


def _ranked(drawn: list[dict]) -> list[tuple[int, dict]]:
    return list(enumerate(drawn, start=1))


def _data(name: str, level: str, drawn: list[dict]) -> Table:
    """The numbers behind the picture (public data only)."""
    rows = [Row(str(one["cluster"]), _cells(one)) for one in drawn]
    return behind(name, "Cook's distance by cluster.", level, ("Cook's distance", "Rows", "How"), rows)


def _cells(one: dict) -> tuple[numbers.Number | Name, ...]:
    distance, rows = numbers.magnitude(one["cooks_distance"], 3), numbers.count(one["rows"])
    return (distance, rows, Name(one["method"].replace("_", " ")))

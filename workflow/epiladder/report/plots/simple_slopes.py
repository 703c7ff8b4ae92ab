"""The simple slope as a function of what moderates it, with its band, where that leaves out zero, and a rug."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epiladder.report import numbers
from epiladder.report.page import Figure, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.plots.interaction import Effect, recorded
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

Record = dict[str, Any]


def figure(results: Results, effect: Effect, number: int) -> Figure | None:
    """The slope over a number that moderates it; None where a category does, or nothing is recorded."""
    row = recorded(results, effect)
    if row is None or row["curve"] is None:
        return None
    name = f"simple-slope-{number}"
    slope, moderator = results.names.term(effect.slope), results.names.term(effect.moderator)
    alternative = _alternative(results, row["curve"], slope, moderator)
    svg = canvas.paper(2.8, lambda paper: _draw(paper, row, slope, moderator), name, alternative)
    words = "Slope of {slope}{scale} over {moderator} with its {share} band, one value at a time; dark: where the band "
    words += "leaves out zero. Marks below: 5th, 25th, 50th, 75th and 95th percentile [@bauer2005]."
    scale = () if results.scale.gaussian else say(" on the scale of the {name}", name=(results.scale.predictor,))
    share = numbers.percent(results.confidence())
    caption = say(words, slope=slope, moderator=moderator, share=share, scale=scale)
    return Figure(name, caption, alternative, svg, _data(row["curve"], name, moderator))


def _alternative(results: Results, curve: Record, slope: str, moderator: str) -> str:
    """The slope at both ends of what is drawn, each with its interval."""
    ends = [_at(curve, at, results.confidence()) for at in (0, -1)]
    first, last = (numbers.show(numbers.magnitude(curve["value"][at], 3)) for at in (0, -1))
    start, stop = map(numbers.show, ends)
    return f"The slope of {slope} runs from {start} where {moderator} is {first} to {stop} where it is {last}."


def _at(curve: Record, at: int, confidence: float | None = None) -> numbers.Estimate:
    low, high = curve["ci_low"][at], curve["ci_high"][at]
    form = numbers.significant((high - low) / 4, 2)
    return numbers.Estimate(curve["estimate"][at], low, high, form, confidence)


def _data(curve: Record, name: str, moderator: str) -> Table:
    rows = [Row(numbers.show(numbers.magnitude(value)), (_at(curve, at),)) for at, value in enumerate(curve["value"])]
    return behind(name, "Simple slope over its moderator.", moderator, ("Slope (CI)",), rows)


def _draw(paper: Paper, row: Record, slope: str, moderator: str) -> None:
    axes, curve = paper.add_subplot(), row["curve"]
    xs = curve["value"]
    axes.fill_between(xs, curve["ci_low"], curve["ci_high"], color=canvas.MARK, alpha=0.14, linewidth=0)
    outside = [low > 0 or high < 0 for low, high in zip(curve["ci_low"], curve["ci_high"], strict=True)]
    axes.fill_between(xs, curve["ci_low"], curve["ci_high"], where=outside, color=canvas.MARK, alpha=0.22, linewidth=0)
    axes.plot(xs, curve["estimate"], color=canvas.MARK, linewidth=1.8)
    canvas.rule(axes, y=0.0, dashed=True)
    places = [point["value"] for point in row["points"]]
    axes.plot(places, [0.03] * len(places), "|", color=canvas.INK, markersize=7, transform=axes.get_xaxis_transform())
    axes.set_xlabel(canvas.short(moderator, 44))
    axes.set_ylabel(canvas.short(f"Slope of {slope}", 30))

"""The caterpillar: each cluster's departure from the average with its interval, in order."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.page import Figure, Name, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

MOST_NAMES = 24


def figure(results: Results, level: str) -> Figure | None:
    """Conditional modes of the intercept in the rung that is read; None when that level has none to draw."""
    rung = results.retained()
    modes = [m for m in results.modes.get(rung or "", ()) if (m["level"], m["term"]) == (level, "(Intercept)")]
    sizes = results.sizes(level)
    shown = [mode for mode in modes if results.disclosure.shows(sizes.get(mode["cluster"], 0))]
    if len(shown) < 2 or not any(mode["std_error"] for mode in shown):  # a variance of zero has nothing to draw
        return None
    shown.sort(key=lambda mode: (mode["mode"], str(mode["cluster"])))
    reach = NormalDist().inv_cdf((1 + results.confidence()) / 2)
    named = results.disclosure.public and len(shown) <= MOST_NAMES
    name = f"caterpillar-{results.levels().index(level) + 1}"
    alternative = _alternative(results, level, shown, reach)
    svg = canvas.paper(3.0, lambda paper: _draw(paper, results, level, shown, reach, named), name, alternative)
    words = "Departure of each {level} from the average in the rung “{rung}”, with {share} intervals, in order"
    words += "{scale}{thin}."
    scale = "" if results.scale.gaussian else f" ({results.scale.predictor})"
    drawn = "" if len(shown) <= canvas.MOST_DRAWN else f" ({canvas.MOST_DRAWN} of {len(shown)} are drawn)"
    named_rung = results.names.rung_inside(rung or "")
    caption = say(
        words, level=level, rung=named_rung, share=numbers.percent(results.confidence()), scale=scale, thin=drawn
    )
    data = _data(results, name, level, shown) if results.disclosure.public else None
    return Figure(name, caption, alternative, svg, data)


def _alternative(results: Results, level: str, modes: list[dict], reach: float) -> str:
    apart = sum(abs(mode["mode"]) > reach * mode["std_error"] for mode in modes)
    low, high = results.disclosure.ends([mode["mode"] for mode in modes])
    ends = numbers.show(numbers.Interval(low, high, numbers.significant(high - low, 3)))
    many, far = (numbers.show(results.clusters_of(level, number)) for number in (len(modes), apart))
    return (
        f"{many} {results.names.level(level, len(modes))} in order of their departure from the average in "
        f"{results.names.quantity()}, from {ends}; the intervals of {far} leave out zero."
    )


def _draw(paper: Paper, results: Results, level: str, modes: list[dict], reach: float, named: bool) -> None:
    axes = paper.add_subplot()
    canvas.rule(axes, y=0)
    drawn = canvas.thin(len(modes))
    low = [modes[at]["mode"] - reach * modes[at]["std_error"] for at in drawn]
    high = [modes[at]["mode"] + reach * modes[at]["std_error"] for at in drawn]
    axes.vlines(drawn, low, high, color=canvas.MARK, linewidth=1.0 if len(drawn) < 80 else 0.6)
    size = 3.6 if len(drawn) < 80 else 1.8
    axes.plot(drawn, [modes[at]["mode"] for at in drawn], "o", color=canvas.MARK, markersize=size, markeredgewidth=0)
    if named:
        axes.set_xticks(drawn, [canvas.short(str(modes[at]["cluster"]), 12) for at in drawn], rotation=90)
    axes.set_xlabel(f"{results.names.level(level, 1)}, in order".capitalize() if not named else level)
    unit = results.names.outcome_unit() if results.scale.gaussian else results.scale.predictor
    axes.set_ylabel(f"Departure from the average{f' ({unit})' if unit else ''}"[:48])


def _data(results: Results, name: str, level: str, modes: list[dict]) -> Table:
    """The numbers behind the picture, one row a cluster (public data only)."""
    rows = [Row(str(mode["cluster"]), (Name(results.names.term(mode["term"])), *_numbers(mode))) for mode in modes]
    return behind(name, "Conditional modes.", level, ("Term", "Mode", "Standard error"), rows)


def _numbers(mode: dict) -> tuple[numbers.Number, numbers.Number]:
    form = numbers.by_error(mode["std_error"], mode["mode"])
    return numbers.Number(mode["mode"], form), numbers.Number(mode["std_error"], form)

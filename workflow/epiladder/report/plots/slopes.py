"""Random slopes: a line for each cluster, over the observed range of the covariate, and the average line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.page import Figure, Parts, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.plots.prediction import design_row, predict
from epiladder.report.results import Results, covariance, estimates, fixed

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

Line = tuple[float, float]


def figure(results: Results) -> Figure | None:
    """Lines of the random-slope rung for its first varying slope; None when there is none to draw."""
    found = estimates(results.fit("random_slope"))
    if found is None:
        return None
    for level in results.levels():
        for term in (covariance(found, level) or {"terms": []})["terms"]:
            column = results.column(term)
            if term != "(Intercept)" and column and fixed(found, term):
                return _figure(results, found, level, term, column)
    return None


def _figure(results: Results, found: dict, level: str, term: str, column: dict) -> Figure | None:
    ends = (column["p05"], column["p95"]) if not column.get("binary") else (0.0, 1.0)
    own = _lines(results, found, level, term, ends)
    if not own:
        return None
    lines = list(own.values())
    average = (_average(results, found, term, ends[0]), _average(results, found, term, ends[1]))
    rising = sum(high > low for low, high in lines)
    many = results.names.level(level, len(lines))
    alternative = (
        f"Lines of {results.names.quantity()} against {results.names.term(term)} for {len(lines)} {many}: {rising} "
        f"rise, {len(lines) - rising} fall; the average line {'rises' if average[1] > average[0] else 'falls'}."
    )
    svg = canvas.paper(3.2, lambda p: _draw(p, results, term, ends, lines, average), "slopes", alternative)
    words = "A line for each {level} (thin) and the average (thick) in the random-slope rung, over the 5th to the 95th "
    words += "percentile of {term}; other covariates at their means or reference{scale}{thin}."
    drawn = "" if len(lines) <= canvas.MOST_DRAWN else f"; {canvas.MOST_DRAWN} of {len(lines)} lines are drawn"
    return Figure(
        "slopes",
        say(words, level=level, term=results.names.term(term), scale=_scale(results), thin=drawn),
        alternative,
        svg,
        _data(level, ends, own, average) if results.disclosure.public else None,
    )


def _data(level: str, ends: Line, own: dict[object, Line], average: Line) -> Table:
    """The ends of every cluster's line and its slope, the average line first (public data only)."""
    lines = [("Average", average), *((str(cluster), line) for cluster, line in own.items())]
    rows = [Row(name, tuple(map(numbers.magnitude, (*line, _slope(ends, line))))) for name, line in lines]
    low, high = (numbers.show(numbers.magnitude(end)) for end in ends)
    return behind("slopes", "Lines of the random-slope rung.", level, (f"At {low}", f"At {high}", "Slope"), rows)


def _slope(ends: Line, line: Line) -> float:
    return (line[1] - line[0]) / (ends[1] - ends[0])


def _scale(results: Results) -> Parts:
    """The scale of the lines, where it is not the outcome's own."""
    return () if results.scale.gaussian else say("; on the scale of the {name}", name=(results.scale.predictor,))


def _average(results: Results, found: dict, term: str, x: float) -> float:
    return predict(found, design_row(results, found, {term: x}))


def _lines(results: Results, found: dict, level: str, term: str, ends: Line) -> dict[object, Line]:
    """Each shown cluster's line: the average plus its own intercept and slope."""
    sizes = results.sizes(level)
    own: dict[object, dict[str, float]] = {}
    for mode in results.modes.get("random_slope", ()):
        if mode["level"] == level and results.disclosure.shows(sizes.get(mode["cluster"], 0)):
            own.setdefault(mode["cluster"], {})[mode["term"]] = mode["mode"]
    low, high = (_average(results, found, term, end) for end in ends)
    return {
        cluster: (
            low + u.get("(Intercept)", 0.0) + u.get(term, 0.0) * ends[0],
            high + u.get("(Intercept)", 0.0) + u.get(term, 0.0) * ends[1],
        )
        for cluster, u in own.items()
    }


def _draw(paper: Paper, results: Results, term: str, ends: Line, lines: list[Line], average: Line) -> None:
    from matplotlib.collections import LineCollection

    axes = paper.add_subplot()
    drawn = sorted(lines)
    segments = [[(ends[0], drawn[at][0]), (ends[1], drawn[at][1])] for at in canvas.thin(len(drawn))]
    faint = 0.6 if len(segments) < 60 else 0.35
    axes.add_collection(LineCollection(segments, colors=canvas.MARK, linewidths=0.8, alpha=faint))
    axes.plot(ends, average, color=canvas.INK, linewidth=2.4)
    axes.autoscale_view()
    axes.set_xlabel(canvas.short(results.names.term(term), 44))
    axes.set_ylabel(canvas.short(results.names.predictor(), 30))

"""The variance between clusters, and the intraclass correlation, as functions of a variable with a random slope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epiladder.report import numbers
from epiladder.report.page import Cite, Figure, Parts, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

Record = dict[str, Any]


def figures(results: Results, curves: list[Record]) -> list[Figure]:
    """A picture for each random slope of a number; a category has two values, which the text gives."""
    return [_figure(results, one, at + 1) for at, one in enumerate(curves) if len(one["x"]) > 2]


def _figure(results: Results, curve: Record, number: int) -> Figure:
    name = f"icc-curve-{number}"
    term, level = results.names.term(curve["term"]), curve["level"]
    low, high = min(curve["together"]), max(curve["together"])
    alternative = (
        f"The intraclass correlation of {level} runs from {numbers.show(numbers.icc(low))} to "
        f"{numbers.show(numbers.icc(high))} over {term}."
    )
    svg = canvas.paper(2.8, lambda paper: _draw(paper, results, curve), name, alternative)
    least = curve["least_at"]
    words = "Variance between {levels} (left) and intraclass correlation (right) by {term}, over its 5th to 95th "
    words += "percentile{least}. The correlation is that of two {units} of the same {level} with the same {term}; it "
    words += "is not the correlation of two with different values {cite}.{band}"
    caption = say(
        words,
        levels=results.names.level(level, 2),
        level=level,
        term=term,
        units=results.names.single(2),
        least=() if least is None else say("; {levels} differ least at {x}", levels=results.names.level(level, 2),
                                           x=numbers.magnitude(least, 3)),
        cite=(Cite("goldstein2011"),),
        band=_band(curve),
    )  # fmt: skip
    return Figure(name, caption, alternative, svg, _data(results, curve, name))


def _data(results: Results, curve: Record, name: str) -> Table:
    rows = [
        Row(numbers.show(numbers.magnitude(x)), (numbers.magnitude(variance), numbers.icc(together)))
        for x, variance, together in zip(curve["x"], curve["variance"], curve["together"], strict=True)
    ]
    term = results.names.term(curve["term"])
    return behind(name, "Variance and intraclass correlation.", term, ("Variance", "Intraclass correlation"), rows)


def _band(curve: Record) -> Parts:
    """How the bands were had, point by point, or why there are none."""
    band = curve.get("together_band")
    if band is None:
        return ()
    if None in (*band["ci_low"], *band["ci_high"]):
        return () if band["reason"] is None else say(" No bands: {reason}.", reason=(band["reason"],))
    return say(" Bands: intervals point by point, by {method}.", method=(band["method"],))


def _draw(paper: Paper, results: Results, curve: Record) -> None:
    left, right = paper.subplots(1, 2)
    for axes, key, label in ((left, "variance", "Variance"), (right, "together", "Intraclass correlation")):
        axes.plot(curve["x"], curve[key], color=canvas.MARK, linewidth=1.8)
        highest = max(curve[key])
        band = curve.get(f"{key}_band")
        if band and None not in (*band["ci_low"], *band["ci_high"]):
            axes.fill_between(curve["x"], band["ci_low"], band["ci_high"], color=canvas.MARK, alpha=0.15, linewidth=0)
            highest = min(max(band["ci_high"]), 3 * highest)
        axes.set_ylim(0, 1.12 * highest)
        axes.set_ylabel(label)
        axes.set_xlabel(canvas.short(results.names.term(curve["term"]), 24))

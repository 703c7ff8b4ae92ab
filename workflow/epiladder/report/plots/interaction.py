"""Cross-level interaction: lines at values of the moderator, with bands, and the simple slopes behind them.

The variance of a simple slope is a quadratic form in the covariance of the coefficients (Bauer and Curran 2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from epiladder.report import numbers
from epiladder.report.names import bracket, capital, factors
from epiladder.report.page import Column, Figure, Parts, Row, RowGroup, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.plots.prediction import design_row, predict, spread
from epiladder.report.results import Results, fixed

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

STEPS = 24
INKS = (canvas.MARK, canvas.SECOND, canvas.THIRD, canvas.INK, canvas.SOFT)


@dataclass(frozen=True)
class Line:
    """The outcome, or its probability or rate, over the slope's variable, with its band, at one setting."""

    label: str
    xs: list[float]
    ys: list[float]
    low: list[float]
    high: list[float]


@dataclass(frozen=True)
class Effect:
    """A slope and what moderates it: the product terms, and the settings (label, values of factors) to draw."""

    slope: str
    moderator: str
    products: tuple[str, ...]
    settings: tuple[tuple[str, dict[str, float]], ...]


def effects(results: Results, found: dict[str, Any]) -> tuple[Effect, ...]:
    """The cross-level effects of a fit, one for each pair of slope and moderating variable."""
    slopes = {term for part in found["random"] for term in part["terms"]}
    pairs: dict[tuple[str, str], list[str]] = {}
    for term in (row["term"] for row in found["fixed"]):
        parts = factors(term)
        if len(parts) == 2 and (moved := _moved(results, parts, slopes)):
            other = parts[1 - parts.index(moved)]
            pairs.setdefault((moved, bracket(other)[0] if "[" in other else other), []).append(term)
    return tuple(
        Effect(slope, moderator, tuple(terms), _settings(results, slope, moderator, terms))
        for (slope, moderator), terms in pairs.items()
    )


def _moved(results: Results, parts: tuple[str, ...], slopes: set[str]) -> str | None:
    """The factor whose slope is moderated: the one with a random slope, else the one of the inner level."""
    random = [part for part in parts if part in slopes]
    if len(random) == 1:
        return random[0]
    depths = [_depth(results, part) for part in parts]
    return None if depths[0] == depths[1] else parts[depths.index(max(depths))]


def _depth(results: Results, factor: str) -> int:
    """How far inside a factor is measured: 0 for the outermost level; a cluster mean counts as its cluster's."""
    order = [*results.levels(), results.names.unit()]
    column = results.column(factor)
    if column is None or column["level"] not in order or ".mean" in factor:
        return 0
    return order.index(column["level"])


def _settings(results: Results, slope: str, moderator: str, terms: list[str]) -> tuple:
    """Values of the moderator to draw at: percentiles of a number, every category of a category."""
    others = [next(part for part in factors(term) if part != slope) for term in terms]
    column = results.column(moderator)
    if column is not None and not column.get("binary"):
        picks = (("5th percentile", "p05"), ("median", "p50"), ("95th percentile", "p95"))
        form = numbers.significant(column["sd"], 2)
        shown = {key: numbers.show(numbers.Number(column[key], form)) for _, key in picks}
        return tuple((f"{label} ({shown[key]})", {moderator: column[key]}) for label, key in picks)
    categories = (results.plan["variables"].get(moderator) or {}).get("categories") or ["false"]
    settings = [(str(categories[0]), dict.fromkeys(others, 0.0))]
    for chosen in others:
        label = bracket(chosen)[1] or "true"
        settings.append((label, {other: float(other == chosen) for other in others}))
    return tuple(settings)


def figure(results: Results, found: dict[str, Any], effect: Effect, number: int) -> Figure:
    """Lines of the outcome against the slope's variable, a line for each setting of the moderator."""
    name = f"cross-level-{number}"
    slopes = [_slope(results, found, effect, at) for _, at in effect.settings]
    alternative = _alternative(results, effect, slopes)
    lines = _lines(results, found, effect)
    svg = canvas.paper(3.3, lambda paper: _draw(paper, results, effect, lines), name, alternative)
    words = (
        "{outcome} against {slope} at values of {moderator}, with {share} bands, over the 5th to the 95th percentile."
        "{zero}"
    )
    caption = say(
        words,
        outcome=_response(results),
        zero=_zero(results),
        slope=results.names.term(effect.slope),
        moderator=results.names.term(effect.moderator),
        share=numbers.percent(results.confidence()),
    )
    return Figure(name, caption, alternative, svg, _data(results, effect, lines, name))


def _data(results: Results, effect: Effect, lines: list[Line], name: str) -> Table:
    """The lines as they are drawn, a group for each setting of the moderator."""
    groups = [RowGroup(line.label, tuple(_points(line))) for line in lines]
    heads = (f"{_response(results)} (CI)",)
    return behind(f"{name}-lines", "Lines of the picture.", results.names.term(effect.slope), heads, groups=groups)


def _points(line: Line) -> Iterator[Row]:
    for x, y, low, high in zip(line.xs, line.ys, line.low, line.high, strict=True):
        form = numbers.significant((high - low) / 4 or y, 2)
        yield Row(numbers.show(numbers.magnitude(x)), (numbers.Estimate(y, low, high, form),))


def recorded(results: Results, effect: Effect) -> dict[str, Any] | None:
    """The row of cross_level.json of an effect."""
    rows = [] if results.cross_effects is None else results.cross_effects["simple_slopes"]
    return next((r for r in rows if (r["slope"], r["moderator"]) == (effect.slope, effect.moderator)), None)


def _response(results: Results) -> str:
    """What is drawn: the outcome itself, or its probability or rate."""
    outcome = results.names.outcome()
    return outcome if results.scale.gaussian else f"{results.scale.response.capitalize()} of {outcome}"


def _zero(results: Results) -> Parts:
    """Whose probability or rate is drawn."""
    if results.scale.gaussian:
        return ()
    per = ", for one unit of exposure" if results.plan["outcome"].get("exposure") is not None else ""
    words = " The {response} is that of a typical cluster, with all random effects at zero" + per + "."
    return say(words + " It is not an average over clusters.", response=(results.scale.response,))


def _alternative(results: Results, effect: Effect, slopes: list[numbers.Estimate]) -> str:
    said = "; ".join(f"{label}: {numbers.show(s)}" for (label, _), s in zip(effect.settings, slopes, strict=True))
    what = capital(results.scale.ratio or "slope")
    return f"{what} of {results.names.term(effect.slope)} by {results.names.term(effect.moderator)}: {said}."


def table(results: Results, found: dict[str, Any], effect: Effect, number: int) -> Table:
    """The simple slope at each setting of the moderator, with its interval."""
    rows = tuple(
        Row(label, (replace(_slope(results, found, effect, at), confidence=None),)) for label, at in effect.settings
    )
    words = "Simple slopes of {slope} by {moderator}."
    law = "the degrees of freedom of the product's own test" if results.scale.gaussian else "the normal distribution"
    names = {"slope": results.names.term(effect.slope), "moderator": results.names.term(effect.moderator)}
    return Table(
        id=f"cross-level-{number}",
        caption=say(words, **names),
        stub=names["moderator"],
        columns=(Column(f"{capital(str(results.scale.ratio))} (CI)" if results.scale.ratio else "Slope (CI)"),),
        groups=(RowGroup(None, rows),),
        notes=(say(f"Intervals use {law}; they hold one value at a time."),),
    )


def _slope(results: Results, found: dict[str, Any], effect: Effect, at: dict[str, float]) -> numbers.Estimate:
    """The change of the prediction for one unit more, with the interval of that contrast."""
    high = design_row(results, found, {**at, effect.slope: 1.0})
    low = design_row(results, found, {**at, effect.slope: 0.0})
    contrast = [a - b for a, b in zip(high, low, strict=True)]
    value, error = predict(found, contrast), spread(found, contrast)
    reach = None if error is None else _reach(results, found, effect) * error
    form = numbers.by_error(error, value)
    limits = (None, None) if reach is None else (value - reach, value + reach)
    if results.scale.ratio:
        row = {"estimate": value, "std_error": error, "ci_low": limits[0], "ci_high": limits[1]}
        return numbers.ratio(row, results.confidence())
    return numbers.Estimate(value, *limits, form, results.confidence())


def _reach(results: Results, found: dict[str, Any], effect: Effect) -> float:
    """The quantile that turns a standard error into half an interval: that of the product with the fewest degrees of
    freedom, as its own interval was made, or the normal one."""
    rows = [row for row in (fixed(found, term) for term in effect.products) if row and row["df"] and row["std_error"]]
    if not rows:
        return NormalDist().inv_cdf((1 + results.confidence()) / 2)
    fewest = min(rows, key=lambda row: row["df"])
    return (fewest["ci_high"] - fewest["estimate"]) / fewest["std_error"]


def _lines(results: Results, found: dict[str, Any], effect: Effect) -> list[Line]:
    """A line for each setting of the moderator, over the 5th to the 95th percentile of the slope's variable."""
    column = results.column(effect.slope) or {"p05": 0.0, "p95": 1.0}
    low, high = (0.0, 1.0) if column.get("binary") else (column["p05"], column["p95"])
    xs = [low + (high - low) * step / STEPS for step in range(STEPS + 1)]
    reach, mean = _reach(results, found, effect), results.scale.mean
    made = []
    for label, at in effect.settings:
        rows = [design_row(results, found, {**at, effect.slope: x}) for x in xs]
        ys, half = [predict(found, row) for row in rows], [reach * (spread(found, row) or 0.0) for row in rows]
        ends = ([mean(y + sign * h) for y, h in zip(ys, half, strict=True)] for sign in (-1, 1))
        made.append(Line(label, xs, [mean(y) for y in ys], *ends))
    return made


def _draw(paper: Paper, results: Results, effect: Effect, lines: list[Line]) -> None:
    axes = paper.add_subplot()
    for index, line in enumerate(lines):
        ink, dash = INKS[index % len(INKS)], canvas.DASHES[index % len(canvas.DASHES)]
        axes.fill_between(line.xs, line.low, line.high, color=ink, alpha=0.14, linewidth=0)
        axes.plot(line.xs, line.ys, color=ink, linestyle=dash, linewidth=1.8, label=canvas.short(line.label, 24))
    axes.set_xlabel(canvas.short(results.names.term(effect.slope), 44))
    unit = results.names.outcome_unit()
    shown = f" ({unit})" if unit and results.scale.gaussian else ""
    axes.set_ylabel(canvas.short(_response(results) + shown, 30))
    longest = max(len(label) for label, _ in effect.settings)
    columns = 1 if longest > 26 else 2 if longest > 14 else 3
    canvas.legend(axes, canvas.short(results.names.term(effect.moderator), 44), columns=columns)

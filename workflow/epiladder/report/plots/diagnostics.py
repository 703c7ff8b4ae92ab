"""Diagnostics: residuals beside their law and against fitted values, modes beside the normal law, spread by cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Figure, Row, RowGroup, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Paper

INKS = (canvas.MARK, canvas.SECOND, canvas.THIRD)
MOST_TERMS = 3
SPREAD = ("df", "ratio", "low", "high")
EACH = 5  # of the quantiles that are drawn, how many steps from one that is told to the next, where data are not public


def figure(results: Results) -> Figure | None:
    """The panels that the rung that is read has; None without a record."""
    found = results.diagnostics
    if found is None or found["reason"] is not None:
        return None
    panels = [_residuals, _fitted]
    modes = _drawn(found)
    panels += [_modes] if modes else []
    panels += [_spread] if found["spread"]["reason"] is None and _shown(results, found) else []
    alternative = _alternative(results, found, modes)
    height = 2.6 * ((len(panels) + 1) // 2)
    svg = canvas.paper(height, lambda paper: _draw(paper, results, found, panels), "diagnostics", alternative)
    caption = say(
        "{rung}: {panels}.",
        rung=results.names.rung(found["rung"]),
        panels=("; ".join(f"({letter}) {SAID[panel]}" for letter, panel in zip("abcd", panels, strict=False)),),
    )
    return Figure("diagnostics", caption, alternative, svg, _data(results, found, panels))


def _data(results: Results, found: dict[str, Any], panels: list[Any]) -> Table:
    """What each panel draws; where data are not public, nothing of clusters, and few of the quantiles of residuals."""
    one = found["residuals"]
    quantiles = list(zip(one["expected"], one["observed"], strict=True))
    groups = [_group("Residuals", quantiles[:: 1 if results.disclosure.public else EACH])]
    binned = [(each["fitted"], each["mean"], each["sd"]) for each in found["fitted"]]
    groups.append(_group("Residuals by fitted value", [(x, y, y - sd, y + sd) for x, y, sd in binned]))
    if results.disclosure.public:
        for each in _drawn(found):
            name = f"Modes: {results.names.term(each['term'])}, {each['level']}"
            groups.append(_group(name, zip(each["expected"], each["observed"], strict=True)))
        if _spread in panels:
            points = ([found["spread"][key][at] for key in SPREAD] for at in _order(results, found["spread"]))
            groups.append(_group(capital(SAID[_spread]), points))
    heads = ("Across", "Upwards", "Band, from", "Band, to")
    return behind("diagnostics", "Points of the panels.", "Point", heads, groups=groups)


def _group(name: str, points: Iterable[Sequence[float]]) -> RowGroup:
    """Points of a panel: across, upwards and, where there is one, their band."""
    cells = (tuple(map(numbers.magnitude, point)) for point in points)
    rows = [Row(str(at), (*one, *([None] * (4 - len(one))))) for at, one in enumerate(cells, start=1)]
    return RowGroup(name, tuple(rows))


def _drawn(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The modes that have a panel's room."""
    return [one for one in found["modes"] if one["reason"] is None][:MOST_TERMS]


def _shown(results: Results, found: dict[str, Any]) -> bool:
    """Degrees of freedom stand in for a cluster's size where disclosure leaves small ones out."""
    return any(results.disclosure.shows(df) for df in found["spread"]["df"])


def _alternative(results: Results, found: dict[str, Any], modes: list[dict[str, Any]]) -> str:
    """What was found of residuals, modes and spread, each with what it was judged by."""
    names = [("Residuals", found["residuals"])]
    names += [(f"Modes of {results.names.term(one['term'])} by {one['level']}", one) for one in modes]
    said = [f"{name} are {_distance(one)}" for name, one in names]
    spread = found["spread"]
    if spread["reason"] is None and _shown(results, found):
        level = results.levels()[-1]
        outside, expected = results.clusters_of(level, spread["outside"]), numbers.about(spread["expected"])
        said.append(
            f"Outside the band of a common variance lie {numbers.show(outside)} {results.names.level(level, 2)}, where "
            f"{numbers.show(expected)} would by chance"
        )
    return f"{'. '.join(said)}."


def _distance(one: dict[str, Any]) -> str:
    far, limit = (numbers.show(numbers.fixed(value, 3)) for value in (one["distance"], one["limit"]))
    side = "farther from their law than chance allows" if one["flagged"] else "as near their law as chance allows"
    return f"{side} (distance {far} against a limit of {limit})"


def _draw(paper: Paper, results: Results, found: dict[str, Any], panels: list[Any]) -> None:
    rows = (len(panels) + 1) // 2
    for place, (letter, panel) in enumerate(zip("abcd", panels, strict=False), start=1):
        axes = paper.add_subplot(rows, 2, place)
        panel(axes, results, found)
        axes.set_title(f"({letter})", loc="left", fontsize=canvas.POINT, color=canvas.INK)


def _line(axes: Axes, values: list[float]) -> None:
    ends = [min(values), max(values)]
    axes.plot(ends, ends, color=canvas.SOFT, linewidth=0.8, zorder=1)


def _residuals(axes: Axes, results: Results, found: dict[str, Any]) -> None:
    one = found["residuals"]
    _line(axes, one["expected"])
    axes.plot(one["expected"], one["observed"], "o", color=canvas.MARK, markersize=2.4, markeredgewidth=0)
    uniform = one["kind"] == "quantile"
    axes.set_xlabel("Uniform quantile" if uniform else "Normal quantile")
    axes.set_ylabel("Quantile residual" if uniform else "Residual (SD)")


def _fitted(axes: Axes, results: Results, found: dict[str, Any]) -> None:
    bins = found["fitted"]
    places = [one["fitted"] for one in bins]
    canvas.rule(axes, y=0)
    low, high = ([one["mean"] + sign * one["sd"] for one in bins] for sign in (-1, 1))
    axes.vlines(places, low, high, color=canvas.RULE, linewidth=1.2)
    axes.plot(places, [one["mean"] for one in bins], "o", color=canvas.MARK, markersize=2.8, markeredgewidth=0)
    axes.set_xlabel("Fitted")
    axes.set_ylabel("Residual (mean, SD)")


def _modes(axes: Axes, results: Results, found: dict[str, Any]) -> None:
    known = _drawn(found)
    _line(axes, known[0]["expected"])
    for ink, one in zip(INKS, known, strict=False):
        axes.plot(one["expected"], one["observed"], "o", color=ink, markersize=2.4, markeredgewidth=0)
    axes.set_xlabel("Normal quantile")
    axes.set_ylabel("Mode (SD)")


def _spread(axes: Axes, results: Results, found: dict[str, Any]) -> None:
    """Against degrees of freedom, or in order where all clusters have as many."""
    one = found["spread"]
    shown = _order(results, one)
    df = [one["df"][at] for at in shown]
    even = min(df) == max(df)
    places = list(range(1, len(shown) + 1)) if even else df
    canvas.rule(axes, y=1)
    for key in ("low", "high"):
        axes.plot(places, [one[key][at] for at in shown], color=canvas.SOFT, linewidth=0.8, linestyle=(0, (3, 3)))
    axes.plot(places, [one["ratio"][at] for at in shown], "o", color=canvas.MARK, markersize=2.6, markeredgewidth=0)
    axes.set_xlabel("Clusters in order" if even else "Degrees of freedom")
    axes.set_ylabel("SD by cluster (ratio)")
    if even:
        axes.set_xticks([])


def _order(results: Results, one: dict[str, Any]) -> list[int]:
    """The clusters that are drawn, by their degrees of freedom and then by their ratio."""
    shown = [at for at, df in enumerate(one["df"]) if results.disclosure.shows(df)]
    return sorted(shown, key=lambda at: (one["df"][at], one["ratio"][at]))


SAID = {
    _residuals: "residuals beside the law that they should have",
    _fitted: "their mean and spread by fitted value",
    _modes: "conditional modes over their standard deviations beside the normal law",
    _spread: "residual standard deviation by cluster over the common one, with its band",
}

"""Diagnostics: residuals beside their law and against fitted values, modes beside the normal law, spread by cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epiladder.report.page import Figure, say
from epiladder.report.plots import canvas
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Paper

INKS = (canvas.MARK, canvas.SECOND, canvas.THIRD)
MOST_TERMS = 3


def figure(results: Results) -> Figure | None:
    """The panels that the rung that is read has; None without a record."""
    found = results.diagnostics
    if found is None or found["reason"] is not None:
        return None
    panels = [_residuals, _fitted]
    modes = [one for one in found["modes"] if one["reason"] is None][:MOST_TERMS]
    panels += [_modes] if modes else []
    panels += [_spread] if found["spread"]["reason"] is None and _shown(results, found) else []
    alternative = _alternative(found, modes)
    height = 2.6 * ((len(panels) + 1) // 2)
    svg = canvas.paper(height, lambda paper: _draw(paper, results, found, panels), "diagnostics", alternative)
    caption = say(
        "{rung}: {panels}.",
        rung=results.names.rung(found["rung"]),
        panels=("; ".join(f"({letter}) {SAID[panel]}" for letter, panel in zip("abcd", panels, strict=False)),),
    )
    return Figure("diagnostics", caption, alternative, svg)


def _shown(results: Results, found: dict[str, Any]) -> bool:
    """Degrees of freedom stand in for a cluster's size where disclosure leaves small ones out."""
    return any(results.disclosure.shows(df) for df in found["spread"]["df"])


def _alternative(found: dict[str, Any], modes: list[dict[str, Any]]) -> str:
    parts = (("the residuals", "residuals"), ("the spread by cluster", "spread"))
    flagged = [name for name, key in parts if found[key]["flagged"]]
    flagged += [f"the modes of {one['term']} by {one['level']}" for one in modes if one["flagged"]]
    if not flagged:
        return "Residuals and modes of clusters follow the laws that the model gives them, as far as chance allows."
    return f"Beyond chance, {' and '.join(flagged)} depart from the laws that the model gives them."


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
    known = [one for one in found["modes"] if one["reason"] is None][:MOST_TERMS]
    _line(axes, known[0]["expected"])
    for ink, one in zip(INKS, known, strict=False):
        axes.plot(one["expected"], one["observed"], "o", color=ink, markersize=2.4, markeredgewidth=0)
    axes.set_xlabel("Normal quantile")
    axes.set_ylabel("Mode (SD)")


def _spread(axes: Axes, results: Results, found: dict[str, Any]) -> None:
    """Against degrees of freedom, or in order where all clusters have as many."""
    one = found["spread"]
    shown = [at for at, df in enumerate(one["df"]) if results.disclosure.shows(df)]
    df = [one["df"][at] for at in shown]
    even = min(df) == max(df)
    if even:
        shown.sort(key=lambda at: one["ratio"][at])
    places = list(range(1, len(shown) + 1)) if even else df
    canvas.rule(axes, y=1)
    for key in ("low", "high"):
        axes.plot(places, [one[key][at] for at in shown], color=canvas.SOFT, linewidth=0.8, linestyle=(0, (3, 3)))
    axes.plot(places, [one["ratio"][at] for at in shown], "o", color=canvas.MARK, markersize=2.6, markeredgewidth=0)
    axes.set_xlabel("Clusters in order" if even else "Degrees of freedom")
    axes.set_ylabel("SD by cluster (ratio)")
    if even:
        axes.set_xticks([])


SAID = {
    _residuals: "residuals beside the law that they should have",
    _fitted: "their mean and spread by fitted value",
    _modes: "conditional modes over their standard deviations beside the normal law",
    _spread: "residual standard deviation by cluster over the common one, with its band",
}

"""The ICC of each level with its interval and the plan's threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.numbers import Estimate, show
from epiladder.report.page import Figure, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper


def figure(results: Results) -> Figure | None:
    """A row a level, a dashed line at the threshold; None when no ICC could be estimated."""
    levels = [level for level in results.screen["levels"] if level["icc"] is not None]
    if not levels:
        return None
    limit = results.screen["threshold"]["icc"]
    alternative = _alternative(results, levels, limit)
    svg = canvas.paper(0.75 + 0.42 * len(levels), lambda paper: _draw(paper, levels, limit), "icc", alternative)
    known = any(level["ci_low"] is not None for level in levels)
    words = "Intraclass correlation" + (" with its {share} interval" if known else "")
    words += "; dashed: the plan's threshold of {limit}."
    share, threshold = numbers.percent(results.confidence()), numbers.given(limit)
    return Figure("icc", say(words, share=share, limit=threshold), alternative, svg, _data(levels, limit))


def _data(levels: list[dict], limit: float) -> Table:
    rows = [Row(level["level"], (_estimate(level), numbers.given(limit))) for level in levels]
    return behind("icc", "Intraclass correlation by level.", "Level", ("ICC (CI)", "Threshold"), rows)


def _estimate(level: dict, confidence: float | None = None) -> Estimate:
    form = numbers.icc(level["icc"]).format
    return Estimate(level["icc"], level["ci_low"], level["ci_high"], form, confidence)


def _alternative(results: Results, levels: list[dict], limit: float) -> str:
    said = []
    for level in levels:
        text = show(_estimate(level, results.confidence()))
        side = "above" if level["icc"] > limit else "not above"
        said.append(f"{level['level']} {text}, {side} the threshold of {show(numbers.given(limit))}")
    return "Intraclass correlation: " + "; ".join(said) + "."


def _draw(paper: Paper, levels: list[dict], limit: float) -> None:
    axes = paper.add_subplot()
    canvas.rule(axes, x=limit, dashed=True)
    for at, level in enumerate(levels):
        if level["ci_low"] is not None and level["ci_high"] is not None:
            axes.plot([level["ci_low"], level["ci_high"]], [at, at], color=canvas.MARK, solid_capstyle="butt")
        axes.plot([level["icc"]], [at], "s", color=canvas.MARK, markersize=6, markeredgewidth=0)
    axes.set_yticks(range(len(levels)), [canvas.short(level["level"], 18) for level in levels])
    axes.set_ylim(len(levels) - 0.5, -0.5)
    top = max([limit, *(level["ci_high"] or level["icc"] for level in levels)])
    axes.set_xlim(0, min(1.0, 1.12 * top))
    axes.set_xlabel("Intraclass correlation")

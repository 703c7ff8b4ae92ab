"""Missing cells by variable: the share of each, variables of one level together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epiladder.report import numbers
from epiladder.report.numbers import show
from epiladder.report.page import Figure, Name, Row, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

MOST = 30
Bar = tuple[str, str, float]


def figure(results: Results, record: dict[str, Any]) -> Figure | None:
    """A bar for each variable with gaps, units first and then levels from the inside; None where shares are hidden."""
    levels = [results.plan["unit"]["name"], *reversed(results.levels())]
    bars = []
    for level in levels:
        inside = [one for one in record["variables"] if one["level"] == level and one["missing"]]
        for one in sorted(inside, key=lambda each: -each["missing"] / each["of"]):
            share = results.disclosure.share(one["missing"], one["of"])
            if share is not None:
                bars.append((results.names.variable(one["name"]), level, share))
    bars = bars[:MOST]
    if not bars:
        return None
    said = "; ".join(f"{name} ({level}) {show(numbers.percent(share))}" for name, level, share in bars)
    alternative = f"Share of missing cells by variable: {said}."
    svg = canvas.paper(0.6 + 0.3 * len(bars), lambda paper: _draw(paper, bars), "missing", alternative)
    rows = [Row(name, (Name(level), numbers.percent(share))) for name, level, share in bars]
    data = behind("missing-drawn", "Share of missing cells.", "Variable", ("Level", "Share"), rows)
    return Figure("missing", say("Share of missing cells, by variable and level."), alternative, svg, data)


def _draw(paper: Paper, bars: list[Bar]) -> None:
    axes = paper.add_subplot()
    levels = list(dict.fromkeys(level for _, level, _ in bars))
    inks = (canvas.MARK, canvas.SECOND, canvas.THIRD, canvas.SOFT)
    for at, (_, level, share) in enumerate(bars):
        ink = inks[min(levels.index(level), len(inks) - 1)]
        axes.barh([at], [100 * share], height=0.62, color=ink, label=level)
    axes.set_yticks(range(len(bars)), [canvas.short(name, 24) for name, _, _ in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(0, 1.08 * max(100 * share for _, _, share in bars))
    axes.set_xlabel("Missing (%)")
    if len(levels) > 1:
        handles, labels = axes.get_legend_handles_labels()
        kept = dict(zip(labels, handles, strict=True))
        box = axes.legend(
            kept.values(),
            kept.keys(),
            loc="lower center",
            bbox_to_anchor=(0.45, 1.0),
            ncols=len(levels),
            frameon=False,
            fontsize=canvas.POINT - 1,
        )
        for text in box.get_texts():
            text.set_color(canvas.INK)

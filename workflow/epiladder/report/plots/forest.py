"""The coefficient forest: each coefficient under each method of standard practice, a panel a coefficient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Figure, Row, RowGroup, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Paper

MOST_PANELS = 8
MIXED = ("random_intercept", "random_slope", "cross_level")


def figure(results: Results, rows: list[dict]) -> Figure | None:
    """Panels of estimates with intervals, the intercept left out; None when there is no coefficient to draw."""
    rows = [row for row in rows if row["term"] != "(Intercept)" and row["estimate"] is not None]
    terms = list(dict.fromkeys(row["term"] for row in rows))[:MOST_PANELS]
    if not terms:
        return None
    methods = list(dict.fromkeys(row["method"] for row in rows))
    alternative = _alternative(results, rows, terms)
    height = len(terms) * (0.55 + 0.17 * len(methods))
    svg = canvas.paper(height, lambda paper: _draw(paper, results, rows, terms, methods), "practice", alternative)
    words = "Each coefficient{scale} under each method, with {share} intervals; squares: the mixed model{cut}."
    scale = "" if results.scale.gaussian else f" ({results.scale.predictor})"
    total = len(dict.fromkeys(row["term"] for row in rows))
    cut = "" if total <= MOST_PANELS else f" (the first {MOST_PANELS} of {total} coefficients)"
    caption = say(words, share=numbers.percent(results.confidence()), scale=scale, cut=cut)
    return Figure("practice", caption, alternative, svg, _data(results, rows, terms))


def _data(results: Results, rows: list[dict], terms: list[str]) -> Table:
    """What is drawn, on the scale on which it is drawn."""
    groups = [
        RowGroup(
            results.names.term(term),
            tuple(
                Row(results.names.method(row["method"]), (numbers.coefficient(row),))
                for row in rows
                if row["term"] == term
            ),
        )
        for term in terms
    ]
    return behind("practice-drawn", "Coefficients under each method.", "Method", ("Estimate (CI)",), groups=groups)


def _alternative(results: Results, rows: list[dict], terms: list[str]) -> str:
    said = []
    for term in terms:
        mixed = next((r for r in reversed(rows) if r["term"] == term and r["method"] in MIXED), None)
        plain = next((r for r in rows if r["term"] == term and r["method"] == "ordinary"), None)
        if mixed and plain:
            form = numbers.ratio if results.scale.ratio else numbers.coefficient
            pair = (numbers.show(form(mixed)), numbers.show(form(plain)))
            said.append(f"{results.names.term(term)}: mixed model {pair[0]}, ordinary {pair[1]}")
    what = f"{capital(results.scale.ratio)}s" if results.scale.ratio else "Coefficients"
    return f"{what} under standard practice. " + "; ".join(said) + "."


def _draw(paper: Paper, results: Results, rows: list[dict], terms: list[str], methods: list[str]) -> None:
    panels = paper.subplots(len(terms), 1, squeeze=False)
    for panel, term in zip(panels[:, 0], terms, strict=True):
        _panel(panel, results, [row for row in rows if row["term"] == term], methods)
        panel.set_title(canvas.short(results.names.term(term), 40), loc="left", fontsize=canvas.POINT, color=canvas.INK)


def _panel(axes: Axes, results: Results, rows: list[dict], methods: list[str]) -> None:
    held = {row["method"]: row for row in rows}
    axes.set_yticks(range(len(methods)), [results.names.method(method) for method in methods])
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.tick_params(labelsize=canvas.POINT - 1.5, length=2)
    canvas.rule(axes, x=0)
    for mixed, ink, mark in ((True, canvas.MARK, "s"), (False, canvas.SECOND, "o")):
        known = [(at, held[name]) for at, name in enumerate(methods) if name in held and (name in MIXED) == mixed]
        if known:
            canvas.intervals(axes, known, ink, mark)
    for at in (at for at, method in enumerate(methods) if method not in held):
        axes.annotate(
            "no estimate",
            (0.02, at),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=canvas.POINT - 2,
            color=canvas.SOFT,
        )

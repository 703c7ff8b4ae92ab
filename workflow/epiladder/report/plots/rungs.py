"""The coefficients over the rungs: how an estimate and its interval move as the ladder is climbed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epiladder.report import numbers
from epiladder.report.page import Cell, Figure, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results, estimates, fixed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Paper

MOST_PANELS = 8

Held = dict[str, dict[str, Any]]  # a rung and its row of the term


def figure(results: Results) -> Figure | None:
    """A panel a coefficient that stands in two rungs or more, squares at the rung that is read; None without one."""
    known = coefficients(results)
    if not known:
        return None
    drawn = dict(list(known.items())[:MOST_PANELS])
    most = max(len(held) for held in drawn.values())
    alternative = _alternative(results, drawn)
    svg = canvas.paper(
        len(drawn) * (0.55 + 0.17 * most), lambda paper: _draw(paper, results, drawn), "rungs", alternative
    )
    words = "Each coefficient{scale} in the rungs that have it, with {share} intervals; the square is the rung that is "
    words += "read{cut}."
    scale = "" if results.scale.gaussian else f" ({results.scale.predictor})"
    cut = "" if len(known) == len(drawn) else f" (the first {len(drawn)} of {len(known)} coefficients)"
    caption = say(words, share=numbers.percent(results.confidence()), scale=scale, cut=cut)
    return Figure("rungs", caption, alternative, svg, _data(results, known))


def coefficients(results: Results) -> dict[str, Held]:
    """Term by term the rungs that estimate it, the intercept and terms of a single rung left out."""
    known: dict[str, Held] = {}
    for fit in results.fits:
        for row in (estimates(fit) or {"fixed": []})["fixed"]:
            if row["term"] != "(Intercept)" and row["estimate"] is not None:
                known.setdefault(row["term"], {})[fit["rung"]] = row
    return {term: held for term, held in known.items() if len(held) > 1}


def _alternative(results: Results, known: dict[str, Held]) -> str:
    said = []
    form = numbers.ratio if results.scale.ratio else numbers.coefficient
    for term, held in known.items():
        first, last = next(iter(held)), list(held)[-1]
        ends = [f"{numbers.show(form(held[rung]))} in {results.names.rung_inside(rung)}" for rung in (first, last)]
        said.append(f"{results.names.term(term)}: from {ends[0]} to {ends[1]}")
    what = f"{results.scale.ratio}s" if results.scale.ratio else "coefficients"
    return f"How {what} move over the rungs. " + "; ".join(said) + "."


def _draw(paper: Paper, results: Results, known: dict[str, Held]) -> None:
    ratios = [0.9 + len(held) for held in known.values()]
    panels = paper.subplots(len(known), 1, squeeze=False, gridspec_kw={"height_ratios": ratios})
    for axes, (term, held) in zip(panels[:, 0], known.items(), strict=True):
        _panel(axes, results, held)
        axes.set_title(canvas.short(results.names.term(term), 40), loc="left", fontsize=canvas.POINT, color=canvas.INK)


def _panel(axes: Axes, results: Results, held: Held) -> None:
    axes.set_yticks(range(len(held)), [canvas.short(results.names.rung(rung), 36) for rung in held])
    axes.set_ylim(len(held) - 0.5, -0.5)
    axes.tick_params(labelsize=canvas.POINT - 1.5, length=2)
    axes.locator_params(axis="x", nbins=6)
    canvas.rule(axes, x=0)
    kinds: dict[tuple[str, str], list[tuple[int, dict[str, Any]]]] = {}
    for at, (rung, row) in enumerate(held.items()):
        ink = canvas.MARK if not rung.startswith("single_level") else canvas.SECOND
        kinds.setdefault((ink, "s" if rung == results.retained() else "o"), []).append((at, row))
    for (ink, mark), rows in kinds.items():
        canvas.intervals(axes, rows, ink, mark)


def _data(results: Results, known: dict[str, Held]) -> Table:
    rungs = [fit["rung"] for fit in results.fits if any(fit["rung"] in held for held in known.values())]
    rows = [Row(results.names.term(term), tuple(_cell(results, term, rung) for rung in rungs)) for term in known]
    heads = [f"{results.names.rung(rung)} (CI)" for rung in rungs]
    return behind("rungs", "Coefficients over the rungs.", "Term", heads, rows)


def _cell(results: Results, term: str, rung: str) -> Cell | None:
    row = fixed(estimates(results.fit(rung)), term)
    return None if row is None else numbers.coefficient(row)

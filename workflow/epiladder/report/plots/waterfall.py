"""The ladder as a waterfall: the deviance that each rung takes away from the one below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.page import Figure, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results, estimates

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Paper

SLIGHT = 0.005  # of the whole fall: a bar that is thinner is drawn as a line


@dataclass(frozen=True)
class Step:
    """A rung with its deviance (ML), its number of parameters, and the fall from the rung below it."""

    rung: str
    deviance: float
    parameters: int
    fall: float


def figure(results: Results) -> Figure | None:
    """A bar a rung, from the deviance below it to its own; None with fewer than two rungs to set side by side."""
    found = steps(results)
    if len(found) < 2:
        return None
    alternative = _alternative(results, found)
    svg = canvas.paper(0.9 + 0.34 * len(found), lambda paper: _draw(paper, results, found), "waterfall", alternative)
    caption = say(
        "Deviance (−2 log-likelihood, maximum likelihood) that each rung takes away from the one above it in the "
        "picture, and what it costs in parameters."
    )
    return Figure("waterfall", caption, alternative, svg, _data(results, found))


def steps(results: Results) -> list[Step]:
    """The rungs that grow out of one another, from the mean alone upwards; the single level with covariates stands
    aside, for the null rung does not grow out of it."""
    found: list[Step] = []
    for fit in results.fits:
        best = estimates(fit, "ML")
        if fit["rung"] == "single_level" or best is None or best.get("deviance") is None:
            continue
        below = found[-1].deviance if found else best["deviance"]
        found.append(Step(fit["rung"], best["deviance"], int(best["n_parameters"]), below - best["deviance"]))
    return found


def _alternative(results: Results, found: list[Step]) -> str:
    falls = [f"{results.names.rung_inside(step.rung)} {_change(step)}" for step in found[1:]]
    start = f"{results.names.rung(found[0].rung)}: deviance {numbers.show(numbers.likelihood(found[0].deviance))}"
    return f"{start}. Change of deviance by each rung: " + "; ".join(falls) + "."


def _change(step: Step) -> str:
    return numbers.show(numbers.Number(-step.fall, numbers.Format("fixed", 1)))


def _draw(paper: Paper, results: Results, found: list[Step]) -> None:
    axes = paper.add_subplot()
    top, low = found[0].deviance, min(step.deviance for step in found)
    whole = (top - low) or 1.0
    room = 0.06
    for at, step in enumerate(found[1:], start=1):
        start, width = step.deviance, step.fall
        axes.barh(at, max(width, SLIGHT * whole), left=start, height=0.62, color=canvas.MARK)
        costs = step.parameters - found[at - 1].parameters
        inside = start - low > 0.5 * whole
        room = room if inside or start + width - low < 0.6 * whole else 0.34
        label = f"{_change(step)}, {costs:+d} par." if costs else _change(step)
        axes.annotate(
            label.replace("-", "\u2212"),
            (start if inside else start + max(width, SLIGHT * whole), at),
            xytext=(-4 if inside else 4, 0),
            textcoords="offset points",
            ha="right" if inside else "left",
            va="center",
            fontsize=canvas.POINT - 1,
            color=canvas.INK,
        )
    axes.plot([top, top], [-0.4, len(found) - 0.6], color=canvas.SOFT, linewidth=0.8)
    axes.set_yticks(range(len(found)), [canvas.short(results.names.rung(step.rung), 20) for step in found])
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlim(low - 0.04 * whole, top + room * whole)
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel("Deviance")


def _data(results: Results, found: list[Step]) -> Table:
    rows = [
        Row(
            results.names.rung(step.rung),
            (
                numbers.likelihood(step.deviance),
                numbers.likelihood(-step.fall) if at else None,
                numbers.count(step.parameters),
            ),
        )
        for at, step in enumerate(found)
    ]
    return behind("waterfall", "Deviance by rung.", "Rung", ("Deviance", "Change", "Parameters"), rows)

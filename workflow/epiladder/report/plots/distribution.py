"""The distribution of random effects: conditional modes of each level and term beside the normal law of the model.

Modes are drawn towards zero, so that they spread less than the effects themselves: by the model a mode is normal with
the variance of its effect less the conditional variance (Laird and Ware 1982, eq. 3.3). The line over the bars is that
law, averaged over clusters; the dashed one is the law of the effects.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist, fmean, pstdev
from typing import TYPE_CHECKING

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.numbers import show
from epiladder.report.page import Figure, Row, RowGroup, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results, estimates, variance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Paper

LEAST = 8  # modes below which no shape can be seen
MOST_PANELS = 6
MOST_BARS = 16
NORMAL = NormalDist()


@dataclass(frozen=True)
class Spread:
    """Modes of one term at one level. own: the standard deviation that each mode has by the model; effect: that of
    the effects; edges: of the bars, one more than bars."""

    level: str
    term: str
    modes: tuple[float, ...]
    own: tuple[float, ...]
    effect: float
    edges: tuple[float, ...]

    def share(self, low: float, high: float) -> float:
        """The share of modes between two values, by the model."""
        return fmean(NORMAL.cdf(high / own) - NORMAL.cdf(low / own) for own in self.own)

    def counts(self) -> list[int]:
        """Modes in each bar; a mode on an edge counts above it."""
        inner = self.edges[1:-1]
        found = [0] * (len(self.edges) - 1)
        for mode in self.modes:
            found[sum(mode >= edge for edge in inner)] += 1
        return found

    def expected(self) -> list[float]:
        """Modes that the model has in each bar."""
        pairs = zip(self.edges[:-1], self.edges[1:], strict=True)
        return [len(self.modes) * self.share(low, high) for low, high in pairs]


def figure(results: Results) -> Figure | None:
    """A panel for each level and term of the rung that is read; None where no variance has modes enough."""
    found = spreads(results)[:MOST_PANELS]
    if not found:
        return None
    alternative = _alternative(results, found)
    height = 2.1 * ((len(found) + 1) // 2) if len(found) > 1 else 2.6
    svg = canvas.paper(height, lambda paper: _draw(paper, results, found), "distribution", alternative)
    words = (
        "Conditional modes (bars) beside the law that they have by the model (line): normal, and narrower than that of "
        "the effects themselves (dashed), since partial pooling draws them towards zero."
    )
    data = _data(results, found) if results.disclosure.public else None
    return Figure("distribution", say(words), alternative, svg, data)


def spreads(results: Results) -> list[Spread]:
    """The modes that may be shown and have a variance, level by level from the outermost.

    A bar counts clusters: where these are persons it is drawn of public data alone.
    """
    rung = results.retained() or ""
    held: dict[tuple[str, str], list[tuple[float, float]]] = {}
    sizes = {level: results.sizes(level) for level in results.levels()}
    for mode in results.modes.get(rung, ()):
        if results.disclosure.shows(sizes[mode["level"]].get(mode["cluster"], 0)):
            held.setdefault((mode["level"], mode["term"]), []).append((mode["mode"], mode["std_error"] or 0.0))
    fitted = estimates(results.fit(rung))
    made = [_spread(level, term, pairs, variance(fitted, level, term)) for (level, term), pairs in held.items()]
    order = [level for level in results.levels() if results.disclosure.public or not results.counts_persons(level)]
    return sorted((one for one in made if one and one.level in order), key=lambda one: order.index(one.level))


def _spread(level: str, term: str, pairs: list[tuple[float, float]], whole: float | None) -> Spread | None:
    known = [(mode, math.sqrt(whole - error**2)) for mode, error in pairs if whole and whole - error**2 > 1e-8 * whole]
    if not whole or len(known) < LEAST:
        return None
    modes, own = zip(*known, strict=True)
    bars = min(MOST_BARS, math.ceil(2 * len(modes) ** (1 / 3)))  # Rice's rule
    reach = max(*map(abs, modes), 2.5 * fmean(own))
    edges = tuple(reach * (2 * at / bars - 1) for at in range(bars + 1))
    return Spread(level, term, modes, own, math.sqrt(whole), edges)


def _alternative(results: Results, found: list[Spread]) -> str:
    """Panel by panel: the spread that was found, that which the model expects, and how many lie far out."""
    said = []
    for one in found:
        pair = (pstdev(one.modes, 0.0), math.sqrt(fmean(own**2 for own in one.own)))
        form = numbers.significant(one.effect, 3)
        far = sum(abs(mode) > 2 * own for mode, own in zip(one.modes, one.own, strict=True))
        spread, expected = (show(numbers.Number(value, form)) for value in pair)
        said.append(
            f"{capital(results.names.term(one.term))} by {one.level}: the standard deviation of {len(one.modes)} modes "
            f"is {spread}, by the model {expected}; {far} beyond two standard deviations, by the model "
            f"{show(numbers.about(2 * NORMAL.cdf(-2) * len(one.modes)))}"
        )
    return f"Distribution of random effects beside the normal law of the model. {'. '.join(said)}."


def _draw(paper: Paper, results: Results, found: list[Spread]) -> None:
    columns = min(2, len(found))
    for place, one in enumerate(found, start=1):
        axes = paper.add_subplot(-(-len(found) // columns), columns, place)
        _panel(axes, one)
        title = canvas.short(capital(f"{results.names.term(one.term)}, {one.level}"), 26 if columns == 2 else 50)
        axes.set_title(title, loc="left", fontsize=canvas.POINT - 0.5, color=canvas.INK)
        if place > len(found) - columns:
            axes.set_xlabel("Departure from the average")
        if place % columns == 1 or columns == 1:
            axes.set_ylabel("Clusters")


def _panel(axes: Axes, one: Spread) -> None:
    width = one.edges[1] - one.edges[0]
    axes.stairs(one.counts(), one.edges, fill=True, color=canvas.MARK, alpha=0.45)
    limit = max(one.edges[-1], 3 * one.effect)
    places = [limit * (at / 40 - 1) for at in range(81)]
    law = [len(one.modes) * one.share(x - width / 2, x + width / 2) for x in places]
    effects = NormalDist(0.0, one.effect)
    axes.plot(places, law, color=canvas.INK, linewidth=1.4)
    axes.plot(
        places,
        [len(one.modes) * width * effects.pdf(x) for x in places],
        color=canvas.SECOND,
        linewidth=1.1,
        linestyle="--",
    )
    axes.set_xlim(-limit, limit)
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="y", integer=True, nbins=4)
    axes.locator_params(axis="x", nbins=4)


def _data(results: Results, found: list[Spread]) -> Table:
    """Bars and what the model has in each (public data only)."""
    groups = tuple(
        RowGroup(capital(f"{results.names.term(one.term)}, {one.level}"), tuple(_bars(one))) for one in found
    )
    heads = ("From", "To", "Clusters", "By the model")
    return behind("distribution", "Conditional modes by size.", "Bar", heads, groups=groups)


def _bars(one: Spread) -> Iterator[Row]:
    form = numbers.significant(one.effect, 2)
    bars = zip(one.edges[:-1], one.edges[1:], one.counts(), one.expected(), strict=True)
    for at, (low, high, count, law) in enumerate(bars, start=1):
        ends = (numbers.Number(low, form), numbers.Number(high, form))
        yield Row(str(at), (*ends, numbers.count(count), numbers.fixed(law, 1)))

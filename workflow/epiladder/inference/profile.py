"""Profile-likelihood intervals: where the deviance, minimised over all else, rises by the limit of a chi-square.

Venzon and Moolgavkar (1988). Ends are on the scale of standard deviations and correlations, as lme4's `confint` prints
them, and of variances. An end that the profile does not reach before the edge of what is possible is null, with reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from epiladder.engine.constrained import constrained
from epiladder.engine.covariance import blocks_of
from epiladder.engine.surface import Surface
from epiladder.errors import LikelihoodError

EDGE = 1e-3  # of an estimated standard deviation, or of one for correlations: as good as the edge
TRIES = 25
BETTER = 1e-3  # fall of the deviance below its optimum that is a better optimum
NO_VARIANCE = "the profile does not reach its limit before the variance is zero"
NO_CORRELATION = "the profile does not reach its limit before the correlation is one or minus one"
UNDEFINED = "a variance is estimated as zero, so that there is no correlation"


@dataclass(frozen=True)
class Quantity:
    """Something to be profiled. value: of a place. low, high: edges of what is possible, None where there is none."""

    kind: str
    level: str | None
    terms: tuple[str, ...]
    value: Callable[[np.ndarray], float]
    low: float | None = None
    high: float | None = None


def quantities(surface: Surface) -> Iterator[Quantity]:
    """All of a model: coefficients, then levels from the outermost, then the residual or the dispersion."""
    for i, name in enumerate(surface.names):
        yield Quantity("coefficient", None, (name,), lambda place, i=i: float(surface.coefficients(place)[i]))
    for k in reversed(range(len(surface.levels))):
        level = surface.levels[k]
        for block in blocks_of(level):
            for n, b in enumerate(block):
                yield Quantity("sd", level.name, (level.terms[b],), _sd(surface, k, b), low=0.0)
                for a in block[:n]:
                    pair = (level.terms[a], level.terms[b])
                    yield Quantity("correlation", level.name, pair, _correlation(surface, k, a, b), -1.0, 1.0)
    if surface.gaussian:
        yield Quantity("residual_sd", None, (), surface.last, low=0.0)
    elif surface.dispersed:
        yield Quantity("dispersion", None, (), surface.last, low=0.0)


def _sd(surface: Surface, k: int, a: int) -> Callable[[np.ndarray], float]:
    return lambda place: float(np.sqrt(max(surface.covariance(place, k)[a, a], 0.0)))


def _correlation(surface: Surface, k: int, a: int, b: int) -> Callable[[np.ndarray], float]:
    def value(place: np.ndarray) -> float:
        found = surface.covariance(place, k)
        size = np.sqrt(max(found[a, a] * found[b, b], 0.0))
        return float(found[a, b] / size) if size > 0 else 0.0

    return value


@dataclass(frozen=True)
class End:
    """One end of an interval, or why there is none."""

    value: float | None
    reason: str | None = None


def profile_rows(surface: Surface, confidence: float) -> list[dict[str, Any]]:
    """A row for each quantity: estimate, both ends and reasons; standard deviations with their squares."""
    return [_row(surface, quantity, confidence) for quantity in quantities(surface)]


def _row(surface: Surface, quantity: Quantity, confidence: float) -> dict[str, Any]:
    estimate = quantity.value(surface.peak.place)
    low, high = (Profile(surface, quantity, estimate).end(side, confidence) for side in (-1, 1))
    row = {
        "kind": quantity.kind,
        "level": quantity.level,
        "terms": list(quantity.terms),
        "estimate": estimate,
        "ci_low": low.value,
        "ci_high": high.value,
        "low_reason": low.reason,
        "high_reason": high.reason,
    }
    if quantity.kind not in ("sd", "residual_sd"):
        return row
    squares = {"variance": estimate, "variance_low": low.value, "variance_high": high.value}
    return {**row, **{key: None if value is None else value**2 for key, value in squares.items()}}


class Profile:
    """The signed root of a quantity's profile. Each search starts where the last one ended, moved in proportion."""

    def __init__(self, surface: Surface, quantity: Quantity, estimate: float) -> None:
        self.surface, self.quantity, self.estimate = surface, quantity, estimate
        slopes = np.array([self._slope(unit) for unit in np.eye(len(surface.spread))])
        size = float(np.linalg.norm(slopes))
        self.error = size if size > 1e-8 else 0.3 * (surface.last(surface.peak.place) if surface.gaussian else 1.0)
        self.along = slopes / max(size, 1e-8) if size > 1e-8 else np.zeros(len(slopes))
        self.last: tuple[float, np.ndarray] | None = None

    def _slope(self, unit: np.ndarray) -> float:
        centre, move = self.surface.peak.place, self.surface.spread @ (1e-5 * unit)
        return (self.quantity.value(centre + move) - self.quantity.value(centre - move)) / 2e-5

    def root(self, value: float) -> float:
        """The square root of the rise of the deviance where the quantity has this value."""
        if value == self.estimate:
            return 0.0

        def held(place: np.ndarray) -> np.ndarray:
            return np.array([(self.quantity.value(place) - value) / self.error])

        surface = self.surface
        centre = surface.start
        if self.last is None:
            start = centre + surface.spread @ self.along * (value - self.estimate) / self.error
        else:
            start = centre + (self.last[1] - centre) * (value - self.estimate) / (self.last[0] - self.estimate)
        point = constrained(surface, held, start)
        self.last = (value, point.place)
        rise = point.value - surface.peak.value
        if rise < -BETTER:
            raise LikelihoodError("a better optimum was met than that of the fit")
        return float(np.sqrt(max(rise, 0.0)))

    def end(self, side: int, confidence: float) -> End:
        """One end; side: -1 for the lower, 1 for the upper."""
        from scipy.special import ndtri

        target = float(ndtri((1 + confidence) / 2))
        edge = self.quantity.low if side < 0 else self.quantity.high
        near = (
            None if edge is None else edge - side * EDGE * (self.estimate if self.quantity.kind != "correlation" else 1)
        )
        try:
            return self._end(side, target, near)
        except LikelihoodError as error:
            return End(None, str(error).rstrip("."))

    def _end(self, side: int, target: float, near: float | None) -> End:
        """Walk outwards until the profile passes its limit, or the edge is met; then between the last two."""
        if self.quantity.kind == "correlation" and not self.along.any():
            return End(None, UNDEFINED)
        if near is not None and side * (self.estimate - near) >= 0:
            return End(None, self._edge())
        inner, outer = self.estimate, self.estimate + side * target * self.error
        self.last = None
        for _ in range(TRIES):
            met = near is not None and side * (outer - near) >= 0
            outer = near if met and near is not None else outer
            root = self.root(outer)
            if root >= target:
                return End(self._between(inner, outer, target))
            if met:
                return End(None, self._edge())
            inner, outer = (
                outer,
                self.estimate + (outer - self.estimate) * min(2.0, max(1.1, 1.02 * target / max(root, 0.1))),
            )
        return End(None, "the profile does not reach its limit: it flattens out")

    def _between(self, inner: float, outer: float, target: float) -> float:
        from scipy.optimize import root_scalar

        near = 1e-6 * self.error
        return float(root_scalar(lambda v: self.root(v) - target, bracket=(inner, outer), xtol=near).root)

    def _edge(self) -> str:
        return NO_CORRELATION if self.quantity.kind == "correlation" else NO_VARIANCE

"""Replicates of the parametric bootstrap as measures see them: the parameters of a rung refitted to what it drew.

A measure is a function of the parameters; evaluated on each replicate it has an interval by percentiles (Efron and
Tibshirani 1993, chapter 13; Davison and Hinkley 1997, section 5.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from epiladder.inference.monte_carlo import percentile
from epiladder.inference.quantity import BOOTSTRAP, Quantity, preferred
from epiladder.inference.resample_table import refitted

if TYPE_CHECKING:
    import pyarrow as pa

    from epiladder.design.load import Designed
    from epiladder.inference.resample import Refitted

NOTHING = 1e-6  # of the upper end: a lower end that is as good as zero
OUTSIDE = "the estimate lies outside this interval"
EDGE = "its lower end is zero, the edge of what is possible"
UPPER_EDGE = "its upper end is one, the edge of what is possible"
NOT_DRAWN = "its fit failed, and no outcomes are drawn from such a fit"


@dataclass(frozen=True)
class Values:
    """beta (p,); covariances: (level, terms, Sigma), outermost first; residual variance and dispersion, or None."""

    beta: np.ndarray
    covariances: tuple[tuple[str, tuple[str, ...], np.ndarray], ...]
    residual: float | None
    dispersion: float | None


@dataclass(frozen=True)
class Draws:
    """values: of each replicate that could be fitted. nulls: the null rung fitted to the same outcomes, or None.

    number: replicates in all. at_boundary: share of the fitted ones in which a variance is zero.
    """

    values: tuple[Values, ...]
    nulls: tuple[Values | None, ...]
    number: int
    at_boundary: float

    def interval(self, function: Callable[[Values], float], estimate: float, confidence: float) -> Quantity | None:
        """Percentiles of a measure; a replicate without one (None, NaN) counts as failed."""
        return self._percentiles([function(one) for one in self.values], estimate, confidence)

    def beside_null(
        self, function: Callable[[Values, Values], float], estimate: float, confidence: float
    ) -> Quantity | None:
        """The same of a measure of the rung and the null rung."""
        both = zip(self.values, self.nulls, strict=True)
        found = [np.nan if null is None else function(one, null) for one, null in both]
        return self._percentiles(found, estimate, confidence)

    def _percentiles(self, found: Sequence[float], estimate: float, confidence: float) -> Quantity | None:
        known = np.array(found, dtype=float)
        known = known[np.isfinite(known)]
        made = percentile(known, confidence)
        if made.low is None or made.high is None:
            return None
        failures = self.number - len(known)
        method = f"parametric bootstrap, percentiles of {self.number:,} replicates"
        method += f", {failures:,} of which failed" if failures else ""
        flag = "; ".join(self._flags(known, made.low, made.high, estimate, confidence)) or None
        return Quantity(None, method=method, references=(BOOTSTRAP,), limits=(made.low, made.high), flag=flag)

    def _flags(self, known: np.ndarray, low: float, high: float, estimate: float, confidence: float) -> list[str]:
        """At the boundary, and where the interval leaves its estimate out."""
        flags = []
        if 0 <= low <= NOTHING * high:
            at = float((np.abs(known) <= NOTHING * high).mean())
            flags.append(f"{EDGE}: {100 * at:.3g}% of the replicates lie there")
        elif 1 - high <= NOTHING and high <= 1:
            at = float((known >= 1 - NOTHING).mean())
            flags.append(f"{UPPER_EDGE}: {100 * at:.3g}% of the replicates lie there")
        elif self.at_boundary >= (1 - confidence) / 2:
            flags.append(f"in {100 * self.at_boundary:.3g}% of the replicates a variance is zero")
        # ends that touch are no news: percentiles of a measure that is the same in most replicates
        slack = NOTHING * max(abs(low), abs(high))
        return flags + ([] if low - slack <= estimate <= high + slack else [OUTSIDE])


def draws_of(designed: Designed, table: pa.Table, family: str) -> dict[str, Draws]:
    """The draws of each rung with random effects, from replicates.parquet."""
    found = refitted(designed, [table] if len(table) else [], family)
    by_rung = {(one.drawn, one.fitted): one for one in found}
    made = {}
    for (drawn, fitted), one in by_rung.items():
        if drawn != fitted or not one.covariances:
            continue
        null = by_rung.get((drawn, "null"))
        values, nulls = _values(designed, one), [] if null is None else _values(designed, null)
        pairs = [(value, nulls[r] if nulls else None) for r, value in enumerate(values) if value is not None]
        singular = float(one.singular[one.known].mean()) if one.known.any() else 0.0
        made[drawn] = Draws(tuple(v for v, _ in pairs), tuple(n for _, n in pairs), len(values), singular)
    return made


def _values(designed: Designed, one: Refitted) -> list[Values | None]:
    """Of each replicate; None of those that failed."""
    random = designed.model(one.fitted).random
    found: list[Values | None] = []
    for r, known in enumerate(one.known):
        parts = tuple((part.level, part.names, sigma[r]) for part, sigma in zip(random, one.covariances, strict=True))
        residual, dispersion = (None if v is None else float(v[r]) for v in (one.variance, one.dispersion))
        found.append(Values(one.fixed[r], parts, residual, dispersion) if known else None)
    return found


def with_draws(found: Quantity, made: Quantity | None) -> Quantity:
    """A quantity with percentiles as its interval, where there are any, and its own beside them."""
    if made is None:
        return found
    return preferred(found, made)

"""What a simulation can say: a p-value from simulated statistics, and how far chance may have moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

ZERO = 1e-6  # simulated statistics this near to zero are zero, as the search leaves them


@dataclass(frozen=True)
class Simulated:
    """p = (1 + exceeding) / (draws + 1) (Davison and Hinkley 1997, equation 4.11), with limits for its expectation."""

    p_value: float
    low: float
    high: float
    draws: int
    at_zero: float


def simulated_p(statistic: float, draws: np.ndarray, confidence: float) -> Simulated:
    """The p-value of a statistic among draws of its law (B,), with the exact binomial limits (Clopper and Pearson)."""
    draws = np.where(draws < ZERO, 0.0, draws)
    statistic = 0.0 if statistic < ZERO else statistic
    n = len(draws)
    exceeding = int((draws >= statistic).sum())
    low, high = binomial_limits(exceeding, n, confidence)
    return Simulated((1 + exceeding) / (n + 1), low, high, n, float((draws == 0).mean()))


def critical_value(draws: np.ndarray, alpha: float) -> float | None:
    """The statistic above which `simulated_p` is below alpha; None where so few draws cannot get there."""
    most = math.ceil(round(alpha * (len(draws) + 1), 9)) - 2  # draws that may reach the statistic
    return None if most < 0 else float(np.sort(np.where(draws < ZERO, 0.0, draws))[::-1][most])


def binomial_limits(hits: int, n: int, confidence: float) -> tuple[float, float]:
    """Limits of a share of which `hits` of n were seen (Clopper and Pearson 1934)."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, n - hits + 1, tail))
    high = 1.0 if hits == n else float(betaincinv(hits + 1, n - hits, 1 - tail))
    return low, high


@dataclass(frozen=True)
class Percentile:
    """An interval by the percentiles of simulated estimates, or None twice; at_zero: the share of them that is zero."""

    low: float | None
    high: float | None
    at_zero: float

    def as_json(self, estimate: float) -> dict[str, float | bool | None]:
        """With the estimate it belongs to, and whether it leaves that out."""
        outside = self.low is not None and self.high is not None and not self.low <= estimate <= self.high
        return {
            "estimate": estimate,
            "ci_low": self.low,
            "ci_high": self.high,
            "at_zero": self.at_zero,
            "outside": outside,
        }


def percentile(values: np.ndarray, confidence: float) -> Percentile:
    """Percentile interval (Efron and Tibshirani 1993, chapter 13); none where its ends would be the extremes."""
    if not len(values):
        return Percentile(None, None, 0.0)
    at_zero = float((np.abs(values) < ZERO * max(float(np.abs(values).max()), 1e-300)).mean())
    tail = (1 - confidence) / 2
    if (len(values) + 1) * tail < 1:
        return Percentile(None, None, at_zero)
    low, high = np.quantile(values, [tail, 1 - tail])
    return Percentile(float(low), float(high), at_zero)

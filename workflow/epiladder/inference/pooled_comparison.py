"""Comparisons of rungs over imputed data sets: Meng and Rubin's pooled likelihood-ratio test of fixed effects.

Meng and Rubin (1992, Biometrika 79, 103-111). With d the likelihood-ratio statistic of each of m data sets at its own
maxima, and D the same at the parameters averaged over data sets, k the number of fixed effects tested, and means over
data sets written with a bar:
    r = (m + 1) / (k (m - 1)) (d_bar - D_bar), not below zero,    D3 = D_bar / (k (1 + r)),
judged by F with k and v degrees of freedom; with t = k (m - 1), v = 4 + (t - 4) (1 + (1 - 2/t) / r)^2 where t > 4, and
v = t (1 + 1/k) (1 + 1/r)^2 / 2 elsewhere. Averaged are the fixed effects, covariance matrices of random effects, the
residual variance and the dispersion of maximum likelihood. No such law is known where variances are tested.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epiladder.errors import LikelihoodError
from epiladder.inference.compare import Comparison, Rung, compare, refusal
from epiladder.inference.sets import Sets

NO_LAW = (
    "random effects are tested over imputed data sets, for which no law of a pooled statistic is known; each data "
    "set's own fits lie beside the pooled one"
)


@dataclass(frozen=True)
class Test:
    """D3, its degrees of freedom (v None for infinite), r, and the p-value."""

    statistic: float
    k: int
    v: float | None
    increase: float
    p_value: float

    def __str__(self) -> str:
        return f"F({self.k}, {'inf' if self.v is None else format(self.v, '.1f')})"


def pooled_test(own: Sequence[float], averaged: Sequence[float], k: int) -> Test:
    """D3 from the statistics of the data sets at their own maxima and at the averaged parameters."""
    from scipy.special import chdtrc, fdtrc

    m = len(own)
    at_average = float(np.mean(averaged))
    increase = max((m + 1) / (k * (m - 1)) * (float(np.mean(own)) - at_average), 0.0)
    statistic = at_average / (k * (1 + increase))
    v = _denominator(k * (m - 1), k, increase)
    if statistic <= 0:
        return Test(statistic, k, v, increase, 1.0)
    p_value = float(chdtrc(k, k * statistic) if v is None else fdtrc(k, v, statistic))
    return Test(statistic, k, v, increase, p_value)


def _denominator(t: int, k: int, increase: float) -> float | None:
    if increase < 1e-12:
        return None
    if t > 4:
        return 4 + (t - 4) * (1 + (1 - 2 / t) / increase) ** 2
    return t * (1 + 1 / k) * (1 + 1 / increase) ** 2 / 2


def compare_pooled(smaller: Rung, larger: Rung, sizes: Sequence[np.ndarray], sets: Sets) -> list[Comparison]:
    """Two rungs by their pooled fits; those into which no imputed value enters are compared as ever."""
    if not any(rung.fit["imputations"]["differ"] for rung in (smaller, larger)):
        return compare(smaller, larger, sizes)
    pair = (smaller.spec.rung, larger.spec.rung, "ML")
    reason = refusal(smaller, larger, "ML")
    if reason is not None:
        return [Comparison(*pair, reason=reason)]
    low, high = (sets.estimates(rung.spec.rung) for rung in (smaller, larger))
    df = high[0]["n_parameters"] - low[0]["n_parameters"]
    if df != len(larger.fixed) - len(smaller.fixed):
        return [Comparison(*pair, df=df, reason=NO_LAW)]
    own = _statistics([[one["log_likelihood"] for one in found] for found in (low, high)])
    try:
        averaged = _statistics([sets.averaged_log_likelihoods(rung) for rung in pair[:2]])
    except LikelihoodError as error:
        return [Comparison(*pair, df=df, reason=f"no likelihood at the averaged parameters: {error}")]
    test = pooled_test(own, averaged, df)
    if not math.isfinite(test.statistic):
        return [Comparison(*pair, df=df, reason="the statistic is not finite at the averaged parameters")]
    return [Comparison(*pair, test.statistic, df, str(test), test.p_value, source="Meng and Rubin 1992")]


def _statistics(likelihoods: Sequence[Sequence[float]]) -> list[float]:
    return [2 * (high - low) for low, high in zip(*likelihoods, strict=True)]

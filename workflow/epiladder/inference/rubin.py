"""Rubin's rules: one estimate, its total variance and degrees of freedom from those of several imputed data sets.

Rubin (1987, chapter 3) for the total variance T = U + (1 + 1/m) B and the fraction of missing information; Barnard and
Rubin (1999, Biometrika 86, 948-955) for degrees of freedom that stay below those of complete data. Several coefficients
at once: Li, Raghunathan and Rubin (1991, JASA 86, 1065-1073), with the degrees of freedom of Reiter (2007, Biometrika
94, 502-508) where complete data have few.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SAME = 1e-20  # variance between data sets, of that within them, at which no imputed value enters


@dataclass(frozen=True)
class Pooled:
    """variance: total. df: None for infinite ones. relative_increase: of the variance, by missing values (r).

    fraction: of information that is missing (gamma).
    """

    estimate: float
    variance: float
    df: float | None
    relative_increase: float
    fraction: float

    @property
    def std_error(self) -> float:
        """The square root of the total variance."""
        return math.sqrt(self.variance)


def pool(estimates: Sequence[float], variances: Sequence[float], complete: float | None) -> Pooled:
    """Pool a scalar. complete: degrees of freedom if nothing were missing, None for infinite ones.

    Where all data sets agree, the answer is theirs.
    """
    m = len(estimates)
    estimate, within = float(np.mean(estimates)), float(np.mean(variances))
    between = float(np.var(estimates, ddof=1)) * (1 + 1 / m)
    if between <= SAME * within:
        return Pooled(float(estimates[0]), within, complete, 0.0, 0.0)
    total = within + between
    increase, share = (between / within if within > 0 else math.inf), between / total
    df = (m - 1) / share**2
    if complete is not None:
        observed = (complete + 1) / (complete + 3) * complete * (1 - share)
        df = df * observed / (df + observed)
    # (r + 2 / (df + 3)) / (r + 1), written in the share of the variance that lies between data sets
    fraction = share + (1 - share) * 2 / (df + 3)
    return Pooled(estimate, total, df, increase, min(fraction, 1.0))


def pool_covariance(estimates: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Total covariance matrix (p, p) of estimates (m, p) with covariances (m, p, p)."""
    m = len(estimates)
    between = np.atleast_2d(np.cov(estimates, rowvar=False, ddof=1))
    return covariances.mean(axis=0) + (1 + 1 / m) * between


@dataclass(frozen=True)
class PooledTest:
    """An F statistic of several coefficients over imputed data sets; df2 None: its law is chi-square over df1."""

    statistic: float
    df1: int
    df2: float | None


def pool_test(estimates: np.ndarray, covariances: np.ndarray, complete: float | None) -> PooledTest:
    """The pooled Wald test of coefficients (m, k) with covariances (m, k, k) against zero, D1.

    complete: denominator degrees of freedom if nothing were missing, None for infinite ones.
    """
    m, k = estimates.shape
    mean, within = estimates.mean(axis=0), covariances.mean(axis=0)
    between = np.atleast_2d(np.cov(estimates, rowvar=False, ddof=1))
    increase = (1 + 1 / m) * float(np.trace(np.linalg.solve(within, between))) / k
    statistic = float(mean @ np.linalg.solve(within, mean)) / (k * (1 + increase))
    if increase <= SAME:
        return PooledTest(statistic, k, complete)
    return PooledTest(statistic, k, _pooled_freedom(k, k * (m - 1), increase, complete))


def _pooled_freedom(k: int, t: int, increase: float, complete: float | None) -> float:
    if t <= 4:  # too few for Reiter's series: Barnard and Rubin's way, and their own answer for one coefficient
        df = t * (1 + 1 / k) * (1 + 1 / increase) ** 2 / 2
        known = None if complete is None else (complete + 1) / (complete + 3) * complete / (1 + increase)
        return df if known is None else df * known / (df + known)
    if complete is None:
        return 4 + (t - 4) * (1 + (1 - 2 / t) / increase) ** 2
    a = increase * t / (t - 2)
    observed = (complete + 1) / (complete + 3) * complete
    c0, c1, c2 = 1 / (t - 4), observed - 2 * (1 + a), observed - 4 * (1 + a)
    if c1 <= 0 or c2 <= 0:
        return 4.0
    z = 1 / c2 + c0 * (a**2 * c1 / ((1 + a) ** 2 * c2)) + c0 * (8 * a**2 * c1 / ((1 + a) * c2**2))
    z += c0 * (4 * a**2 / ((1 + a) * c2)) + c0 * (4 * a**2 / (c2 * c1)) + c0 * (16 * a**2 * c1 / c2**3)
    z += c0 * (8 * a**2 / c2**2)
    return 4 + 1 / z

"""Measures of variation between clusters: intraclass correlation, its exact interval, and the design effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Crossproducts, pair


@dataclass(frozen=True)
class Interval:
    """An interval with its method, or None twice with the reason why there is none."""

    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True)
class OneWay:
    """The one-way layout: cluster sizes n (J,), cluster means (J,), mean square within and its degrees of freedom."""

    sizes: np.ndarray
    means: np.ndarray
    within: float
    df_within: float


def shares(variances: list[float], residual: float) -> tuple[list[float], list[float]]:
    """Each level's share of the total variance, and the correlation of two units of the same cluster of that level.

    variances: intercept variances, outermost level first. The correlation adds the levels outside it.
    """
    total = sum(variances) + residual
    own = [variance / total for variance in variances]
    return own, list(np.cumsum(own))


def design_effect(sizes: np.ndarray, share: float) -> float:
    """1 + (sum n_j^2 / N - 1) V_k/T, the factor on a mean's variance (Kish 1965, for unequal sizes)."""
    return float(1 + ((sizes**2).sum() / sizes.sum() - 1) * share)


def one_way(cross: Crossproducts, outcome: str) -> OneWay:
    """The outcome's one-way layout over the innermost clusters, in standardised units (ratios do not change)."""
    y = cross.basis.index(outcome)
    sizes, sums, squares = cross.sizes, cross.products[pair(y, 0)], cross.products[pair(y, y)]
    df_within = float(sizes.sum() - len(sizes))
    within = float((squares - sums**2 / sizes).sum() / df_within) if df_within > 0 else 0.0
    return OneWay(sizes, sums / sizes, within, df_within)


def exact_interval(layout: OneWay, confidence: float) -> Interval:
    """Exact interval of the ICC with unequal sizes, by inverting Wald's F (Wald 1940; Harville and Fenech 1985).

    Limits are cut at zero. Its coverage is the nominal one, and half the error rate less at an ICC of zero.
    """
    from scipy.special import fdtri

    if layout.df_within <= 0 or layout.within <= 0:
        return Interval(None, None, "no interval: every cluster has one row, or no variation within clusters")
    df_between = len(layout.sizes) - 1
    if df_between < 1:
        return Interval(None, None, "no interval: there is one cluster only")
    tail = (1 - confidence) / 2
    high = _invert(layout, float(fdtri(df_between, layout.df_within, tail)))
    low = _invert(layout, float(fdtri(df_between, layout.df_within, 1 - tail)))
    method = "exact, by inverting Wald's F (Wald 1940; Harville and Fenech 1985)"
    return Interval(low / (1 + low), high / (1 + high), method)


def _wald(layout: OneWay, ratio: float) -> float:
    """Wald's F at a ratio of the variance between to the variance within; it falls as the ratio rises."""
    weights = layout.sizes / (1 + layout.sizes * ratio)
    centre = (weights * layout.means).sum() / weights.sum()
    return float((weights * (layout.means - centre) ** 2).sum() / (len(layout.means) - 1) / layout.within)


def _invert(layout: OneWay, quantile: float) -> float:
    """The ratio at which Wald's F equals a quantile, or zero where it lies below already."""
    if _wald(layout, 0.0) <= quantile:
        return 0.0
    low, high = 0.0, 1.0
    while _wald(layout, high) > quantile:
        low, high = high, 4 * high
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _wald(layout, middle) > quantile else (low, middle)
    return (low + high) / 2

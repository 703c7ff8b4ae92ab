"""Random numbers of posteriors: normals cut off at a limit, variances, and coefficients."""

from __future__ import annotations

import numpy as np

LEAST = 1e-300  # the smallest probability whose normal quantile is finite


def beyond(rng: np.random.Generator, limits: np.ndarray) -> np.ndarray:
    """Standard normals larger than a limit each, by inversion."""
    from scipy.special import ndtr, ndtri

    return -ndtri(np.maximum(rng.random(limits.shape) * ndtr(-limits), LEAST))


def between(rng: np.random.Generator, means: np.ndarray, spread: np.ndarray, low: float, high: float) -> np.ndarray:
    """Normals of standard deviations, one or (n,), that lie between two limits, by inversion in the nearer tail."""
    from scipy.special import ndtr, ndtri

    if not np.isfinite(low) and not np.isfinite(high):
        return means + spread * rng.normal(size=means.shape)
    a, b = (low - means) / spread, (high - means) / spread
    sign = np.where(a + b > 0, -1.0, 1.0)  # mirrored where the interval lies in the upper tail, which keeps the digits
    near, far = ndtr(np.where(sign > 0, a, -b)), ndtr(np.where(sign > 0, b, -a))
    drawn = means + spread * sign * ndtri(np.maximum(near + rng.random(means.shape) * (far - near), LEAST))
    return np.clip(drawn, low, high)


def variance(rng: np.random.Generator, shape: float, rate: float) -> float:
    """An inverse-gamma draw: the reciprocal of a gamma variate of this shape and rate."""
    return float(rate / rng.gamma(shape))


def half_cauchy_variance(rng: np.random.Generator, effects: np.ndarray, before: float) -> float:
    """A variance given its normal effects, the standard deviation half-Cauchy of scale one a priori.

    Two inverse-gamma draws (Wand, Ormerod, Padoan and Fruehwirth 2011, result 5; Gelman 2006 for the prior). before:
    the last draw of the variance.
    """
    mixing = variance(rng, 1.0, 1.0 + 1.0 / before)
    return variance(rng, (len(effects) + 1) / 2, float(effects @ effects) / 2 + 1.0 / mixing)

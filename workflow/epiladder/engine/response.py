"""Responses: the log-density of an outcome given its linear predictor and three derivatives, by family and link.

Curvatures are observed ones (minus the second derivative), which for links that are not canonical differ from the
expected ones that iteratively reweighted least squares uses; Laplace's approximation is made with the observed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
LARGEST = 700.0  # the largest argument of exp that stays finite
NEARLY_POISSON = 1e4  # dispersion from which gamma functions are replaced by their series


@dataclass(frozen=True)
class Dispersed:
    """Derivatives by the log of the dispersion of the log-density, its slope and its curvature, (N,) each."""

    density: Array
    slope: Array
    curvature: Array

    def times(self, weights: Array) -> Dispersed:
        """Every row repeated as often as its frequency weight says."""
        return Dispersed(weights * self.density, weights * self.slope, weights * self.curvature)


@dataclass(frozen=True)
class Response:
    """At each row, by the linear predictor: the log-density's slope and its curvature (minus the second derivative),

    (N,) each. Computed when asked for, since most looks at the rows do not need them: the log-density without the terms
    that no parameter enters; third, how the curvature itself changes; dispersed, where the family has a dispersion.
    """

    slope: Array
    curvature: Array
    density: Callable[[], Array]
    third: Callable[[], Array]
    dispersed: Callable[[], Dispersed] | None = None

    def weighted(self, weights: Array) -> Response:
        """Every row repeated as often as its frequency weight says."""
        by = self.dispersed
        return Response(
            weights * self.slope,
            weights * self.curvature,
            lambda: weights * self.density(),
            lambda: weights * self.third(),
            None if by is None else lambda: by().times(weights),
        )


Density = Callable[[Array, "Array | float", Array, float], Response]


def binomial_logit(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """y events of `trials`: y eta - trials log(1 + exp(eta))."""
    small = np.abs(eta)
    np.negative(small, out=small)
    np.exp(small, out=small)
    whole = small + 1.0
    np.divide(1.0, whole, out=whole)
    small *= whole
    curvature = small * whole
    whole -= 0.5
    p = np.copysign(whole, eta, out=whole)
    p += 0.5
    slope = y - _times(trials, p)

    def share() -> Array:
        return (y - slope) / trials  # p again, so that no array more is kept than slope and curvature

    def density() -> Array:
        p = share()
        likelier = np.maximum(p, 1.0 - p)
        return y * eta - _times(trials, np.maximum(eta, 0.0) - np.log(likelier))

    return Response(
        slope, _times(trials, curvature), density, lambda: _times(trials, curvature) * (1.0 - 2.0 * share())
    )


def _times(trials: Array | float, values: Array) -> Array:
    """Spare a pass over the rows where each is one trial."""
    return values if isinstance(trials, float) and trials == 1.0 else trials * values


def binomial_probit(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """y log F(eta) + (trials - y) log F(-eta), by inverse Mills ratios that keep their digits in both tails."""
    from scipy.special import erfcx, log_ndtr

    rest = trials - y
    root = np.sqrt(2.0 / np.pi)
    up, down = root / erfcx(-eta / np.sqrt(2.0)), root / erfcx(eta / np.sqrt(2.0))
    curvature = y * up * (up + eta) + rest * down * (down - eta)

    def density() -> Array:
        return y * log_ndtr(eta) + rest * log_ndtr(-eta)

    def third() -> Array:
        return y * up * (1 - (up + eta) * (2 * up + eta)) + rest * down * ((down - eta) * (2 * down - eta) - 1)

    return Response(y * up - rest * down, curvature, density, third)


def binomial_cloglog(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """y log(1 - exp(-t)) - (trials - y) t with t = exp(eta)."""
    rest = trials - y
    t = np.clip(np.exp(np.minimum(eta, LARGEST)), 1e-300, LARGEST)
    q = t / np.expm1(t)
    inner = 1.0 - t - q
    curvature = rest * t - y * q * inner

    def density() -> Array:
        return y * np.log(-np.expm1(-t)) - rest * t

    def third() -> Array:
        return rest * t - y * q * (inner * inner - t - q * inner)

    return Response(y * q - rest * t, curvature, density, third)


def poisson_log(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """y eta - exp(eta)."""
    mu = np.exp(np.minimum(eta, LARGEST))
    return Response(y - mu, mu, lambda: y * eta - mu, lambda: mu)


def negative_binomial_log(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """NB2, variance mu + mu^2 / dispersion: its gamma functions hold the dispersion and stay in the density."""
    theta = dispersion
    mu = np.exp(np.minimum(eta, LARGEST))
    whole = theta + mu
    share, rest = mu / whole, theta / whole
    curvature = (y + theta) * rest * share

    def density() -> Array:
        return _gamma_ratios(y, theta)[0] + y * eta - (y + theta) * np.log1p(mu / theta)

    def dispersed() -> Dispersed:
        by_density = _gamma_ratios(y, theta)[1] - np.log1p(mu / theta) + (mu - y) / whole
        by_slope = share * (y / whole - share)
        by_curvature = share * (y / whole + 2.0 * rest - 2.0 * rest * (y + theta) / whole)
        return Dispersed(theta * by_density, theta * by_slope, theta * by_curvature)

    return Response(rest * y - theta * share, curvature, density, lambda: curvature * (rest - share), dispersed)


def _gamma_ratios(y: Array, theta: float) -> tuple[Array, Array]:
    """log G(y + theta) - log G(theta) - y log(theta), and its derivative by theta plus y/theta.

    For a large theta, towards Poisson, the differences lose their digits; those of Stirling's series (Abramowitz and
    Stegun 1964, 6.1.41 and 6.3.18), with the large terms taken together, keep them however large the counts. Counts
    repeat, so the functions are asked once for each count rather than for each row.
    """
    if theta > NEARLY_POISSON:
        grown, less = np.log1p(y / theta), 1.0 / (y + theta) - 1.0 / theta
        squares = less * (1.0 / (y + theta) + 1.0 / theta)
        return (y + theta - 0.5) * grown - y + less / 12.0, grown - less / 2.0 - squares / 12.0
    from scipy.special import gammaln, psi

    largest = int(y.max()) + 1
    if largest > len(y):
        return gammaln(y + theta) - gammaln(theta) - y * np.log(theta), psi(y + theta) - psi(theta)
    counts, which = np.arange(largest), y.astype(np.int64)
    logs = gammaln(counts + theta) - gammaln(theta) - counts * np.log(theta)
    return logs[which], (psi(counts + theta) - psi(theta))[which]

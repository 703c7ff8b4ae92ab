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
NEARLY_POISSON = 1e6  # dispersion from which gamma functions are replaced by their series


@dataclass(frozen=True)
class Dispersed:
    """Derivatives by the log of the dispersion of the log-density, its slope and its curvature, (N,) each."""

    density: Array
    slope: Array
    curvature: Array


@dataclass(frozen=True)
class Response:
    """At each row: log-density without the terms that no parameter enters, its slope and its curvature, (N,) each.

    By the linear predictor; curvature is minus the second derivative. third: how the curvature itself changes, (N,),
    computed when asked for, since most looks at the rows do not need it.
    """

    density: Array
    slope: Array
    curvature: Array
    third: Callable[[], Array]
    dispersed: Dispersed | None = None

    def weighted(self, weights: Array) -> Response:
        """Every row repeated as often as its frequency weight says."""
        by = self.dispersed
        if by is not None:
            by = Dispersed(weights * by.density, weights * by.slope, weights * by.curvature)
        parts = (weights * self.density, weights * self.slope, weights * self.curvature)
        return Response(*parts, lambda: weights * self.third(), by)


Density = Callable[[Array, "Array | float", Array, float], Response]


def binomial_logit(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """y events of `trials`: y eta - trials log(1 + exp(eta))."""
    small = np.abs(eta)
    np.negative(small, out=small)
    np.exp(small, out=small)
    whole = small + 1.0
    inverse = 1.0 / whole
    # log(1 + small) loses nothing that a sum over rows could keep, and takes a third of the time of log1p
    density = np.log(whole)
    density += np.maximum(eta, 0.0)
    small *= inverse
    p = np.where(eta >= 0, inverse, small)
    small *= inverse
    curvature = _times(trials, small)
    np.subtract(y * eta, _times(trials, density), out=density)
    return Response(density, y - _times(trials, p), curvature, lambda: curvature * (1.0 - 2.0 * p))


def _times(trials: Array | float, values: Array) -> Array:
    """Spare a pass over the rows where each is one trial."""
    return values if isinstance(trials, float) and trials == 1.0 else trials * values


def binomial_probit(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """y log F(eta) + (trials - y) log F(-eta), by inverse Mills ratios that keep their digits in both tails."""
    from scipy.special import erfcx, log_ndtr

    rest = trials - y
    root = np.sqrt(2.0 / np.pi)
    up, down = root / erfcx(-eta / np.sqrt(2.0)), root / erfcx(eta / np.sqrt(2.0))
    density = y * log_ndtr(eta) + rest * log_ndtr(-eta)
    curvature = y * up * (up + eta) + rest * down * (down - eta)
    third = y * up * (1 - (up + eta) * (2 * up + eta)) + rest * down * ((down - eta) * (2 * down - eta) - 1)
    return Response(density, y * up - rest * down, curvature, lambda: third)


def binomial_cloglog(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """y log(1 - exp(-t)) - (trials - y) t with t = exp(eta)."""
    rest = trials - y
    t = np.clip(np.exp(np.minimum(eta, LARGEST)), 1e-300, LARGEST)
    q = t / np.expm1(t)
    inner = 1.0 - t - q
    density = y * np.log(-np.expm1(-t)) - rest * t
    curvature = rest * t - y * q * inner
    third = rest * t - y * q * (inner * inner - t - q * inner)
    return Response(density, y * q - rest * t, curvature, lambda: third)


def poisson_log(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """y eta - exp(eta)."""
    mu = np.exp(np.minimum(eta, LARGEST))
    return Response(y * eta - mu, y - mu, mu, lambda: mu)


def negative_binomial_log(y: Array, trials: Array | float, eta: Array, dispersion: float) -> Response:
    """NB2, variance mu + mu^2 / dispersion: its gamma functions hold the dispersion and stay in the density."""
    theta = dispersion
    mu = np.exp(np.minimum(eta, LARGEST))
    whole, beyond = theta + mu, np.log1p(mu / theta)
    share, rest = mu / whole, theta / whole
    gammas, digammas = _gamma_ratios(y, theta)
    density = gammas + y * eta - (y + theta) * beyond
    slope = rest * y - theta * share
    curvature = (y + theta) * rest * share
    by_density = digammas - beyond + (mu - y) / whole
    by_slope = share * (y / whole - share)
    by_curvature = share * (y / whole + 2.0 * rest - 2.0 * rest * (y + theta) / whole)
    dispersed = Dispersed(theta * by_density, theta * by_slope, theta * by_curvature)
    return Response(density, slope, curvature, lambda: curvature * (rest - share), dispersed)


def _gamma_ratios(y: Array, theta: float) -> tuple[Array, Array]:
    """log G(y + theta) - log G(theta) - y log(theta), and its derivative by theta plus y/theta.

    For a large theta, towards Poisson, the differences lose all their digits and their series take over.
    """
    if theta > NEARLY_POISSON:
        pairs = y * (y - 1.0)
        return pairs / (2 * theta) - pairs * (2 * y - 1) / (12 * theta**2), y / theta - pairs / (2 * theta**2)
    from scipy.special import gammaln, psi

    return gammaln(y + theta) - gammaln(theta) - y * np.log(theta), psi(y + theta) - psi(theta)

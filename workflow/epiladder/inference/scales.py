"""Scales on which clusters vary: the outcome's own units, a latent one, or counts; and the correlations on each.

Latent: Goldstein, Browne and Rasbash (2002). Counts: Stryhn, Sanchez, Morley, Booker and Dohoo (2006); Austin, Stryhn,
Leckie and Merlo (2018); Leckie and others (2020) for several levels and the negative binomial.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from epiladder.families import Family
from epiladder.inference.integrate import joint_mean, mean_response
from epiladder.inference.variation import shares

LATENT, RESPONSE, COUNTS, UNITS = "latent", "response", "counts", "identity"
NORMAL_QUARTILE = 0.6744897501960817  # the third quartile of the normal law


@dataclass(frozen=True)
class Shares:
    """own: each level's share of the variance, outermost first. together: correlation of two units of one cluster."""

    own: list[float]
    together: list[float]
    scale: str


def gaussian_shares(variances: list[float], residual: float) -> Shares:
    """Variances of the outcome's own units."""
    own, together = shares(variances, residual)
    return Shares(own, together, "identity: variances of the outcome's own units")


def latent_shares(variances: list[float], level1_variance: float, scale: str) -> Shares:
    """The latent scale, on which a unit's own variance is the link's."""
    own, together = shares(variances, level1_variance)
    return Shares(own, together, scale)


def count_shares(variances: list[float], log_mean: float, dispersion: float | None) -> Shares:
    """Counts, exactly, at the marginal mean: covariance mu^2 (exp(V) - 1), V being the variance that two units share.

    log_mean: the linear predictor without random effects. dispersion: NB2's theta (variance mu + mu^2/theta).
    """
    total = sum(variances)
    mu = math.exp(log_mean + total / 2)
    extra = 0.0 if dispersion is None else 1.0 / dispersion
    whole = math.exp(total) * (1 + extra) - 1 + 1 / mu
    together = [(math.exp(shared) - 1) / whole for shared in np.cumsum(variances)]
    own = list(np.diff([0.0, *together]))
    return Shares([float(value) for value in own], together, f"counts: at the mean count of {mu:.4g}")


def response_shares(link: str, eta: float, variances: list[float]) -> list[float]:
    """Correlation of two events of one cluster of each level, at a linear predictor, by quadrature.

    Their covariance is the variance of the probability averaged over what they do not share; each event's own variance
    is p (1 - p) with p the mean probability, which is Var(p) + E[p (1 - p)].
    """
    total = sum(variances)
    p = float(mean_response(link, np.array([eta]), np.array([total]))[0])
    covariances = [joint_mean(link, eta, shared, total - shared) - p * p for shared in np.cumsum(variances)]
    return [max(float(value), 0.0) / (p * (1 - p)) for value in covariances]


@dataclass(frozen=True)
class At:
    """Where correlations are taken. eta: the fixed part with exposure; residual variance and dispersion, or None."""

    eta: float
    residual: float | None
    dispersion: float | None


def scales_of(family: Family, link: str) -> tuple[str, ...]:
    """The scales on which a family has correlations, the one that is read first."""
    if family.has_residual_variance:
        return (UNITS,)
    return (LATENT, RESPONSE) if family.level1_variance_of[link] is not None else (COUNTS,)


def on_scale(scale: str, family: Family, link: str, variances: list[float], at: At) -> list[float]:
    """Correlation of two units of one cluster of each level, outermost first, on a scale."""
    if scale == UNITS:
        return shares(variances, at.residual or 0.0)[1]
    if scale == LATENT:
        return shares(variances, family.level1_variance_of[link] or 0.0)[1]
    if scale == COUNTS:
        return count_shares(variances, at.eta, at.dispersion).together
    return response_shares(link, at.eta, variances)


def median_ratio(variance: float) -> float:
    """Median odds (or rate) ratio of two random clusters, the higher over the lower (Larsen and Merlo 2005)."""
    return math.exp(math.sqrt(2 * variance) * NORMAL_QUARTILE)

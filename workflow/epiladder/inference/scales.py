"""Scales on which clusters vary: the outcome's own units, a latent one, or counts; and the correlations on each.

Latent: Goldstein, Browne and Rasbash (2002). Counts: Stryhn, Sanchez, Morley, Booker and Dohoo (2006); Austin, Stryhn,
Leckie and Merlo (2018); Leckie and others (2020) for several levels and the negative binomial.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from epiladder.inference.variation import shares

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


def median_ratio(variance: float) -> float:
    """Median odds (or rate) ratio of two random clusters, the higher over the lower (Larsen and Merlo 2005)."""
    return math.exp(math.sqrt(2 * variance) * NORMAL_QUARTILE)

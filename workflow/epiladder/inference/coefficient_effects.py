"""The design effect of each coefficient: what clustering does to the variance that ordinary regression gives it.

Moulton (1986): 1 + (sum n_j^2/N - 1) rho_x rho_e, rho_x the intracluster correlation of the covariate and rho_e that of
the errors. With several levels each adds its own term, rho_e being the level's own share. A rule of thumb for more than
one covariate; the ratio of standard errors that was found stands beside it in standard practice.
"""

from __future__ import annotations

from typing import Any

from epiladder.inference.correlations import own_shares
from epiladder.inference.fitted import Fitted
from epiladder.inference.levels_of import pair_correlation
from epiladder.inference.scales import scales_of

SOURCES = ("moulton1986",)
Record = dict[str, Any]


def coefficient_effects(fitted: Fitted) -> list[Record]:
    """One row a covariate of a rung with random intercepts alone: term design_effect levels:[{level rho_x rho_e}], and
    interval, the design effect as a quantity with the covariates taken as observed.

    Events and counts take the correlation on their own scale, not the latent one.
    """
    scale = scales_of(fitted.family, fitted.link)[-1]
    return [_effect(fitted, term, scale) for term in fitted.names[1:]]


def _effect(fitted: Fitted, term: str, scale: str) -> Record:
    cross, levels, weights = fitted.designed.cross, [], []
    own = own_shares(fitted, fitted.values(fitted.vector), scale)
    for level, rho_e in zip(fitted.levels, own, strict=True):
        rho_x, sizes = pair_correlation(cross, term, level), cross.cluster_sizes(level)
        levels.append({"level": level, "rho_x": rho_x, "rho_e": rho_e})
        weights.append(float((sizes**2).sum() / sizes.sum() - 1) * (rho_x or 0.0))
    known = _effect_of(weights, own)
    interval = fitted.quantity(lambda v: _effect_of(weights, own_shares(fitted, v, scale)), "identity", SOURCES)
    return {
        "rung": fitted.rung,
        "term": term,
        "scale": scale,
        "design_effect": known,
        "interval": interval,
        "levels": levels,
        "references": list(SOURCES),
    }


def _effect_of(weights: list[float], own: list[float]) -> float:
    return 1.0 + sum(weight * share for weight, share in zip(weights, own, strict=True))

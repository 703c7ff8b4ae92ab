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

Record = dict[str, Any]


def coefficient_effects(fitted: Fitted) -> list[Record]:
    """One row a covariate of a rung with random intercepts alone: term design_effect levels:[{level rho_x rho_e}].

    Events and counts take the correlation on their own scale, not the latent one.
    """
    scale = scales_of(fitted.family, fitted.link)[-1]
    values = fitted.values(fitted.vector)
    own = dict(zip(fitted.levels, own_shares(fitted, values, scale), strict=True))
    return [_effect(fitted, term, scale, own) for term in fitted.names[1:]]


def _effect(fitted: Fitted, term: str, scale: str, own: dict[str, float]) -> Record:
    cross, total, levels = fitted.designed.cross, 1.0, []
    for level in fitted.levels:
        rho_x, rho_e = pair_correlation(cross, term, level), own[level]
        sizes = cross.cluster_sizes(level)
        levels.append({"level": level, "rho_x": rho_x, "rho_e": rho_e})
        if rho_x is not None:
            total += float((sizes**2).sum() / sizes.sum() - 1) * rho_x * rho_e
    return {
        "rung": fitted.rung,
        "term": term,
        "scale": scale,
        "design_effect": total,
        "levels": levels,
        "references": ["moulton1986"],
    }

"""Information criteria of an ML fit, each with the n that it counts."""

from __future__ import annotations

import math

from epiladder.engine.result import Estimates


def aic(fit: Estimates) -> float:
    """Akaike's criterion."""
    return fit.deviance + 2 * fit.n_parameters


def bic(fit: Estimates, n_rows: int, n_clusters: int, n_levels: int) -> dict[str, float | None]:
    """Schwarz's criterion with n the rows, with n the outermost clusters, and the hybrid for one level of clusters.

    Hybrid (Delattre, Lavielle and Poursat 2014): log J for the random effects' (co)variances and for fixed effects that
    have a random counterpart, log N for all other parameters, the residual variance among them.
    """
    hybrid = None
    if n_levels == 1:
        random = {name for level in fit.levels for name in level.terms}
        n_random = sum(level.n_free for level in fit.levels) + sum(name in random for name in fit.names)
        hybrid = fit.deviance + n_random * math.log(n_clusters) + (fit.n_parameters - n_random) * math.log(n_rows)
    return {
        "rows": fit.deviance + fit.n_parameters * math.log(n_rows),
        "clusters": fit.deviance + fit.n_parameters * math.log(n_clusters),
        "hybrid": hybrid,
    }

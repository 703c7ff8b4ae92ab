"""Trust: sentences about a fit that a reader must know before using its numbers."""

from __future__ import annotations

import numpy as np

from epiladder.engine.result import Estimates

FEW_TRIALS = 10  # binary outcomes a cluster below which Laplace's approximation is known to mislead
LARGE_VARIANCE = 1.0  # on the latent scale; with fewer than half of FEW_TRIALS any variance will do


def cautions(fit: Estimates, family: str, trials_by_cluster: np.ndarray) -> list[str]:
    """Cautions of one fit. trials_by_cluster: binary outcomes in each innermost cluster, (J,)."""
    found = []
    if fit.convergence.status != "converged":
        found.append(fit.convergence.message)
    if fit.method == "laplace" and family == "binomial" and fit.levels:
        typical = float(np.median(trials_by_cluster))
        largest = max(float(np.diag(level.covariance).max()) for level in fit.levels)
        if typical < FEW_TRIALS / 2 or (typical < FEW_TRIALS and largest > LARGE_VARIANCE):
            found.append(
                f"Laplace's approximation can be far from the likelihood here: the median cluster has {typical:.3g} "
                f"binary outcomes. Variances, and coefficients with them, may be too small or too large."
            )
    return found

"""Trust: sentences about a fit that a reader must know before using its numbers, and how a Poisson fit disperses."""

from __future__ import annotations

import numpy as np

from epiladder.engine.result import Estimates

FEW_TRIALS = 10.0  # binary outcomes a cluster below which Laplace's approximation is known to mislead
POISSON = 1e4  # dispersion at which the negative binomial and the Poisson model agree
LARGE_VARIANCE = 1.0  # on the latent scale; with fewer than half of FEW_TRIALS any variance will do


def laplace_caution(fit: Estimates, trials_by_cluster: np.ndarray) -> str | None:
    """A caution where clusters of binary outcomes are too small for Laplace. trials_by_cluster: (J,), innermost."""
    if fit.method != "laplace" or not fit.levels:
        return None
    typical = float(np.median(trials_by_cluster))
    largest = max(float(np.diag(level.covariance).max()) for level in fit.levels)
    if typical >= FEW_TRIALS or (typical >= FEW_TRIALS / 2 and largest <= LARGE_VARIANCE):
        return None
    return (
        f"Laplace's approximation can be far from the likelihood here: the median innermost cluster has {typical:.3g} "
        "binary outcomes. Variances, and coefficients with them, may be too small or too large."
    )


def wide_caution(fit: Estimates) -> str | None:
    """A caution where a log ratio has a standard error that no useful estimate has."""
    errors = np.sqrt(np.diag(fit.beta_covariance))
    wide = [name for name, error, value in zip(fit.names, errors, fit.beta, strict=True) if error > max(5, abs(value))]
    if not wide:
        return None
    return f"The data say next to nothing about {', '.join(wide)}: the standard error is above 5 on the log scale."


def poisson_caution(fit: Estimates) -> str | None:
    """A note where a negative binomial has nothing to add to a Poisson model."""
    if fit.dispersion is None or fit.dispersion < POISSON:
        return None
    return (
        "The counts are no more dispersed than Poisson ones: the dispersion has gone to its limit, and may be left out."
    )

"""Degrees of freedom of fixed effects in Gaussian models: Satterthwaite's approximation.

For a contrast c, df = 2 f^2 / (g'A g), with f = c'Cov(beta)c, g its gradient in the covariance parameters and A their
asymptotic covariance matrix (Fai and Cornelius 1996; Kuznetsova, Brockhoff and Christensen 2017, equation 3).
"""

from __future__ import annotations

import numpy as np

from epiladder.engine.result import Estimates


def satterthwaite(fit: Estimates) -> np.ndarray:
    """Degrees of freedom of each fixed effect, (p,); infinite where the variance is known without doubt."""
    variances = np.diag(fit.beta_covariance)
    gradients = np.einsum("npp->pn", fit.uncertainty.derivatives)
    doubt = np.einsum("pn,nm,pm->p", gradients, fit.uncertainty.parameter_covariance, gradients)
    with np.errstate(divide="ignore"):
        return np.where(doubt > 0, 2 * variances**2 / doubt, np.inf)

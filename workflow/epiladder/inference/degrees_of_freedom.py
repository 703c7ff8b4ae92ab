"""Degrees of freedom of fixed effects in Gaussian models: Satterthwaite's approximation, and its F tests.

For a contrast c, df = 2 f^2 / (g'A g), with f = c'Cov(beta)c, g its gradient in the covariance parameters and A their
asymptotic covariance matrix (Fai and Cornelius 1996; Kuznetsova, Brockhoff and Christensen 2017, equation 3). Several
contrasts are turned into independent ones, and the F law takes its mean from their t laws (the same, section 3).
"""

from __future__ import annotations

import math

import numpy as np

from epiladder.engine.result import Estimates

ALIKE = 1e-8  # degrees of freedom that differ by less are one


def satterthwaite(fit: Estimates, contrasts: np.ndarray | None = None) -> np.ndarray:
    """Degrees of freedom of contrasts (q, p), of each fixed effect if None; infinite where the variance is known."""
    rows = np.eye(len(fit.beta)) if contrasts is None else contrasts
    variances = np.einsum("qa,ab,qb->q", rows, fit.beta_covariance, rows)
    gradients = np.einsum("qa,nab,qb->qn", rows, fit.uncertainty.derivatives, rows)
    doubt = np.einsum("qn,nm,qm->q", gradients, fit.uncertainty.parameter_covariance, gradients)
    with np.errstate(divide="ignore"):
        return np.where(doubt > 0, 2 * variances**2 / doubt, np.inf)


def satterthwaite_f(fit: Estimates, contrasts: np.ndarray) -> tuple[float, float]:
    """The F statistic of contrasts (q, p) of full rank and its denominator degrees of freedom."""
    values, vectors = np.linalg.eigh(contrasts @ fit.beta_covariance @ contrasts.T)
    independent = vectors.T @ contrasts
    statistic = float(((independent @ fit.beta) ** 2 / values).mean())
    dfs = satterthwaite(fit, independent)
    if dfs.max() - dfs.min() < ALIKE or np.isinf(dfs).all():
        return statistic, float(dfs.mean())
    if dfs.min() <= 2:
        return statistic, 2.0
    expected = float(np.where(np.isinf(dfs), 1.0, dfs / np.where(np.isinf(dfs), 1.0, dfs - 2)).sum())
    q = len(dfs)
    return statistic, 2 * expected / (expected - q) if expected > q else math.inf

"""Kenward and Roger's small-sample inference for fixed effects of Gaussian models fitted by REML.

Kenward and Roger (1997, Biometrics 53, 983-997) inflate the covariance matrix of the fixed effects for the variances
being estimated (equation 4 and below it), and give a scaled F law to a Wald statistic with it (equations 6 to 9). All
covariances here are linear in their parameters, so the further term of Kenward and Roger (2009, Computational
Statistics and Data Analysis 53, 2583-2595) vanishes. Halekoh and Hojsgaard (2014, Journal of Statistical Software
59(9)) print the whole computation; its guards against a degenerate scale are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.result import Estimates
from epiladder.engine.second_order import second_order

NOTHING = 1e-10  # of the largest eigenvalue: information below which a variance parameter has none


@dataclass(frozen=True)
class KenwardRoger:
    """covariance: (p, p), adjusted. unadjusted: (p, p). turned: (n, p, p), the unadjusted one's derivatives by each

    variance parameter. uncertainty: (n, n), the covariance matrix of those parameters.
    """

    covariance: np.ndarray
    unadjusted: np.ndarray
    turned: np.ndarray
    uncertainty: np.ndarray

    def freedom(self, contrasts: np.ndarray) -> tuple[float, float]:
        """Denominator degrees of freedom of contrasts (q, p) of full rank, and the factor of their F statistic."""
        q = len(contrasts)
        middle = contrasts.T @ np.linalg.solve(contrasts @ self.unadjusted @ contrasts.T, contrasts)
        parts = middle @ self.turned
        traces = np.trace(parts, axis1=1, axis2=2)
        a1 = float(traces @ self.uncertainty @ traces)
        a2 = float((self.uncertainty * np.einsum("rab,sba->rs", parts, parts)).sum())
        return _freedom(q, a1, a2)


def kenward_roger(cross: Crossproducts, model: Model, fit: Estimates) -> KenwardRoger:
    """The adjustment of a REML fit, from its cross-products."""
    variance = float(fit.residual_variance or 0.0)
    at = second_order(cross, model, tuple(level.covariance for level in fit.levels), variance)
    unadjusted = np.linalg.inv(at.information)
    turned = np.einsum("ab,rbc->rac", unadjusted, at.first)
    crossed = np.einsum("rab,sba->rs", turned, turned)
    seconds = np.einsum("ab,rsba->rs", unadjusted, at.second)
    uncertainty = 2 * _inverse(crossed - seconds - at.log_determinant)
    inner = np.einsum("rs,rsab->ab", uncertainty, at.second) / 2
    inner -= np.einsum("rs,rab,sbc->ac", uncertainty, at.first, turned)
    inflation = 2 * unadjusted @ inner @ unadjusted
    derivatives = -turned @ unadjusted
    back = at.back
    scaled = [variance * back @ part @ back.T for part in (unadjusted, inflation)]
    return KenwardRoger(scaled[0] + scaled[1], scaled[0], variance * back @ derivatives @ back.T, uncertainty)


def _inverse(information: np.ndarray) -> np.ndarray:
    """Of what is known: directions without information are left out."""
    sizes = np.sqrt(np.maximum(np.diag(information), 1e-300))
    values, vectors = np.linalg.eigh(information / np.outer(sizes, sizes))
    known = values > NOTHING * values.max()
    return (vectors[:, known] / values[known]) @ vectors[:, known].T / np.outer(sizes, sizes)


def _freedom(q: int, a1: float, a2: float) -> tuple[float, float]:
    """Kenward and Roger (1997), equations 6 to 9 with the adjusted moments below them."""
    if a2 <= 0:
        return math.inf, 1.0
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    scale = 3 * q + 2 * (1 - g)
    top, squared, last = 1 + g / scale * b, 1 - (q - g) / scale * b, 1 - (q + 2 - g) / scale * b
    mean = 1 - a2 / q
    ratio = 1.0 if abs(mean) < 1e-14 and abs(squared) < 1e-14 else mean / squared
    rho = ratio**2 * (0.0 if abs(top) < 1e-10 else top) / last / q
    if q * rho == 1:
        return math.inf, 1.0
    df = 4 + (q + 2) / (q * rho - 1)
    return df, 1.0 if abs(df - 2) < 1e-2 else df * mean / (df - 2)

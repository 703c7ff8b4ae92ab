"""Bias-reduced cluster-robust standard errors, CR2, with Satterthwaite's degrees of freedom of each coefficient.

Bell and McCaffrey (2002) for least squares; Pustejovsky and Tipton (2018, JBES 36, 672-683, equations 5 to 11) for
weighted fits, among them generalised linear models, taken as linear at their fit. A cluster's
residuals are multiplied by A = D (D (V - XMX') D)^-1/2 D, where V holds the working variances, D their square roots and
M is (X'V^-1X)^-1. A cluster of n rows would need an n by n root. Here n only ever meets the p columns: with equal
variances the root is one of a p by p matrix, and else it is an integral of resolvents, which Woodbury's identity gives
(Hale, Higham and Trefethen 2008, SIAM J Numer Anal 46, 2505-2523, method 3).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

NODES = 24  # of the integral, for a ratio of variances of 1e8 to nine digits
DETERMINED = 1e-9  # of one: leverage beyond which a cluster alone determines a coefficient
MOST_DENSE = 1500  # rows of such a cluster beyond which its root is not taken


def bias_reduced(
    x: np.ndarray, residuals: np.ndarray, variances: np.ndarray, clusters: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Standard errors and degrees of freedom, (p,) each.

    x: (N, p), derivatives of the means by the coefficients. residuals: (N,). variances: (N,), of the outcomes, up to a
    factor. clusters: codes (N,).
    Raises ValueError where a large cluster alone determines a coefficient.
    """
    bread = np.linalg.inv((x.T / variances) @ x)
    p = x.shape[1]
    meat, own, shared = np.zeros((p, p)), [], []
    for rows in _clusters(clusters):
        design, spread = x[rows], variances[rows]
        adjusted = adjust(design, spread, bread)  # A V^-1 X M, (n, p): one column a coefficient
        score = adjusted.T @ residuals[rows]
        meat += np.outer(score, score)
        own.append((adjusted**2 * spread[:, None]).sum(axis=0))
        shared.append(design.T @ adjusted)
    return np.sqrt(np.diag(meat)), _freedom(np.array(own), np.array(shared), bread)


def _clusters(codes: np.ndarray) -> Iterator[np.ndarray]:
    order = np.argsort(codes, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def adjust(design: np.ndarray, spread: np.ndarray, bread: np.ndarray) -> np.ndarray:
    """A V^-1 X M of one cluster, (n, p)."""
    half = np.linalg.cholesky(bread)
    columns = design @ half / np.sqrt(spread)[:, None]
    leverages, vectors = np.linalg.eigh(columns.T @ columns)
    weighted = design @ bread / spread[:, None]
    if np.ptp(spread) <= 1e-12 * spread.max():
        left = np.where(leverages < 1 - DETERMINED, 1 - leverages, np.inf)
        return columns @ (vectors / np.sqrt(left)) @ vectors.T @ half.T / np.sqrt(spread[0])
    root = np.sqrt(spread)
    if leverages[-1] < 1 - DETERMINED:
        return root[:, None] * _inverse_root(spread, columns, 1 - leverages[-1], root[:, None] * weighted)
    if len(design) > MOST_DENSE:
        raise ValueError("a large cluster alone determines a coefficient")
    middle = np.diag(spread**2) - np.outer(spread, spread) * (columns @ columns.T)
    values, basis = np.linalg.eigh(middle)
    known = values > DETERMINED * values.max()
    inner = (basis[:, known] / np.sqrt(values[known])) @ basis[:, known].T
    return root[:, None] * (inner @ (root[:, None] * weighted))


def _inverse_root(spread: np.ndarray, columns: np.ndarray, least: float, right: np.ndarray) -> np.ndarray:
    """(V (I - KK') V)^-1/2 right, K the whitened columns (n, p), I - KK' having eigenvalues from `least` to one."""
    from scipy.special import ellipj, ellipk

    low, high = least * float(spread.min()) ** 2, float(spread.max()) ** 2
    other = 1 - low / high
    quarter = float(ellipk(other))
    sn, cn, dn, _ = ellipj((np.arange(NODES) + 0.5) * quarter / NODES, other)
    shifts, weights = low * (sn / cn) ** 2, dn / cn**2
    outer = spread[:, None] * columns
    found = np.zeros_like(right)
    for shift, weight in zip(shifts, weights, strict=True):
        scaled = 1 / (spread**2 + shift)[:, None]
        small = np.eye(outer.shape[1]) - outer.T @ (scaled * outer)
        straight = scaled * right
        found += weight * (straight + scaled * outer @ np.linalg.solve(small, outer.T @ straight))
    return 2 * quarter * np.sqrt(low) / (np.pi * NODES) * found


def _freedom(own: np.ndarray, shared: np.ndarray, bread: np.ndarray) -> np.ndarray:
    """(tr P)^2 / tr(P^2), P[i, j] = own_i where i = j, less t_i'M t_j; own: (J, p), shared: (J, p, p)."""
    half = np.linalg.cholesky(bread)
    found = []
    for k in range(own.shape[1]):
        turned = shared[:, :, k] @ half
        squares = (turned**2).sum(axis=1)
        trace = (own[:, k] - squares).sum()
        crossed = ((turned.T @ turned) ** 2).sum()
        found.append(trace**2 / ((own[:, k] ** 2).sum() - 2 * (own[:, k] * squares).sum() + crossed))
    return np.array(found)

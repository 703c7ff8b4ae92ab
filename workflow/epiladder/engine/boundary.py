"""The boundary: whether a singular fit is a true optimum, judged in Sigma and not in its Cholesky factor.

On the boundary the gradient in Lambda vanishes along the missing direction whatever the data say, so a search can stop
there. The slope in Sigma along that direction does not: it must not be negative (Kuhn and Tucker's condition).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epiladder.engine.covariance import blocks_of
from epiladder.engine.problem import Level, Problem

SINGULAR = 1e-4  # smallest singular value of Lambda, in the scaled basis of Z, below which a fit is singular
WORTHWHILE = 1e-7  # a gain in deviance worth another search


@dataclass(frozen=True)
class Escape:
    """A direction of Sigma along which the deviance still falls: level index, unit vector, step in variance."""

    level: int
    direction: np.ndarray
    step: float
    gain: float


def null_space(level: Level, factor: np.ndarray) -> np.ndarray:
    """Basis of the directions in which the level's effects do not vary, (q, k), block by block."""
    columns = []
    for block in blocks_of(level):
        left, values, _ = np.linalg.svd(factor[np.ix_(block, block)])
        for vector in left[:, values < SINGULAR].T:
            full = np.zeros(len(factor))
            full[block] = vector
            columns.append(full)
    return np.array(columns).T if columns else np.empty((len(factor), 0))


def is_singular(levels: Sequence[Level], factors: Sequence[np.ndarray]) -> bool:
    """Whether any level has a direction without variance."""
    return any(null_space(level, factor).shape[1] for level, factor in zip(levels, factors, strict=True))


def escape(
    problem: Problem, factors: list[np.ndarray], sigma: Sequence[np.ndarray], zz: Sequence[np.ndarray]
) -> Escape | None:
    """The best direction out of a boundary that is no optimum, or None where the boundary is one.

    sigma[k]: the deviance's derivative by Sigma_k, (q, q). zz[k]: Z_k'V^-1 Z_k of every cluster, (q, q, J).
    """
    best: Escape | None = None
    for k, (level, factor) in enumerate(zip(problem.levels, factors, strict=True)):
        for block in blocks_of(level):
            basis = _block_null(level, factor, block)
            if not basis.shape[1]:
                continue
            values, vectors = np.linalg.eigh(basis.T @ sigma[k] @ basis)
            direction = basis @ vectors[:, 0]
            curvature = float(((np.einsum("a,abj,b->j", direction, zz[k], direction)) ** 2).sum())
            gain = float(values[0] ** 2 / (2 * curvature)) if values[0] < 0 and curvature > 0 else 0.0
            if gain > max(WORTHWHILE, best.gain if best else 0.0):
                best = Escape(k, direction, float(-values[0] / curvature), gain)
    return best


def _block_null(level: Level, factor: np.ndarray, block: np.ndarray) -> np.ndarray:
    basis = null_space(level, factor)
    outside = np.ones(len(factor), dtype=bool)
    outside[block] = False
    return basis[:, ~np.any(basis[outside] != 0, axis=0)]


def without_null(level: Level, factor: np.ndarray) -> np.ndarray:
    """Lambda Lambda' with its directions below SINGULAR set to exactly nothing."""
    basis = null_space(level, factor)
    if basis.shape[1] == len(factor):
        return np.zeros_like(factor)
    keep = np.eye(len(factor)) - basis @ basis.T
    half = keep @ factor
    return half @ half.T

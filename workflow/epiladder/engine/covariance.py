"""Covariance parameters: theta, the free entries of the relative Cholesky factors Lambda, and Sigma in raw units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from epiladder.engine.problem import Level


def factors_of(levels: Sequence[Level], theta: np.ndarray) -> list[np.ndarray]:
    """Lambda of each level, innermost first, from the stacked free entries."""
    factors, used = [], 0
    for level in levels:
        factor = np.zeros(level.mask.shape)
        n_free = int(level.mask.sum())
        factor[level.mask] = theta[used : used + n_free]
        factors.append(factor)
        used += n_free
    return factors


def theta_of(levels: Sequence[Level], factors: Sequence[np.ndarray]) -> np.ndarray:
    """The stacked free entries of Lambda."""
    return np.concatenate([np.empty(0), *(factor[level.mask] for level, factor in zip(levels, factors, strict=True))])


def blocks_of(level: Level) -> list[np.ndarray]:
    """Index arrays of the level's correlated blocks, read off its mask."""
    blocks, start = [], 0
    for row in range(1, len(level.mask) + 1):
        if row == len(level.mask) or not level.mask[row, start]:
            blocks.append(np.arange(start, row))
            start = row
    return blocks


def square_root(level: Level, sigma: np.ndarray) -> np.ndarray:
    """A lower-triangular square root of a positive semidefinite Sigma, block by block, singular ones included."""
    factor = np.zeros_like(sigma)
    for block in blocks_of(level):
        part = sigma[np.ix_(block, block)]
        values, vectors = np.linalg.eigh((part + part.T) / 2)
        root = vectors * np.sqrt(np.clip(values, 0, None))
        upper = np.asarray(np.linalg.qr(root.T, mode="r"))
        lower = upper.T * np.where(np.diag(upper) < 0, -1.0, 1.0)
        factor[np.ix_(block, block)] = lower
    return factor


def raw_covariance(level: Level, factor: np.ndarray, variance: float) -> np.ndarray:
    """Sigma in the user's units: variance * T^-1 Lambda Lambda' T^-T, T the level's map to raw columns.

    variance: the residual variance in the outcome's raw units squared.
    """
    half = np.linalg.solve(level.to_raw, factor)
    return variance * half @ half.T

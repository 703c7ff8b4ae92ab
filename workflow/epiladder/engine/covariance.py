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
    """A lower-triangular square root of a positive semidefinite Sigma, block by block.

    One of a singular Sigma has its empty columns last: of the roots there are, it is the one whose free entries show
    every covariance between an effect without variance and one with.
    """
    factor = np.zeros_like(sigma)
    for block in blocks_of(level):
        part = sigma[np.ix_(block, block)]
        values, vectors = np.linalg.eigh((part + part.T) / 2)
        factor[np.ix_(block, block)] = _echelon(vectors * np.sqrt(np.clip(values, 0, None)))
    return factor


def _echelon(root: np.ndarray) -> np.ndarray:
    """root @ Q, Q orthonormal, in lower echelon form: Householder's reflections, row by row."""
    lower = root.copy()
    column = 0
    for row in range(len(lower)):
        rest = lower[row, column:]
        length = float(np.linalg.norm(rest))
        if length <= 1e-14 * max(float(np.abs(root).max()), 1e-300):
            lower[row, column:] = 0.0
            continue
        mirror = rest.copy()
        mirror[0] += np.copysign(length, mirror[0])
        mirror /= np.linalg.norm(mirror)
        lower[:, column:] -= 2 * np.outer(lower[:, column:] @ mirror, mirror)
        lower[row, column + 1 :] = 0.0
        lower[:, column] *= np.sign(lower[row, column])
        column += 1
    return lower


def raw_covariance(level: Level, factor: np.ndarray, variance: float) -> np.ndarray:
    """Sigma in the user's units: variance * T^-1 Lambda Lambda' T^-T, T the level's map to raw columns.

    variance: the residual variance in the outcome's raw units squared.
    """
    half = np.linalg.solve(level.to_raw, factor)
    return variance * half @ half.T

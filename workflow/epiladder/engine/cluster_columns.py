"""Least squares with a column for every effect of every cluster, from cross-products: for exact tests of variances.

The elimination of `elimination` with variances without bound: each cluster's columns are projected out, innermost
first, by a pseudo-inverse of what is left of their cross-products, so that columns that say the same count once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.engine.problem import Problem

RANKLESS = 1e-9  # share of a column's own square, before projection, below which nothing of it is left


@dataclass(frozen=True)
class Residual:
    """squares: the residual sum of squares, standardised. rank: of all columns, fixed ones and the clusters'."""

    squares: float
    rank: int


def residual(problem: Problem) -> Residual:
    """The residual sum of squares of y on X and every cluster's Z, the effects of all levels taken as fixed."""
    products = list(problem.products)
    tail, rank = problem.total.copy(), 0
    for k, level in enumerate(problem.levels):
        half = _half(products[k], problem.products[k])
        rank += int((np.abs(half).max(axis=1) > 0).sum())
        first = len(level.terms)
        for step, outer in enumerate(range(k + 1, len(problem.levels))):
            q = len(problem.levels[outer].terms)
            reduced = products[outer].copy()
            for z in range(q):
                explained = (half[:, first + z, None] * half[:, first:]).sum(axis=0)
                reduced[z] -= np.add.reduceat(explained, level.starts[step], axis=-1)
            products[outer] = reduced
            first += q
        ends = half[:, -len(tail) :]
        tail -= np.einsum("amj,anj->mn", ends, ends)
    return _of_fixed(tail, problem.total, rank)


def _half(products: np.ndarray, given: np.ndarray) -> np.ndarray:
    """F^-1 Z'[Z, ..., X, y] with F F' = Z'Z, (q, M, J); rows of zeros where a cluster's columns fall short of rank.

    given: the products before any projection, whose squares say what is nothing.
    """
    q = len(products)
    scale = np.sqrt(np.maximum(np.einsum("aaj->ja", given[:, :q]), 1e-300))
    gram = np.moveaxis(products[:, :q], -1, 0) / (scale[:, :, None] * scale[:, None, :])
    values, vectors = np.linalg.eigh((gram + gram.transpose(0, 2, 1)) / 2)
    there = values > RANKLESS
    weights = vectors / scale[:, :, None] * np.where(there, 1 / np.sqrt(np.where(there, values, 1.0)), 0.0)[:, None, :]
    return np.einsum("jab,amj->bmj", weights, products)


def _of_fixed(tail: np.ndarray, total: np.ndarray, rank: int) -> Residual:
    """The fixed columns' turn: those that the clusters' columns hold already are nothing."""
    scale = np.sqrt(np.diag(total)[:-1])
    values, vectors = np.linalg.eigh(tail[:-1, :-1] / np.outer(scale, scale))
    there = values > RANKLESS
    explained = (vectors.T @ (tail[:-1, -1] / scale))[there] / np.sqrt(values[there])
    return Residual(float(tail[-1, -1] - explained @ explained), rank + int(there.sum()))

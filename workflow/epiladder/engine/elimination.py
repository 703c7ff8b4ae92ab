"""The elimination of random effects, level by level from the innermost outwards.

With b_k = Lambda_k u_k at each level k and u of unit variance (times the residual variance), every cluster of a level
is a small linear system of its own once the levels inside it are gone. Eliminating it leaves a smaller cross-product
for its parents: the sparse Cholesky factor of Bates, Maechler, Bolker and Walker (2015, section 3.4) without a sparse
matrix. Arrays keep clusters on the last axis, so that each step is one pass over all clusters of a level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

CLUSTERS_A_RUN = 1 << 13

Rows = list[list[np.ndarray]]


class Nested(Protocol):
    """Where a level stands: for each level outside it, its clusters' first members and its clusters' ancestors."""

    @property
    def starts(self) -> tuple[np.ndarray, ...]:
        """First member in each cluster of each level outside."""
        ...

    @property
    def ancestors(self) -> tuple[np.ndarray, ...]:
        """Index of each cluster's ancestor at each level outside."""
        ...


@dataclass(frozen=True)
class Eliminated:
    """One level after its elimination.

    products: Z_k'V^-1[Z_k, ..., tail], V holding the levels inside k, (q, M, J). factor: Cholesky factor of
    H = I + Lambda'Z'V^-1 Z Lambda, q x q entries of shape (J,). half: (q, M, J), that factor's inverse times Lambda'
    products.
    """

    products: np.ndarray
    factor: Rows
    half: np.ndarray

    @property
    def solved(self) -> np.ndarray:
        """H^-1 Lambda' products, (q, M, J)."""
        return backward_solve(self.factor, self.half)


@dataclass(frozen=True)
class Forward:
    """log_determinant: log|V|. tail: tail'V^-1 tail, such as [X y]'V^-1[X y]. levels: innermost first."""

    log_determinant: float
    tail: np.ndarray
    levels: tuple[Eliminated, ...]


@dataclass(frozen=True)
class LevelProjection:
    """For each cluster of a level: zz = Z'V^-1 Z (q, q, J), zx = Z'V^-1 X (q, p, J), zy = Z'V^-1 y (q, J)."""

    zz: np.ndarray
    zx: np.ndarray
    zy: np.ndarray


def forward(
    levels: Sequence[Nested], given: Sequence[np.ndarray], total: np.ndarray, factors: Sequence[np.ndarray]
) -> Forward:
    """Eliminate every level under Lambda_k = factors[k].

    given[k]: (q_k, q_k + ... + tail, J_k), Z_k'[Z_k, ..., tail]. total: tail'tail, which may have no columns.
    Raises FloatingPointError if a system is not positive definite.
    """
    products = list(given)
    tail = total.copy()
    log_determinant = 0.0
    done = []
    for k, (level, factor) in enumerate(zip(levels, factors, strict=True)):
        eliminated = _eliminate(products[k], factor, tail)
        log_determinant += 2.0 * sum(float(np.log(row[-1]).sum()) for row in eliminated.factor)
        first = len(factor)
        for step, outer in enumerate(range(k + 1, len(levels))):
            products[outer] = _reduce(products[outer], eliminated.half, first, level.starts[step])
            first += given[outer].shape[0]
        done.append(eliminated)
    return Forward(log_determinant, tail, tuple(done))


def _eliminate(products: np.ndarray, factor: np.ndarray, tail: np.ndarray) -> Eliminated:
    """One level, a run of clusters at a time; the tail is reduced in place."""
    q, width, n_clusters = products.shape
    half = np.empty_like(products)
    cholesky: Rows = [[np.empty(n_clusters) for _ in range(a + 1)] for a in range(q)]
    for run in _runs(n_clusters):
        part = products[:, :, run]
        rotated = (factor.T @ part.reshape(q, -1)).reshape(part.shape)
        own = lower_factor(_system(rotated, factor))
        for whole, row in zip(cholesky, own, strict=True):
            for entry, values in zip(whole, row, strict=True):
                entry[run] = values
        half[:, :, run] = by_row = forward_solve(own, rotated)
        for a in range(q if len(tail) else 0):
            column = by_row[a, width - len(tail) :]
            tail -= column @ column.T
    return Eliminated(products, cholesky, half)


def _runs(n_clusters: int) -> list[slice]:
    """Clusters in runs whose arrays stay in the processor's cache, where arrays of all would be paged in anew."""
    return [slice(first, first + CLUSTERS_A_RUN) for first in range(0, n_clusters, CLUSTERS_A_RUN)]


def _system(rotated: np.ndarray, factor: np.ndarray) -> Rows:
    """Lower triangle of I + Lambda'Z'Z Lambda, entry by entry over clusters."""
    q = len(factor)
    return [
        [np.asarray(sum(rotated[a, c] * factor[c, b] for c in range(b, q)) + float(a == b)) for b in range(a + 1)]
        for a in range(q)
    ]


def lower_factor(system: Rows) -> Rows:
    """Cholesky's factor of each cluster's system; its entries may have more axes before that of the clusters."""
    factor: Rows = []
    for a, row in enumerate(system):
        factor.append([])
        for b in range(a + 1):
            value = row[b]
            for c in range(b):
                value = value - factor[a][c] * factor[b][c]
            if a == b:
                if not value.min() > 0:
                    raise FloatingPointError("a cluster's system is not positive definite")
                value = np.sqrt(value)
            else:
                value = value / factor[b][b]
            factor[a].append(value)
    return factor


def forward_solve(factor: Rows, right: np.ndarray) -> np.ndarray:
    """L^-1 right, cluster by cluster; right: (q, ..., J)."""
    out = np.empty_like(right)
    for a in range(len(right)):
        np.copyto(out[a], right[a])
        for b in range(a):
            out[a] -= factor[a][b] * out[b]
        out[a] /= factor[a][a]
    return out


def backward_solve(factor: Rows, right: np.ndarray) -> np.ndarray:
    """L'^-1 right, cluster by cluster; right: (q, ..., J)."""
    out = right.copy()
    for a in reversed(range(len(right))):
        for b in range(a + 1, len(right)):
            out[a] -= factor[b][a] * out[b]
        out[a] /= factor[a][a]
    return out


def _reduce(outer: np.ndarray, half: np.ndarray, first: int, starts: np.ndarray) -> np.ndarray:
    """An outer level's products less what an inner level explained, summed over its children."""
    reduced = outer.copy()
    for z in range(len(outer)):
        explained = sum(half[a, first + z] * half[a, first:] for a in range(len(half)))
        reduced[z] -= np.add.reduceat(explained, starts, axis=1)
    return reduced


def backward(
    levels: Sequence[Nested], factors: Sequence[np.ndarray], done: Forward, n_fixed: int
) -> list[LevelProjection]:
    """Z_k'V^-1[Z_k, X, y] of every cluster and level, V being the whole relative covariance of the rows."""
    projections = []
    for k, level in enumerate(levels):
        q = len(factors[k])
        current = _project(done.levels[k])
        zz, rest = current[:, :q], current[:, q:]
        for step, outer in enumerate(range(k + 1, len(levels))):
            zz, rest = _project_outer(zz, rest, factors[outer], done.levels[outer], level.ancestors[step])
        projections.append(LevelProjection(zz, rest[:, :n_fixed], rest[:, n_fixed]))
    return projections


def _project(eliminated: Eliminated) -> np.ndarray:
    """Products less what the level's own effects explain, a run of clusters at a time.

    With half = L^-1 Lambda'Z'[Z, ...] and H = L L', that is half_Z' half.
    """
    half = eliminated.half
    out = np.empty_like(half)
    for run in _runs(half.shape[-1]):
        part = half[:, :, run]
        for a, products in enumerate(eliminated.products):
            left = products[:, run] - part[0, a] * part[0]
            for row in part[1:]:
                left -= row[a] * row
            out[a, :, run] = left
    return out


def _project_outer(
    zz: np.ndarray, rest: np.ndarray, factor: np.ndarray, outer: Eliminated, ancestors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One more level taken into V: downdate this level's products by its ancestor's system."""
    q = len(factor)
    weights = [
        np.stack([sum(row[c] * factor[c, b] for c in range(b, q)) for row in rest]) for b in range(q)
    ]  # b -> (q_k, J): Z_k'V^-1 Z_outer Lambda
    cholesky = [[entry[ancestors] for entry in row] for row in outer.factor]
    half = forward_solve(cholesky, np.stack(weights))
    zz = zz - np.einsum("bij,bkj->ikj", half, half)
    solved = outer.solved[:, q:, ancestors]
    remaining = rest[:, q:].copy()
    for b in range(q):
        remaining -= weights[b][:, None, :] * solved[b][None]
    return zz, remaining

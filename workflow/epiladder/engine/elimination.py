"""The elimination of random effects, level by level from the innermost outwards.

With b_k = Lambda_k u_k at each level k and u of unit variance (times the residual variance), every cluster of a level
is a small linear system of its own once the levels inside it are gone. Eliminating it leaves a smaller cross-product
for its parents: the sparse Cholesky factor of Bates, Maechler, Bolker and Walker (2015, section 3.4) without a sparse
matrix. Arrays keep clusters on the last axis, so that each step is one pass over all clusters of a level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.engine.problem import Problem

Rows = list[list[np.ndarray]]


@dataclass(frozen=True)
class Eliminated:
    """One level after its elimination.

    products: Z_k'V^-1[Z_k, ..., X, y], V holding the levels inside k, (q, M, J). factor: Cholesky factor of
    I + Lambda'Z'V^-1 Z Lambda, q x q entries of shape (J,). solved: (q, M, J), H^-1 Lambda' products.
    """

    products: np.ndarray
    factor: Rows
    solved: np.ndarray


@dataclass(frozen=True)
class Forward:
    """log_determinant: log|V|. fixed: [X y]'V^-1[X y], (p+1, p+1). levels: innermost first."""

    log_determinant: float
    fixed: np.ndarray
    levels: tuple[Eliminated, ...]


@dataclass(frozen=True)
class LevelProjection:
    """For each cluster of a level: zz = Z'V^-1 Z (q, q, J), zx = Z'V^-1 X (q, p, J), zy = Z'V^-1 y (q, J)."""

    zz: np.ndarray
    zx: np.ndarray
    zy: np.ndarray


def forward(problem: Problem, factors: list[np.ndarray]) -> Forward:
    """Eliminate every level under Lambda_k = factors[k]; raises FloatingPointError if a system is not positive."""
    products = list(problem.products)
    fixed = problem.total.copy()
    log_determinant = 0.0
    done = []
    n_tail = problem.n_fixed + 1
    for k, (level, factor) in enumerate(zip(problem.levels, factors, strict=True)):
        q, width, n_clusters = products[k].shape
        rotated = (factor.T @ products[k].reshape(q, -1)).reshape(q, width, n_clusters)
        system = _system(rotated, factor)
        cholesky = _cholesky(system)
        half = _forward_solve(cholesky, rotated)
        log_determinant += 2.0 * sum(float(np.log(cholesky[a][a]).sum()) for a in range(q))
        first = q
        for step, outer in enumerate(range(k + 1, len(problem.levels))):
            products[outer] = _reduce(products[outer], half, first, level.starts[step])
            first += problem.products[outer].shape[0]
        for a in range(q):
            tail = half[a, width - n_tail :]
            fixed -= tail @ tail.T
        done.append(Eliminated(products[k], cholesky, _backward_solve(cholesky, half)))
    return Forward(log_determinant, fixed, tuple(done))


def _system(rotated: np.ndarray, factor: np.ndarray) -> Rows:
    """Lower triangle of I + Lambda'Z'Z Lambda, entry by entry over clusters."""
    q = len(factor)
    return [
        [sum((rotated[a, c] * factor[c, b] for c in range(b, q)), np.float64(a == b)) for b in range(a + 1)]
        for a in range(q)
    ]


def _cholesky(system: Rows) -> Rows:
    factor: Rows = []
    for a, row in enumerate(system):
        factor.append([])
        for b in range(a + 1):
            value = row[b]
            for c in range(b):
                value = value - factor[a][c] * factor[b][c]
            if a == b:
                if not np.all(value > 0):
                    raise FloatingPointError("a cluster's system is not positive definite")
                value = np.sqrt(value)
            else:
                value = value / factor[b][b]
            factor[a].append(value)
    return factor


def _forward_solve(factor: Rows, right: np.ndarray) -> np.ndarray:
    out = np.empty_like(right)
    for a in range(len(right)):
        np.copyto(out[a], right[a])
        for b in range(a):
            out[a] -= factor[a][b] * out[b]
        out[a] /= factor[a][a]
    return out


def _backward_solve(factor: Rows, right: np.ndarray) -> np.ndarray:
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


def backward(problem: Problem, factors: list[np.ndarray], done: Forward) -> list[LevelProjection]:
    """Z_k'V^-1[Z_k, X, y] of every cluster and level, V being the whole relative covariance of the rows."""
    projections = []
    p = problem.n_fixed
    for k, level in enumerate(problem.levels):
        q = len(factors[k])
        own = done.levels[k].products
        current = _project(own, own[:, :q], factors[k], done.levels[k].solved)
        zz, rest = current[:, :q].copy(), current[:, q:]
        for step, outer in enumerate(range(k + 1, len(problem.levels))):
            zz, rest = _project_outer(zz, rest, factors[outer], done.levels[outer], level.ancestors[step])
        projections.append(LevelProjection(zz, rest[:, :p], rest[:, p]))
    return projections


def _project(products: np.ndarray, zz: np.ndarray, factor: np.ndarray, solved: np.ndarray) -> np.ndarray:
    out = products.copy()
    for a in range(len(products)):
        for b in range(len(factor)):
            weight = sum(zz[a, c] * factor[c, b] for c in range(b, len(factor)))
            out[a] -= weight * solved[b]
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
    half = _forward_solve(cholesky, np.stack(weights))
    zz = zz - np.einsum("bij,bkj->ikj", half, half)
    solved = outer.solved[:, q:, ancestors]
    remaining = rest[:, q:].copy()
    for b in range(q):
        remaining -= weights[b][:, None, :] * solved[b][None]
    return zz, remaining

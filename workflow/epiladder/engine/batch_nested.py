"""Deviances of many simulated outcomes for any nesting of levels, at a theta each: the elimination with one axis more.

The same algebra as in `elimination` and `gaussian`, with replicates as one more axis before the clusters: what is a
number there is a row of numbers here, and a fit of few clusters costs its arithmetic and no more. Arrays are (q, M, R,
J): effects, columns, replicates, clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epiladder.engine.batch import Batch, Profiled, factors_of, profiled, tail_of
from epiladder.engine.elimination import LevelProjection, Rows, backward_solve, forward_solve, lower_factor
from epiladder.engine.problem import Problem


@dataclass(frozen=True)
class _Level:
    products: np.ndarray
    factor: Rows
    half: np.ndarray


def nested(batch: Batch, theta: np.ndarray, criterion: str) -> tuple[Profiled, list[np.ndarray], list[np.ndarray]]:
    """The criterion, its derivatives by each Sigma (R, q, q), and Z'V^-1Z of each level's clusters (q, q, R, J).

    Raises FloatingPointError or numpy.linalg.LinAlgError where a replicate cannot be evaluated.
    """
    problem = batch.problem
    factors = [factor.transpose(1, 2, 0)[..., None] for factor in factors_of(problem, theta)]
    log_determinant, tail, done = _forward(batch, factors)
    found = profiled(problem, criterion, log_determinant, tail)
    projections = _backward(problem, factors, done)
    sigma = [_slope(projection, found) for projection in projections]
    return found, sigma, [projection.zz for projection in projections]


def _forward(batch: Batch, factors: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, list[_Level]]:
    """log|V| (R,), [X y]'V^-1[X y] (R, p + 1, p + 1), and each level eliminated."""
    problem, p, tail = batch.problem, batch.problem.n_fixed, tail_of(batch)
    waiting = [_products(given, zy) for given, zy in zip(problem.products, batch.zy, strict=True)]
    log_determinant, done = np.zeros(len(batch.yy)), []
    for k, (level, factor) in enumerate(zip(problem.levels, factors, strict=True)):
        eliminated = _eliminate(waiting[k], factor)
        log_determinant += 2 * sum(np.log(row[-1]).sum(axis=-1) for row in eliminated.factor)
        first = len(factor)
        for step, outer in enumerate(range(k + 1, len(problem.levels))):
            waiting[outer] = _reduce(waiting[outer], eliminated.half, first, level.starts[step])
            first += len(factors[outer])
        for row in eliminated.half[:, -p - 1 :]:
            tail -= np.matmul(row.transpose(1, 0, 2), row.transpose(1, 2, 0))
        done.append(eliminated)
    return log_determinant, tail, done


def _products(given: np.ndarray, zy: np.ndarray) -> np.ndarray:
    """Z'[Z, ..., X, y], (q, M, R, J), the columns but y being the same in every replicate."""
    out = np.empty((*given.shape[:2], *zy.shape[1:]))
    out[:, :-1] = given[:, :-1, None]
    out[:, -1] = zy
    return out


def _eliminate(products: np.ndarray, factor: np.ndarray) -> _Level:
    q = len(factor)
    rotated = np.empty_like(products)
    for a in range(q):
        np.multiply(products[a], factor[a, a], out=rotated[a])
        for c in range(a + 1, q):
            rotated[a] += products[c] * factor[c, a]
    system = [
        [np.asarray(sum(rotated[a, c] * factor[c, b] for c in range(b, q)) + float(a == b)) for b in range(a + 1)]
        for a in range(q)
    ]
    root = lower_factor(system)
    return _Level(products, root, forward_solve(root, rotated))


def _reduce(outer: np.ndarray, half: np.ndarray, first: int, starts: np.ndarray) -> np.ndarray:
    reduced = outer.copy()
    for z in range(len(outer)):
        explained = sum(half[a, first + z] * half[a, first:] for a in range(len(half)))
        reduced[z] -= np.add.reduceat(explained, starts, axis=-1)
    return reduced


def _backward(problem: Problem, factors: Sequence[np.ndarray], done: Sequence[_Level]) -> list[LevelProjection]:
    """Z_k'V^-1[Z_k, X, y] of each level, V the whole relative covariance."""
    solved = [backward_solve(level.factor, level.half) for level in done]
    projections = []
    for k, level in enumerate(problem.levels):
        q = len(factors[k])
        current = done[k].products.copy()
        for a in range(q):
            for b in range(q):
                current[a] -= sum(done[k].products[a, c] * factors[k][c, b] for c in range(b, q)) * solved[k][b]
        zz, rest = current[:, :q], current[:, q:]
        for step, outer in enumerate(range(k + 1, len(problem.levels))):
            here = level.ancestors[step]
            zz, rest = _outer(zz, rest, factors[outer], done[outer], solved[outer], here)
        projections.append(LevelProjection(zz, rest[:, :-1], rest[:, -1]))
    return projections


def _outer(
    zz: np.ndarray, rest: np.ndarray, factor: np.ndarray, outer: _Level, solved: np.ndarray, here: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One more level taken into V; here: (J,), the ancestor of each cluster."""
    q = len(factor)
    weights = [np.stack([sum(row[c] * factor[c, b] for c in range(b, q)) for row in rest]) for b in range(q)]
    half = forward_solve([[entry[..., here] for entry in row] for row in outer.factor], np.stack(weights))
    zz = zz - np.einsum("birj,bkrj->ikrj", half, half)
    remaining = rest[:, q:].copy()
    for b in range(q):
        remaining -= weights[b][:, None] * solved[b, q:][None][..., here]
    return zz, remaining


def _slope(projection: LevelProjection, found: Profiled) -> np.ndarray:
    """d deviance / d Sigma of a level, (R, q, q)."""
    q = len(projection.zy)
    out = np.empty((len(found.variance), q, q))
    scores = projection.zy - np.einsum("aprj,rp->arj", projection.zx, found.beta)
    for a in range(q):
        for b in range(a + 1):
            slope = projection.zz[a, b].sum(axis=-1) - (scores[a] * scores[b]).sum(axis=-1) / found.variance
            if found.inverse is not None:
                crossed = np.matmul(projection.zx[a].transpose(1, 0, 2), projection.zx[b].transpose(1, 2, 0))
                slope = slope - (crossed * found.inverse).sum(axis=(1, 2))
            out[:, a, b] = out[:, b, a] = slope
    return out

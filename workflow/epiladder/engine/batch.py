"""The Gaussian criteria of many simulated outcomes at once, each at a theta of its own, with their exact gradients.

The same algebra as in `elimination` and `gaussian`, with replicates as one more axis before the clusters: what is a
number there is a row of numbers here, and a fit of few clusters costs its arithmetic and no more. Arrays are (q, M, R,
J): effects, columns, replicates, clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.draws import Drawn
from epiladder.engine.elimination import LevelProjection, Rows, backward_solve, forward_solve, lower_factor
from epiladder.engine.gaussian import degrees
from epiladder.engine.problem import Problem, make_problem, random_basis


@dataclass(frozen=True)
class Batch:
    """R simulated outcomes of a problem. zy[k]: (q_k, R, J_k), Z_k'y. xy: (p, R). yy: (R,)."""

    problem: Problem
    zy: tuple[np.ndarray, ...]
    xy: np.ndarray
    yy: np.ndarray

    def only(self, which: np.ndarray) -> Batch:
        """Some of the replicates."""
        return Batch(self.problem, tuple(zy[:, which] for zy in self.zy), self.xy[:, which], self.yy[which])

    def one(self, r: int) -> Problem:
        """One replicate as a problem like any other."""
        problem = self.problem
        products = tuple(
            np.concatenate([given[:, :-1], zy[:, None, r]], axis=1)
            for given, zy in zip(problem.products, self.zy, strict=True)
        )
        total = problem.total.copy()
        total[-1, :-1] = total[:-1, -1] = self.xy[:, r]
        total[-1, -1] = self.yy[r]
        return Problem(
            problem.names,
            problem.levels,
            products,
            total,
            problem.n_rows,
            problem.x_to_raw,
            problem.y_mean,
            problem.y_scale,
        )


def make_batch(cross: Crossproducts, model: Model, drawn: Drawn) -> Batch:
    """The simulated outcomes as a model's problem takes them; its columns must be among those drawn."""
    problem = make_problem(cross, model)
    rows = [cross.basis.index(name) for name in drawn.random]
    zy = []
    for part in reversed(model.random):
        weights, _ = random_basis(cross.basis, part)
        values = np.tensordot(weights[rows].T, drawn.z, axes=(1, 0))
        starts = cross.starts(part.level)
        zy.append(np.add.reduceat(values, starts, axis=-1) if len(starts) < values.shape[-1] else values)
    chosen = [drawn.fixed.index(name) for name in model.fixed]
    return Batch(problem, tuple(zy), drawn.x[chosen], drawn.square)


@dataclass(frozen=True)
class BatchPoint:
    """The deviance (R,), its gradient in theta (R, n), the residual variance (R,) and the fixed effects (R, p).

    sigma[k]: (R, q, q), its derivative by Sigma_k. projections[k]: Z'V^-1[Z, X, y] with replicates before clusters.
    """

    value: np.ndarray
    gradient: np.ndarray
    variance: np.ndarray
    beta: np.ndarray
    sigma: list[np.ndarray]
    projections: list[LevelProjection]


@dataclass(frozen=True)
class _Level:
    products: np.ndarray
    factor: Rows
    half: np.ndarray


def factors_of(problem: Problem, theta: np.ndarray) -> list[np.ndarray]:
    """Lambda of each level and replicate, (R, q, q), from theta (R, n)."""
    factors, used = [], 0
    for level in problem.levels:
        n_free = int(level.mask.sum())
        factor = np.zeros((len(theta), *level.mask.shape))
        factor[:, level.mask] = theta[:, used : used + n_free]
        factors.append(factor)
        used += n_free
    return factors


def evaluate(batch: Batch, theta: np.ndarray, criterion: str) -> BatchPoint:
    """Profiled deviances and gradients; a replicate whose deviance is not finite, or that rounding ate, has infinity.

    Where one of them breaks down, the halves are looked at by themselves, so that the others stand.
    """
    try:
        return _evaluate(batch, theta, criterion)
    except (FloatingPointError, np.linalg.LinAlgError):
        if len(theta) == 1:
            return _nowhere(batch.problem, theta)
    places = np.array_split(np.arange(len(theta)), 2)
    return _joined(*(evaluate(batch.only(part), theta[part], criterion) for part in places))


def _nowhere(problem: Problem, theta: np.ndarray) -> BatchPoint:
    """A replicate at a theta where its likelihood cannot be evaluated."""
    p, sizes = problem.n_fixed, [(len(level.mask), level.n_clusters) for level in problem.levels]
    projections = [LevelProjection(*(np.zeros((q, *b, 1, n)) for b in ((q,), (p,), ()))) for q, n in sizes]
    sigma = [np.zeros((1, q, q)) for q, _ in sizes]
    return BatchPoint(np.array([np.inf]), np.zeros_like(theta), np.ones(1), np.zeros((1, p)), sigma, projections)


def _joined(left: BatchPoint, right: BatchPoint) -> BatchPoint:
    both = [
        LevelProjection(*(np.concatenate(pair, axis=-2) for pair in ((a.zz, b.zz), (a.zx, b.zx), (a.zy, b.zy))))
        for a, b in zip(left.projections, right.projections, strict=True)
    ]
    return BatchPoint(
        np.concatenate([left.value, right.value]),
        np.concatenate([left.gradient, right.gradient]),
        np.concatenate([left.variance, right.variance]),
        np.concatenate([left.beta, right.beta]),
        [np.concatenate(pair) for pair in zip(left.sigma, right.sigma, strict=True)],
        both,
    )


def _evaluate(batch: Batch, theta: np.ndarray, criterion: str) -> BatchPoint:
    problem, p = batch.problem, batch.problem.n_fixed
    factors = [factor.transpose(1, 2, 0)[..., None] for factor in factors_of(problem, theta)]
    log_determinant, tail, done = _forward(batch, factors)
    n_degrees = degrees(problem, criterion)
    root = np.linalg.cholesky(tail[:, :p, :p])
    half = np.linalg.solve(root, tail[:, :p, p:])[..., 0]
    residual = np.maximum(tail[:, p, p] - (half**2).sum(axis=1), 1e-300)
    variance = residual / n_degrees
    value = log_determinant + n_degrees * (1 + np.log(2 * np.pi * variance * problem.y_scale**2))
    if criterion == "REML":
        value = value + 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
        value = value + 2 * float(np.linalg.slogdet(problem.x_to_raw)[1])
    beta = np.linalg.solve(root.transpose(0, 2, 1), half[..., None])[..., 0]
    projections = _backward(problem, factors, done)
    inverse = np.linalg.inv(tail[:, :p, :p]) if criterion == "REML" else None
    sigma = [_slope(projection, beta, variance, inverse) for projection in projections]
    gradient = [
        2 * (slope @ factor[..., 0].transpose(2, 0, 1))[:, level.mask]
        for slope, factor, level in zip(sigma, factors, problem.levels, strict=True)
    ]
    flat = np.concatenate(gradient, axis=1) if gradient else np.empty((len(value), 0))
    return BatchPoint(np.where(np.isfinite(value), value, np.inf), flat, variance, beta, sigma, projections)


def _forward(batch: Batch, factors: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, list[_Level]]:
    """log|V| (R,), [X y]'V^-1[X y] (R, p + 1, p + 1), and each level eliminated."""
    problem, p, n = batch.problem, batch.problem.n_fixed, len(batch.yy)
    tail = np.empty((n, p + 1, p + 1))
    tail[:, :p, :p] = problem.total[:p, :p]
    tail[:, p, :p] = tail[:, :p, p] = batch.xy.T
    tail[:, p, p] = batch.yy
    waiting = [_products(given, zy) for given, zy in zip(problem.products, batch.zy, strict=True)]
    log_determinant, done = np.zeros(n), []
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


def _slope(
    projection: LevelProjection, beta: np.ndarray, variance: np.ndarray, inverse: np.ndarray | None
) -> np.ndarray:
    """d deviance / d Sigma of a level, (R, q, q); inverse: (X'V^-1X)^-1 under REML."""
    q = len(projection.zy)
    out = np.empty((len(variance), q, q))
    scores = projection.zy - np.einsum("aprj,rp->arj", projection.zx, beta)
    for a in range(q):
        for b in range(a + 1):
            slope = projection.zz[a, b].sum(axis=-1) - (scores[a] * scores[b]).sum(axis=-1) / variance
            if inverse is not None:
                crossed = np.matmul(projection.zx[a].transpose(1, 0, 2), projection.zx[b].transpose(1, 2, 0))
                slope = slope - (crossed * inverse).sum(axis=(1, 2))
            out[:, a, b] = out[:, b, a] = slope
    return out


def expected_hessian(batch: Batch, theta: np.ndarray, point: BatchPoint, criterion: str) -> np.ndarray:
    """(R, n, n): as `gaussian.expected_hessian`, level by level (Longford 1987)."""
    problem = batch.problem
    n = theta.shape[1]
    hessian, traces = np.zeros((len(theta), n, n)), np.zeros((len(theta), n))
    first = 0
    for k, (level, factor) in enumerate(zip(problem.levels, factors_of(problem, theta), strict=True)):
        q, zz = len(level.mask), point.projections[k].zz
        flat = zz.reshape(q * q, *zz.shape[2:]).transpose(1, 0, 2)
        products = np.matmul(flat, flat.transpose(0, 2, 1)).reshape(-1, q, q, q, q)
        total = zz.sum(axis=-1)
        units = []
        for row, column in np.argwhere(level.mask):
            unit = np.zeros((q, q))
            unit[row, column] = 1.0
            units.append(unit)
        moves = [unit @ factor.transpose(0, 2, 1) + factor @ unit.T for unit in units]
        for a, (unit, move) in enumerate(zip(units, moves, strict=True)):
            traces[:, first + a] = np.einsum("abr,rab->r", total, move)
            turned = np.einsum("rabcd,rbc->rad", products, move)
            for b in range(len(units)):
                own = 2 * (point.sigma[k] * (unit @ units[b].T)).sum(axis=(1, 2))
                hessian[:, first + a, first + b] = (turned * moves[b].transpose(0, 2, 1)).sum(axis=(1, 2)) + own
        first += len(units)
    return hessian - traces[:, :, None] * traces[:, None, :] / degrees(problem, criterion)

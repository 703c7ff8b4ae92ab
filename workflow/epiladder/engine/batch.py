"""Many simulated outcomes of one problem at once: only what hangs on the outcome is held for each of them.

Arrays keep clusters on the last axis and replicates before them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.draws import Drawn
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
    """Many deviances (R,), each at a theta of its own, with what belongs to them.

    gradient: in theta, (R, n). variance: residual, (R,). beta: fixed effects, (R, p). sigma[k]: (R, q, q), the
    derivative by Sigma_k. zz: makes Z_k'V^-1 Z_k of every cluster, (q, q, R, J_k) a level, which few ask for.
    """

    value: np.ndarray
    gradient: np.ndarray
    variance: np.ndarray
    beta: np.ndarray
    sigma: list[np.ndarray]
    zz: Callable[[], list[np.ndarray]]


@dataclass(frozen=True)
class Profiled:
    """A criterion with the fixed effects beta (R, p) and the residual variance (R,) taken out.

    inverse: (X'V^-1X)^-1 (R, p, p) under REML, whose gradient asks for it.
    """

    value: np.ndarray
    variance: np.ndarray
    beta: np.ndarray
    inverse: np.ndarray | None


def profiled(problem: Problem, criterion: str, log_determinant: np.ndarray, tail: np.ndarray) -> Profiled:
    """From log|V| (R,) and [X y]'V^-1[X y] (R, p + 1, p + 1), as `gaussian.solve` has it.

    Raises numpy.linalg.LinAlgError where a replicate's X'V^-1X is not positive definite.
    """
    p, n_degrees = problem.n_fixed, degrees(problem, criterion)
    root = np.linalg.cholesky(tail[:, :p, :p])
    half = np.linalg.solve(root, tail[:, :p, p:])[..., 0]
    variance = np.maximum(tail[:, p, p] - (half**2).sum(axis=1), 1e-300) / n_degrees
    value = log_determinant + n_degrees * (1 + np.log(2 * np.pi * variance * problem.y_scale**2))
    beta = np.linalg.solve(root.transpose(0, 2, 1), half[..., None])[..., 0]
    if criterion != "REML":
        return Profiled(value, variance, beta, None)
    value = value + 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    value = value + 2 * float(np.linalg.slogdet(problem.x_to_raw)[1])
    return Profiled(value, variance, beta, np.linalg.inv(tail[:, :p, :p]))


def tail_of(batch: Batch) -> np.ndarray:
    """[X y]'[X y] of each replicate, (R, p + 1, p + 1)."""
    p = batch.problem.n_fixed
    tail = np.empty((len(batch.yy), p + 1, p + 1))
    tail[:, :p, :p] = batch.problem.total[:p, :p]
    tail[:, p, :p] = tail[:, :p, p] = batch.xy.T
    tail[:, p, p] = batch.yy
    return tail


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

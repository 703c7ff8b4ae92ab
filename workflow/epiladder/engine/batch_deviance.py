"""The Gaussian criteria of many simulated outcomes at once, each at a theta of its own, with their exact gradients."""

from __future__ import annotations

import numpy as np

from epiladder.engine.batch import Batch, BatchPoint, factors_of
from epiladder.engine.batch_nested import nested
from epiladder.engine.batch_one_level import one_level
from epiladder.engine.gaussian import degrees
from epiladder.engine.problem import Problem


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


def _evaluate(batch: Batch, theta: np.ndarray, criterion: str) -> BatchPoint:
    problem = batch.problem
    if len(problem.levels) == 1:
        found, sigma, zz = one_level(batch, theta, criterion)
    else:
        found, sigma, made = nested(batch, theta, criterion)
        zz = made.copy
    gradient = [
        2 * (slope @ factor)[:, level.mask]
        for slope, factor, level in zip(sigma, factors_of(problem, theta), problem.levels, strict=True)
    ]
    flat = np.concatenate(gradient, axis=1) if gradient else np.empty((len(theta), 0))
    value = np.where(np.isfinite(found.value), found.value, np.inf)
    return BatchPoint(value, flat, found.variance, found.beta, sigma, zz)


def _nowhere(problem: Problem, theta: np.ndarray) -> BatchPoint:
    """A replicate at a theta where its likelihood cannot be evaluated."""
    sizes = [(len(level.mask), level.n_clusters) for level in problem.levels]
    sigma = [np.zeros((1, q, q)) for q, _ in sizes]
    zeros = [np.zeros((q, q, 1, n)) for q, n in sizes]
    return BatchPoint(
        np.array([np.inf]), np.zeros_like(theta), np.ones(1), np.zeros((1, problem.n_fixed)), sigma, zeros.copy
    )


def _joined(left: BatchPoint, right: BatchPoint) -> BatchPoint:
    return BatchPoint(
        np.concatenate([left.value, right.value]),
        np.concatenate([left.gradient, right.gradient]),
        np.concatenate([left.variance, right.variance]),
        np.concatenate([left.beta, right.beta]),
        [np.concatenate(pair) for pair in zip(left.sigma, right.sigma, strict=True)],
        lambda: [np.concatenate(pair, axis=2) for pair in zip(left.zz(), right.zz(), strict=True)],
    )


def expected_hessian(batch: Batch, theta: np.ndarray, point: BatchPoint, criterion: str) -> np.ndarray:
    """(R, n, n): as `gaussian.expected_hessian`, level by level (Longford 1987)."""
    problem = batch.problem
    n = theta.shape[1]
    hessian, traces = np.zeros((len(theta), n, n)), np.zeros((len(theta), n))
    made, first = point.zz(), 0
    for k, (level, factor) in enumerate(zip(problem.levels, factors_of(problem, theta), strict=True)):
        q, zz = len(level.mask), made[k]
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

"""The search of many simulated outcomes at once: BFGS on all that have not arrived, each with its own steps.

What does not arrive, or arrives at a boundary that is no optimum, goes to the engine's own search one by one: a batch
is quicker and no less exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.design.spec import INTERCEPT
from epiladder.engine.batch import Batch, BatchPoint, factors_of
from epiladder.engine.batch_deviance import evaluate, expected_hessian
from epiladder.engine.boundary import SINGULAR, escape
from epiladder.engine.covariance import blocks_of, square_root, theta_of
from epiladder.engine.gaussian_result import CONTENT
from epiladder.engine.optimise import optimise
from epiladder.engine.problem import Problem
from epiladder.errors import LikelihoodError

STEPS = 60
HALVINGS = 12
FLAT = 1e-9  # slope of the deviance in Sigma, in the solved basis, that is nothing
ARRIVED = 1e-8  # decrement g'H^-1g, in units of the deviance, at which a replicate has arrived
CELLS = 1 << 13  # replicates times clusters in a run, so that its arrays stay in the processor's cache
TOGETHER = 25  # replicates in a run, at the least, where evaluations go over one level's clusters by runs of their own


@dataclass(frozen=True)
class Refits:
    """Models refitted to R simulated outcomes, in the user's units.

    log_likelihood: (R,), NaN where the fit failed (REML: minus half the criterion). covariances: of each level,
    outermost first, (R, q, q). variance: (R,), residual. beta: (R, p). singular: (R,), a direction has no variance.
    theta: (R, n), in the problem's basis.
    """

    log_likelihood: np.ndarray
    covariances: tuple[np.ndarray, ...]
    variance: np.ndarray
    beta: np.ndarray
    singular: np.ndarray
    theta: np.ndarray

    @property
    def failed(self) -> np.ndarray:
        """Which replicates have no fit, (R,)."""
        return np.isnan(self.log_likelihood)


def run_length(n_clusters: int) -> int:
    """How many replicates make a run."""
    return max(1, CELLS // max(n_clusters, 1))


def refit(batch: Batch, criterion: str, start: list[np.ndarray], near: Refits | None = None) -> Refits:
    """Fit a model to every simulated outcome. start: Sigma of each level, innermost first, in the problem's basis.

    near: the same by another criterion, from whose optima the searches begin where these lie within the boundary.
    """
    n = len(batch.yy)
    values, variances = np.empty(n), np.empty(n)
    theta, beta = np.empty((n, batch.problem.n_theta)), np.empty((n, batch.problem.n_fixed))
    length = run_length(max((level.n_clusters for level in batch.problem.levels), default=1))
    length = max(length, TOGETHER) if len(batch.problem.levels) == 1 else length
    for first in range(0, n, length):
        run = np.arange(first, min(first + length, n))
        part = batch.only(run)
        places = _starting(part, criterion, start)
        if near is not None:
            inside = ~near.singular[run] & ~near.failed[run]
            places[inside] = near.theta[run][inside]
        values[run], theta[run], variances[run], beta[run] = _search(part, criterion, places)
    return _in_raw_units(batch.problem, values, theta, variances, beta)


def _search(batch: Batch, criterion: str, theta: np.ndarray) -> tuple[np.ndarray, ...]:
    """Deviances, thetas, residual variances and fixed effects of a run, from a theta each; NaN where no fit is."""
    theta, point, arrived = _bfgs(batch, theta, criterion)
    value, variance, beta = point.value.copy(), point.variance.copy(), point.beta.copy()
    doubtful = ~arrived | _must_leave(batch, theta, point, criterion)
    for r in np.flatnonzero(doubtful):
        value[r], theta[r], variance[r], beta[r] = _alone(batch.one(int(r)), criterion)
    return value, theta, variance, beta


def _alone(problem: Problem, criterion: str) -> tuple[float, np.ndarray, float, np.ndarray]:
    nothing = np.nan, np.full(problem.n_theta, np.nan), np.nan, np.full(problem.n_fixed, np.nan)
    try:
        optimum = optimise(problem, criterion)
    except LikelihoodError:
        return nothing
    if optimum.curvature.decrement >= CONTENT or optimum.escape is not None:
        return nothing
    found = optimum.solution
    return found.deviance, found.theta, found.variance, found.beta


def _starting(batch: Batch, criterion: str, start: list[np.ndarray]) -> np.ndarray:
    """The start for all replicates: the given Sigma, and where it has no variance what chance alone would give."""
    problem = batch.problem
    if not problem.levels:
        return np.empty((len(batch.yy), 0))
    given = theta_of(problem.levels, [square_root(level, s) for level, s in zip(problem.levels, start, strict=True)])
    look = evaluate(batch.only(np.arange(1)), given[None], criterion)
    factors = []
    for level, sigma, zz in zip(problem.levels, start, look.zz(), strict=True):
        information = np.einsum("aarj,aarj->a", zz, zz)
        chance = np.sqrt(2 / np.maximum(information, 1e-300))
        factors.append(square_root(level, sigma + np.diag(chance)))
    return np.broadcast_to(theta_of(problem.levels, factors), (len(batch.yy), problem.n_theta)).copy()


def _bfgs(batch: Batch, theta: np.ndarray, criterion: str) -> tuple[np.ndarray, BatchPoint, np.ndarray]:
    """BFGS with Armijo's condition; inverse Hessians begin as the expected ones."""
    point = evaluate(batch, theta, criterion)
    arrived = np.zeros(len(theta), dtype=bool)
    if not theta.shape[1]:
        return theta, point, np.isfinite(point.value)
    inverse = _positive_inverse(expected_hessian(batch, theta, point, criterion))
    lost = ~np.isfinite(point.value)
    for _ in range(STEPS):
        step = -np.einsum("rab,rb->ra", inverse, point.gradient)
        expected = (point.gradient * step).sum(axis=1)
        arrived |= -expected < ARRIVED
        active = np.flatnonzero(~arrived & ~lost)
        if not len(active):
            break
        found, moved = _line_search(batch, active, theta, step, expected, point, criterion)
        lost[active[~moved]] = True
        took = active[moved]
        change = found.gradient[moved] - point.gradient[took]
        inverse[took] = _updated(inverse[took], found.theta[moved] - theta[took], change)
        theta[took] = found.theta[moved]
        for kept, new in zip(_arrays(point), _arrays(found.point), strict=True):
            kept[took] = new[moved]
    return theta, point, arrived & ~lost


@dataclass
class _Found:
    """Where a line search ended, of the active replicates."""

    theta: np.ndarray
    point: BatchPoint

    @property
    def gradient(self) -> np.ndarray:
        return self.point.gradient


def _arrays(point: BatchPoint) -> tuple[np.ndarray, ...]:
    """What a step renews; zz stays that of the start."""
    return (point.value, point.gradient, point.variance, point.beta, *point.sigma)


def _line_search(
    batch: Batch,
    active: np.ndarray,
    theta: np.ndarray,
    step: np.ndarray,
    expected: np.ndarray,
    point: BatchPoint,
    criterion: str,
) -> tuple[_Found, np.ndarray]:
    """Halve each replicate's step until its deviance falls enough; which did."""
    tried = theta[active] + step[active]
    found = evaluate(batch if len(active) == len(batch.yy) else batch.only(active), tried, criterion)
    moved = found.value <= point.value[active] + 1e-4 * expected[active]
    size = 1.0
    for _ in range(HALVINGS):
        rest = np.flatnonzero(~moved)
        if not len(rest):
            break
        size /= 2
        which = active[rest]
        tried[rest] = theta[which] + size * step[which]
        again = evaluate(batch.only(which), tried[rest], criterion)
        for kept, new in zip(_arrays(found), _arrays(again), strict=True):
            kept[rest] = new
        moved[rest] = again.value <= point.value[which] + 1e-4 * size * expected[which]
    return _Found(tried, found), moved


def _updated(inverse: np.ndarray, moved: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The BFGS update of inverse Hessians (Nocedal and Wright 2006, equation 6.17), where curvature is positive."""
    along = (moved * change).sum(axis=1)
    sizes = np.linalg.norm(moved, axis=1) * np.linalg.norm(change, axis=1)
    usable = along > 1e-10 * sizes
    along = np.where(usable, along, 1.0)[:, None, None]
    left = np.eye(moved.shape[1]) - moved[:, :, None] * change[:, None, :] / along
    new = left @ inverse @ left.transpose(0, 2, 1) + moved[:, :, None] * moved[:, None, :] / along
    return np.where(usable[:, None, None], new, inverse)


def _positive_inverse(matrices: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh((matrices + matrices.transpose(0, 2, 1)) / 2)
    sizes = np.abs(values)
    sizes = np.maximum(sizes, 1e-8 * np.maximum(sizes.max(axis=1, keepdims=True), 1e-300))
    return (vectors / sizes[:, None, :]) @ vectors.transpose(0, 2, 1)


def _must_leave(batch: Batch, theta: np.ndarray, point: BatchPoint, criterion: str) -> np.ndarray:
    """Which replicates stand on a boundary that is no optimum, judged in Sigma."""
    out, problem = np.zeros(len(theta), dtype=bool), batch.problem
    which = np.flatnonzero(_falls_outside(problem, theta, point))
    if not len(which):
        return out
    factors, there = factors_of(problem, theta[which]), evaluate(batch.only(which), theta[which], criterion)
    made = there.zz()
    for at, r in enumerate(which):
        sigma, zz = [slope[at] for slope in there.sigma], [found[:, :, at] for found in made]
        out[r] = escape(problem, [factor[at] for factor in factors], sigma, zz) is not None
    return out


def _falls_outside(problem: Problem, theta: np.ndarray, point: BatchPoint) -> np.ndarray:
    """Which replicates have a direction without variance along which the deviance falls, whatever it is worth."""
    out = np.zeros(len(theta), dtype=bool)
    known = np.flatnonzero(np.isfinite(point.value))
    for level, factor, slope in zip(problem.levels, factors_of(problem, theta), point.sigma, strict=True):
        for block in blocks_of(level):
            part = np.ix_(known, block, block)
            left, values, _ = np.linalg.svd(factor[part])
            basis = left * (values < SINGULAR)[:, None, :]
            inside = basis.transpose(0, 2, 1) @ slope[part] @ basis
            out[known] |= np.linalg.eigvalsh(inside)[:, 0] < -FLAT
    return out


def _singular(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """Which replicates have a direction without variance, (R,)."""
    out = np.zeros(len(theta), dtype=bool)
    known = ~np.isnan(theta).any(axis=1)
    for factor in factors_of(problem, theta[known]):
        out[known] |= np.linalg.svd(factor, compute_uv=False)[:, -1] < SINGULAR
    return out


def _in_raw_units(
    problem: Problem, values: np.ndarray, theta: np.ndarray, variances: np.ndarray, beta: np.ndarray
) -> Refits:
    raw = variances * problem.y_scale**2
    fixed = problem.y_scale * np.linalg.solve(problem.x_to_raw, beta.T).T
    fixed[:, problem.names.index(INTERCEPT)] += problem.y_mean
    covariances = []
    for level, factor in zip(problem.levels, factors_of(problem, theta), strict=True):
        half = np.linalg.solve(level.to_raw, factor)
        covariances.append(raw[:, None, None] * half @ half.transpose(0, 2, 1))
    return Refits(-values / 2, tuple(reversed(covariances)), raw, fixed, _singular(problem, theta), theta)

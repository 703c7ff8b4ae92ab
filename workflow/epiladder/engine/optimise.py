"""The search for theta: EM steps for a safe start, BFGS, Newton steps to polish, and a check of the boundary.

A bounded search in the Cholesky factor can stop at the boundary, where its gradient vanishes for any data; an
unbounded one that starts inside and is judged in Sigma does not (Lindstrom and Bates 1988 give the derivatives'
background; the EM step is Laird, Lange and Stram 1987).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from epiladder.engine.boundary import SINGULAR, Escape, escape, is_singular, without_null
from epiladder.engine.covariance import factors_of, square_root, theta_of
from epiladder.engine.gaussian import Slopes, Solution, slopes, solve
from epiladder.engine.problem import Problem
from epiladder.errors import LikelihoodError

EM_STEPS = 3
RESTARTS = 5
BFGS_STEPS = 200
POLISH_STEPS = 6
ARRIVED = 1e-6  # predicted fall of the deviance at which BFGS hands over to Newton
DECREMENT = 1e-13  # the same at which Newton is content


@dataclass(frozen=True)
class Optimum:
    """Where the search ended: hessian of the deviance in theta (n_theta, n_theta), decrement g'H^-1g there."""

    solution: Solution
    slopes: Slopes
    hessian: np.ndarray
    decrement: float
    scaled_gradient: float
    evaluations: int
    singular: bool
    escape: Escape | None


class _Counter:
    """The criterion as a function of theta, counting its evaluations."""

    def __init__(self, problem: Problem, criterion: str) -> None:
        self.problem, self.criterion, self.evaluations = problem, criterion, 0

    def at(self, theta: np.ndarray) -> tuple[Solution, Slopes]:
        self.evaluations += 1
        solution = solve(self.problem, theta, self.criterion)
        return solution, slopes(self.problem, solution)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        return self.at(theta)[1].theta


def optimise(problem: Problem, criterion: str, start: np.ndarray | None = None) -> Optimum:
    """Minimise the profiled deviance. `start`: a theta near the optimum, such as that of the other criterion."""
    counter = _Counter(problem, criterion)
    if not problem.levels:
        solution, slope = counter.at(np.empty(0))
        return Optimum(solution, slope, np.empty((0, 0)), 0.0, 0.0, 1, False, None)
    theta = _em(counter, _identity(problem) if start is None else _inside(problem, start), EM_STEPS)
    best: tuple[Solution, Slopes] | None = None
    way_out: Escape | None = None
    for _ in range(RESTARTS):
        solution, slope = _search(counter, theta)
        solution, slope = _snap(counter, solution, slope)
        if best is not None and solution.deviance >= best[0].deviance:
            break
        best = (solution, slope)
        way_out = escape(problem, solution.factors, slope)
        if way_out is None:
            break
        theta = _em(counter, _leave(problem, solution, way_out), 1)
    assert best is not None
    return _report(counter, *best, way_out)


def _identity(problem: Problem) -> np.ndarray:
    return theta_of(problem, [np.eye(len(level.mask)) for level in problem.levels])


def _inside(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """A start from a neighbour's optimum, moved off the boundary so that the gradient can speak there."""
    moved = []
    for level, factor in zip(problem.levels, factors_of(problem, theta), strict=True):
        moved.append(square_root(level, factor @ factor.T + 1e-4 * np.eye(len(factor))))
    return theta_of(problem, moved)


def _em(counter: _Counter, theta: np.ndarray, steps: int) -> np.ndarray:
    """Sigma <- Sigma - Sigma D Sigma / J, D being the deviance's derivative: the EM step in closed form."""
    problem = counter.problem
    for _ in range(steps):
        solution, slope = counter.at(theta)
        factors = []
        for level, factor, d in zip(problem.levels, solution.factors, slope.sigma, strict=True):
            sigma = factor @ factor.T
            factors.append(
                square_root(level, sigma - sigma @ d @ sigma / level.n_clusters + 1e-12 * np.eye(len(sigma)))
            )
        theta = theta_of(problem, factors)
    return theta


def _search(counter: _Counter, theta: np.ndarray) -> tuple[Solution, Slopes]:
    """BFGS from theta, its first Hessian by differences of the gradient, then Newton steps."""
    solution, slope = counter.at(theta)
    inverse = _positive_inverse(_hessian(counter.gradient, theta))
    for _ in range(BFGS_STEPS):
        step = -inverse @ slope.theta
        if -slope.theta @ step < ARRIVED:
            break
        found = _backtrack(counter, solution, slope, step)
        if found is None:
            break
        moved, change = found[0].theta - solution.theta, found[1].theta - slope.theta
        inverse = _updated(inverse, moved, change)
        solution, slope = found
    return _polish(counter, solution, slope)


def _backtrack(
    counter: _Counter, solution: Solution, slope: Slopes, step: np.ndarray
) -> tuple[Solution, Slopes] | None:
    """Halve the step until the deviance falls enough (Armijo's condition); None where it does not."""
    expected = float(slope.theta @ step)
    for halving in range(30):
        size = 0.5**halving
        try:
            found = counter.at(solution.theta + size * step)
        except LikelihoodError:
            continue
        if found[0].deviance <= solution.deviance + 1e-4 * size * expected:
            return found
    return None


def _updated(inverse: np.ndarray, moved: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The BFGS update of an inverse Hessian (Nocedal and Wright 2006, equation 6.17)."""
    along = float(moved @ change)
    if along <= 1e-10 * float(np.linalg.norm(moved) * np.linalg.norm(change)):
        return inverse
    left = np.eye(len(moved)) - np.outer(moved, change) / along
    return left @ inverse @ left.T + np.outer(moved, moved) / along


def _polish(counter: _Counter, solution: Solution, slope: Slopes) -> tuple[Solution, Slopes]:
    """Newton steps while they shrink the gradient; the deviance itself is too coarse a judge of the last digits."""
    for _ in range(POLISH_STEPS):
        step = _positive_inverse(_hessian(counter.gradient, solution.theta)) @ slope.theta
        if slope.theta @ step < DECREMENT:
            break
        try:
            candidate = counter.at(solution.theta - step)
        except LikelihoodError:
            break
        rose = candidate[0].deviance > solution.deviance + 1e-10 * abs(solution.deviance)
        if rose or np.abs(candidate[1].theta).max() >= np.abs(slope.theta).max():
            break
        solution, slope = candidate
    return solution, slope


def _snap(counter: _Counter, solution: Solution, slope: Slopes) -> tuple[Solution, Slopes]:
    """A variance that is as good as nothing becomes nothing, where that costs nothing."""
    problem = counter.problem
    if not is_singular(problem, solution.factors):
        return solution, slope
    factors = [
        square_root(level, without_null(level, factor))
        for level, factor in zip(problem.levels, solution.factors, strict=True)
    ]
    snapped = counter.at(theta_of(problem, factors))
    return snapped if snapped[0].deviance <= solution.deviance + 1e-7 else (solution, slope)


def _leave(problem: Problem, solution: Solution, way_out: Escape) -> np.ndarray:
    factors = list(solution.factors)
    level, factor = problem.levels[way_out.level], factors[way_out.level]
    step = max(way_out.step, SINGULAR)
    factors[way_out.level] = square_root(
        level, factor @ factor.T + step * np.outer(way_out.direction, way_out.direction)
    )
    return theta_of(problem, factors)


def _hessian(gradient: Callable[[np.ndarray], np.ndarray], theta: np.ndarray) -> np.ndarray:
    """Central differences of the exact gradient."""
    size = len(theta)
    hessian = np.empty((size, size))
    for i in range(size):
        h = 1e-4 * max(1e-2, abs(theta[i]))
        step = np.zeros(size)
        step[i] = h
        hessian[i] = (gradient(theta + step) - gradient(theta - step)) / (2 * h)
    return (hessian + hessian.T) / 2


def _positive_inverse(hessian: np.ndarray) -> np.ndarray:
    """Inverse with every eigenvalue made positive, and none below 1e-8 of the largest."""
    values, vectors = np.linalg.eigh(hessian)
    sizes = np.abs(values)
    sizes = np.maximum(sizes, 1e-8 * max(sizes.max(), 1e-300))
    return (vectors / sizes) @ vectors.T


def _report(counter: _Counter, solution: Solution, slope: Slopes, way_out: Escape | None) -> Optimum:
    hessian = _hessian(counter.gradient, solution.theta)
    values, vectors = np.linalg.eigh(hessian)
    along = vectors.T @ slope.theta
    usable = values > 1e-8 * max(values.max(), 1e-300)
    decrement = float((along[usable] ** 2 / values[usable]).sum())
    scaled = float(np.abs(along[usable] / np.sqrt(values[usable])).max()) if usable.any() else 0.0
    singular = is_singular(counter.problem, solution.factors)
    return Optimum(solution, slope, hessian, decrement, scaled, counter.evaluations, singular, way_out)

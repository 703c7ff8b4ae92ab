"""The search for theta of a Gaussian model: EM steps for a safe start, a search, and a check of the boundary.

A bounded search in the Cholesky factor can stop at the boundary, where its gradient vanishes for any data; an
unbounded one that starts inside and is judged in Sigma does not (the EM step is Laird, Lange and Stram 1987).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from epiladder.engine.boundary import SINGULAR, Escape, escape, is_singular, without_null
from epiladder.engine.covariance import factors_of, square_root, theta_of
from epiladder.engine.gaussian import Slopes, Solution, expected_hessian, slopes, solve
from epiladder.engine.observed import observed_hessian
from epiladder.engine.problem import Problem
from epiladder.engine.search import Curvature, Objective, Point, minimise

EM_STEPS, EM_STEPS_EXACT = 3, 1  # before a search by differences, and before one with exact Hessians
RESTARTS = 5
SPREADS = (0.1, 3.0)  # other starts, where several optima are plausible: few rows, or an optimum on the boundary
FEW = 500
SAME = 1e-6  # deviances that are the same optimum
MANY = 2_000  # clusters above which one start is enough all the same

Detail = tuple[Solution, Slopes]


@dataclass(frozen=True)
class Optimum:
    """Where the search ended. escape: a way on where the boundary is no optimum, else None."""

    solution: Solution
    slopes: Slopes
    curvature: Curvature
    evaluations: int
    singular: bool
    escape: Escape | None


def optimise(problem: Problem, criterion: str, start: np.ndarray | None = None) -> Optimum:
    """Minimise the profiled deviance. `start`: a theta near the optimum, such as that of the other criterion."""

    def evaluate(theta: np.ndarray) -> Point[Detail]:
        solution = solve(problem, theta, criterion)
        slope = slopes(problem, solution)
        return Point(theta, solution.deviance, slope.theta, (solution, slope))

    objective = Objective(evaluate, _exact(problem) if len(problem.levels) == 1 else None)
    if not problem.levels:
        solution, slope = objective.at(np.empty(0)).detail
        return Optimum(solution, slope, Curvature(np.empty((0, 0)), 0.0, 0.0), 1, False, None)
    found = _climb(problem, objective, _identity(problem) if start is None else _inside(problem, start))
    several = problem.n_rows <= FEW or is_singular(problem.levels, found[0].detail[0].factors)
    if several and max(level.n_clusters for level in problem.levels) <= MANY:
        others = [_climb(problem, objective, spread * _identity(problem)) for spread in SPREADS]
        better = min(others, key=lambda end: end[0].value)
        found = better if better[0].value < found[0].value - SAME else found
    point, end, way_out = found
    solution, slope = point.detail
    return Optimum(solution, slope, end, objective.evaluations, is_singular(problem.levels, solution.factors), way_out)


def _exact(problem: Problem) -> Callable[[Point[Detail]], np.ndarray]:
    return lambda point: observed_hessian(problem, *point.detail)


def _climb(
    problem: Problem, objective: Objective[Detail], start: np.ndarray
) -> tuple[Point[Detail], Curvature, Escape | None]:
    """Search, and search again from wherever a boundary turns out to be no optimum."""
    steps = EM_STEPS_EXACT if objective.exact else EM_STEPS
    point, end = _arrive(problem, objective, _em(problem, objective, start, steps))
    for _ in range(RESTARTS):
        way_out = _escape(problem, point)
        if way_out is None:
            return point, end, None
        again = _em(problem, objective, _leave(problem, point.detail[0], way_out), 1)
        found, found_end = _arrive(problem, objective, again)
        if found.value >= point.value:
            return point, end, way_out
        point, end = found, found_end
    return point, end, _escape(problem, point)


def _escape(problem: Problem, point: Point[Detail]) -> Escape | None:
    solution, slope = point.detail
    return escape(problem, solution.factors, slope.sigma, [found.zz for found in slope.projections])


def _arrive(problem: Problem, objective: Objective[Detail], start: np.ndarray) -> tuple[Point[Detail], Curvature]:
    """The minimum from a start; a variance that is as good as nothing becomes nothing, where that costs nothing.

    The search goes on from there, since a saddle of the old root is no saddle of the new one (see square_root).
    """
    scoring = None if objective.exact else lambda begin: expected_hessian(problem, *begin.detail)
    point, end = minimise(objective, start, scoring)
    factors = point.detail[0].factors
    if not is_singular(problem.levels, factors):
        return point, end
    pairs = zip(problem.levels, factors, strict=True)
    snapped = [square_root(level, without_null(level, factor)) for level, factor in pairs]
    found = objective.at(theta_of(problem.levels, snapped))
    if found.value > point.value + 1e-7:
        return point, end
    return minimise(objective, found.place)


def _identity(problem: Problem) -> np.ndarray:
    return theta_of(problem.levels, [np.eye(len(level.mask)) for level in problem.levels])


def _inside(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """A start from a neighbour's optimum, moved off the boundary so that the gradient can speak there."""
    moved = []
    for level, factor in zip(problem.levels, factors_of(problem.levels, theta), strict=True):
        moved.append(square_root(level, factor @ factor.T + 1e-4 * np.eye(len(factor))))
    return theta_of(problem.levels, moved)


def _em(problem: Problem, objective: Objective[Detail], theta: np.ndarray, steps: int) -> np.ndarray:
    """Sigma <- Sigma - Sigma D Sigma / J, D being the deviance's derivative: the EM step in closed form."""
    for _ in range(steps):
        solution, slope = objective.at(theta).detail
        factors = []
        for level, factor, d in zip(problem.levels, solution.factors, slope.sigma, strict=True):
            sigma = factor @ factor.T
            sigma = sigma - sigma @ d @ sigma / level.n_clusters
            factors.append(square_root(level, sigma + 1e-12 * np.eye(len(sigma))))
        theta = theta_of(problem.levels, factors)
    return theta


def _leave(problem: Problem, solution: Solution, way_out: Escape) -> np.ndarray:
    factors = list(solution.factors)
    level, factor = problem.levels[way_out.level], factors[way_out.level]
    step = max(way_out.step, SINGULAR)
    way = np.outer(way_out.direction, way_out.direction)
    factors[way_out.level] = square_root(level, factor @ factor.T + step * way)
    return theta_of(problem.levels, factors)

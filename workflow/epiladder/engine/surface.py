"""Likelihood surfaces: the deviance over all parameters of a model at once, from the optimum outwards.

A surface says the deviance with its gradient at any place, and what a place means in the user's units: coefficients,
standard deviations, correlations. Profiles and likelihood ratios are searches on it (see `constrained`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.design.spec import INTERCEPT
from epiladder.engine.approximate import Nodes, evaluate, nested_rule, pack
from epiladder.engine.boundary import is_singular
from epiladder.engine.covariance import factors_of, raw_covariance, square_root, theta_of
from epiladder.engine.elimination import backward, forward
from epiladder.engine.fit import COARSE, MANY_PLACES, Approximation
from epiladder.engine.general import General, Outcome, make_general
from epiladder.engine.given import Parameters
from epiladder.engine.penalised import Start
from epiladder.engine.problem import Level, Problem, make_problem
from epiladder.engine.quadrature import rule
from epiladder.engine.search import Objective, Point, hessian
from epiladder.errors import LikelihoodError

INSIDE = 0.02  # relative variance given to a direction without any, so that a search can leave the boundary


@dataclass(frozen=True)
class Surface:
    """objective: the deviance by place (n,). peak: the optimum. spread: (n, n), place = peak + spread @ z, such that

    the deviance rises by about z'z. start: the peak, off the boundary. names: of the p coefficients, which come first.
    to_raw: (p, p), coefficients in the user's units from the first p of a place, and what is added to each, (p,).
    scale: of the outcome; levels: innermost first. gaussian: the last of a place is the log residual variance, relative
    to the squared scale; else it is a log dispersion, where `dispersed`. coarse: the same by a rule of few nodes, where
    the rule has many.
    """

    objective: Objective
    peak: Point
    spread: np.ndarray
    start: np.ndarray
    names: tuple[str, ...]
    to_raw: np.ndarray
    added: np.ndarray
    scale: float
    levels: tuple[Level, ...]
    gaussian: bool
    dispersed: bool
    coarse: Surface | None = None

    def coefficients(self, place: np.ndarray) -> np.ndarray:
        """The coefficients in the user's units, (p,)."""
        return self.to_raw @ place[: len(self.names)] + self.added

    def covariance(self, place: np.ndarray, k: int) -> np.ndarray:
        """The covariance matrix of a level (innermost first), in the user's units."""
        theta = place[len(self.names) :]
        variance = float(np.exp(place[-1])) * self.scale**2 if self.gaussian else 1.0
        return raw_covariance(self.levels[k], factors_of(self.levels, theta)[k], variance)

    def last(self, place: np.ndarray) -> float:
        """The residual standard deviation, or the dispersion, in the user's units."""
        return float(np.exp(place[-1] / 2)) * self.scale if self.gaussian else float(np.exp(place[-1]))


def gaussian_surface(cross: Crossproducts, model: Model, at: Parameters) -> Surface:
    """The ML deviance of a Gaussian model around its optimum `at`, from cross-products."""
    problem = make_problem(cross, model)
    added = np.zeros(problem.n_fixed)
    added[problem.names.index(INTERCEPT)] = problem.y_mean
    back = np.linalg.inv(problem.x_to_raw) * problem.y_scale
    factors = [
        square_root(level, level.to_raw @ raw @ level.to_raw.T / at.variance)
        for level, raw in zip(problem.levels, reversed(at.covariances), strict=True)
    ]
    log_variance = np.log(at.variance / problem.y_scale**2)
    beta = np.linalg.solve(back, at.beta - added)

    def packed(chosen: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([beta, theta_of(problem.levels, chosen), [log_variance]])

    return _made(
        lambda place: _gaussian_point(problem, place),
        [packed(chosen) for chosen in (factors, _inside(problem.levels, factors))],
        (problem.names, back, added, problem.y_scale, problem.levels, True, False),
    )


def _gaussian_point(problem: Problem, place: np.ndarray) -> Point[None]:
    """-2 log-likelihood with every constant, at coefficients, theta and a log residual variance that are given."""
    p = problem.n_fixed
    with np.errstate(over="ignore", under="ignore"):
        beta, variance = place[:p], float(np.exp(place[-1]))
    if not np.finfo(float).tiny < variance < np.inf:  # a search may step so far where the likelihood is flat
        raise LikelihoodError("The likelihood cannot be evaluated (a residual variance beyond what can be held).")
    factors = factors_of(problem.levels, place[p:-1])
    try:
        done = forward(problem.levels, problem.products, problem.total, factors)
    except FloatingPointError as error:
        raise LikelihoodError(f"The likelihood cannot be evaluated ({error}).") from None
    turned = done.tail @ np.append(-beta, 1.0)
    squares = float(turned @ np.append(-beta, 1.0))
    theta = []
    for level, factor, seen in zip(problem.levels, factors, backward(problem.levels, factors, done, p), strict=True):
        scores = seen.zy - np.tensordot(seen.zx, beta, axes=(1, 0))
        theta.append(2 * ((seen.zz.sum(axis=2) - scores @ scores.T / variance) @ factor)[level.mask])
    value = done.log_determinant + squares / variance
    value += problem.n_rows * np.log(2 * np.pi * variance * problem.y_scale**2)
    last = problem.n_rows - squares / variance
    return Point(place, float(value), np.concatenate([-2 * turned[:p] / variance, *theta, [last]]), None)


def general_surface(
    cross: Crossproducts,
    model: Model,
    columns: Mapping[str, np.ndarray],
    outcome: Outcome,
    approximation: Approximation,
    at: Parameters,
) -> Surface:
    """Minus twice the log-likelihood as approximated for the study, around its optimum `at`."""
    problem = make_general(cross, model, columns, outcome)
    log_dispersion = 0.0 if at.dispersion is None else float(np.log(at.dispersion))
    factors = [
        square_root(level, level.to_raw @ raw @ level.to_raw.T)
        for level, raw in zip(problem.levels, reversed(at.covariances), strict=True)
    ]
    beta = problem.x_to_raw @ at.beta
    places = [pack(problem, beta, f, log_dispersion) for f in (factors, _inside(problem.levels, factors))]
    fine, coarse = _rules(problem, approximation, places[0])
    back = np.linalg.inv(problem.x_to_raw)
    dispersed = problem.outcome.dispersed
    rest = (problem.names, back, np.zeros(len(beta)), 1.0, problem.levels, False, dispersed)
    if coarse is None:
        return _made(_deviance(problem, fine), places, rest)
    below = _made(_deviance(problem, coarse), places, rest)
    objective = Objective(_deviance(problem, fine))
    return replace(below, objective=objective, peak=objective.at(places[0]), coarse=below)


def _rules(problem: General, approximation: Approximation, place: np.ndarray) -> tuple[Nodes, Nodes]:
    """The plan's rule, and a coarse one to go by where it has many places; None is Laplace's, or that there is none."""
    chosen = approximation.nodes
    if not problem.levels or approximation.method != "quadrature" or chosen is None:
        return None, None
    if len(problem.levels) == 2:
        return nested_rule(problem, chosen, evaluate(problem, place, problem.at_rest(), None)), None
    effects = len(problem.levels[0].terms)
    return rule(chosen, effects), rule(COARSE, effects) if chosen**effects > MANY_PLACES else None


def _deviance(problem: General, nodes: Nodes) -> Callable[[np.ndarray], Point]:
    """Minus twice the log-likelihood by a rule; each evaluation starts the modes where the last one left them."""
    modes: list[list[Start]] = [problem.at_rest()]

    def point(place: np.ndarray) -> Point:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                found = evaluate(problem, place, modes[0], nodes)
        except (LikelihoodError, FloatingPointError) as error:
            modes[0] = problem.at_rest()
            raise LikelihoodError(str(error)) from None
        modes[0] = found.detail
        return found

    return point


def _inside(levels: tuple[Level, ...], factors: list[np.ndarray]) -> list[np.ndarray]:
    if not is_singular(levels, factors):
        return factors
    pairs = zip(levels, factors, strict=True)
    return [square_root(level, factor @ factor.T + INSIDE * np.eye(len(factor))) for level, factor in pairs]


def _made(function: Callable[[np.ndarray], Point], places: list[np.ndarray], rest: tuple) -> Surface:
    objective = Objective(function)
    peak = objective.at(places[0])
    values, vectors = np.linalg.eigh(hessian(objective, peak))
    sizes = np.maximum(np.abs(values), 1e-6 * np.abs(values).max())
    return Surface(objective, peak, vectors / np.sqrt(sizes / 2), places[1], *rest)

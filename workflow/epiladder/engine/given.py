"""The log-likelihood of a model at parameters that are given, in the user's units, rather than at its maximum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.design.spec import INTERCEPT
from epiladder.engine.approximate import evaluate, nested_rule, pack
from epiladder.engine.covariance import square_root
from epiladder.engine.elimination import forward
from epiladder.engine.fit import Approximation
from epiladder.engine.general import Outcome, make_general
from epiladder.engine.problem import Level, make_problem
from epiladder.engine.quadrature import rule
from epiladder.errors import LikelihoodError


@dataclass(frozen=True)
class Parameters:
    """beta: (p,), in the model's order. covariances: of each level with random effects, outermost first.

    variance: the residual variance, one outside Gaussian models. dispersion: of the negative binomial, else None.
    """

    beta: np.ndarray
    covariances: tuple[np.ndarray, ...]
    variance: float = 1.0
    dispersion: float | None = None


def gaussian_log_likelihood(cross: Crossproducts, model: Model, at: Parameters) -> float:
    """-[N log(2 pi s2) + log|V| + (y - Xb)'V^-1(y - Xb) / s2] / 2, with V the relative covariance of the rows."""
    problem = make_problem(cross, model)
    beta = at.beta.copy()
    beta[problem.names.index(INTERCEPT)] -= problem.y_mean
    solved = np.append(-problem.x_to_raw @ beta / problem.y_scale, 1.0)
    try:
        eliminated = forward(problem.levels, problem.products, problem.total, factors_at(problem.levels, at))
    except FloatingPointError as error:
        raise LikelihoodError(f"The likelihood cannot be evaluated ({error}).") from None
    squares = float(solved @ eliminated.tail @ solved) * problem.y_scale**2 / at.variance
    constant = problem.n_rows * np.log(2 * np.pi * at.variance)
    return -float(constant + eliminated.log_determinant + squares) / 2


def general_log_likelihood(
    cross: Crossproducts,
    model: Model,
    columns: Mapping[str, np.ndarray],
    outcome: Outcome,
    approximation: Approximation,
    at: Parameters,
) -> float:
    """As approximated for the study; columns and outcome as `fit_general` takes them."""
    problem = make_general(cross, model, columns, outcome)
    log_dispersion = float(np.log(at.dispersion)) if at.dispersion is not None else 0.0
    place = pack(problem, problem.x_to_raw @ at.beta, factors_at(problem.levels, at), log_dispersion)
    point = evaluate(problem, place, problem.at_rest(), None)
    if problem.levels and approximation.method == "quadrature" and approximation.nodes is not None:
        one_level = len(problem.levels) == 1
        nodes = approximation.nodes
        chosen = rule(nodes, len(problem.levels[0].terms)) if one_level else nested_rule(problem, nodes, point)
        point = evaluate(problem, place, point.detail, chosen)
    return -float(point.value) / 2


def factors_at(levels: tuple[Level, ...], at: Parameters) -> list[np.ndarray]:
    """Lambda of each level, innermost first, from covariances in raw units (outermost first)."""
    pairs = zip(levels, reversed(at.covariances), strict=True)
    return [square_root(level, level.to_raw @ raw @ level.to_raw.T / at.variance) for level, raw in pairs]

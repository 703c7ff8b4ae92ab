"""The only door to the engine: a model and its ladder's cross-products in, estimates by each criterion out."""

from __future__ import annotations

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.gaussian_result import estimates
from epiladder.engine.optimise import optimise
from epiladder.engine.problem import Problem, make_problem
from epiladder.engine.result import Estimates
from epiladder.errors import LikelihoodError


def fit_gaussian(
    cross: Crossproducts, model: Model, criteria: tuple[str, ...] = ("ML", "REML")
) -> dict[str, Estimates]:
    """Fit a Gaussian model by ML, REML or both.

    Raises LikelihoodError, in words, where the model is not identified or no likelihood can be evaluated.
    """
    problem = make_problem(cross, model)
    _refuse_unidentified(problem)
    fits: dict[str, Estimates] = {}
    start = None
    for criterion in criteria:
        optimum = optimise(problem, criterion, start)
        start = optimum.solution.theta
        fits[criterion] = estimates(problem, optimum)
    return fits


def _refuse_unidentified(problem: Problem) -> None:
    """Counts that leave nothing to estimate a variance from."""
    if problem.n_rows <= problem.n_fixed:
        raise LikelihoodError(
            f"There are {problem.n_rows} rows for {problem.n_fixed} fixed effects; more rows than effects are needed."
        )
    for level in problem.levels:
        n_effects = level.n_clusters * len(level.terms)
        if level.n_clusters < 2:
            raise LikelihoodError(f"There is only one cluster of level {level.name}; a variance needs at least two.")
        if n_effects >= problem.n_rows:
            raise LikelihoodError(
                f"Level {level.name} has {n_effects} random effects for {problem.n_rows} rows "
                f"({level.n_clusters} clusters times {len(level.terms)}): they cannot be told from the residual. "
                f"Leave the level or its random slope out of the plan."
            )

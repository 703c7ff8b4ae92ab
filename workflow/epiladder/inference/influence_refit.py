"""Leaving one cluster out of a Gaussian model, for every cluster of a level: exact refits where these are cheap.

Few clusters: every refit through the engine's door. More: Newton steps with each one's own Hessian, from the one step
that all take together. Many: that one step for all, and refits of the most influential.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.design.spec import INTERCEPT
from epiladder.engine.boundary import is_singular
from epiladder.engine.covariance import factors_of
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.gaussian import Solution, slopes, solve
from epiladder.engine.gaussian_result import estimates
from epiladder.engine.optimise import optimise
from epiladder.engine.problem import Problem, make_problem
from epiladder.engine.result import Estimates
from epiladder.engine.search import positive_inverse
from epiladder.errors import LikelihoodError
from epiladder.inference.degrees_of_freedom import satterthwaite
from epiladder.inference.influence_deleted import NONE, ONE_STEP, Deleted, Whole, crossing, nothing_known, with_answers
from epiladder.inference.influence_gaussian import Leaving, Step, one_step
from epiladder.inference.influence_units import LeftOut, left_out, remainder_size, taken
from epiladder.inference.kenward_roger import kenward_roger

FEW = 30  # clusters up to which every one is refitted through the engine's door
MANY = 500  # clusters beyond which only the most influential are refitted
REFITTED = 20
LARGEST = 2_000_000  # clusters that may stand side by side as remainders
NEWTON_STEPS = 12
ARRIVED = 1e-12  # predicted fall of the deviance at which a refit has arrived


def whole_of(fit: Estimates, df: np.ndarray) -> Whole:
    """The engine's estimates in the shape of this part. df: (p,), infinite for the normal law."""
    levels = tuple((level.level, level.terms) for level in fit.levels)
    variances = tuple(level.covariance for level in fit.levels)
    found = (fit.residual_variance, fit.dispersion, df, fit.deviance)
    return Whole(fit.names, fit.beta, fit.beta_covariance, levels, variances, *found)


def leave_one_out(
    cross: Crossproducts, model: Model, level: str, criterion: str, law: str, alpha: float = 0.05
) -> Deleted:
    """Every cluster of a level left out in turn. law: of the coefficients, `none` for the normal one, `satterthwaite`,
    or, of FEW clusters at the most, `kenward_roger`, whose covariance matrix goes with it.

    alpha: clusters that take a p-value across it are refitted as well, where not all are.

    Raises LikelihoodError, in words, where the model itself cannot be fitted or remainders would be too many.
    """
    problem = make_problem(cross, model)
    optimum = optimise(problem, criterion)
    fit, out = estimates(problem, optimum), left_out(cross, level)
    normal = law == "none"
    whole = _whole(cross, model, fit, law)
    n_clusters = len(out.inside)
    empty = nothing_known(cross, level, whole, n_clusters)
    if n_clusters <= FEW:
        return with_answers(empty, range(n_clusters), lambda c: _by_the_door(cross, model, out, c, criterion, law))
    if level != cross.levels[0] and remainder_size(cross, out) > LARGEST:
        raise LikelihoodError(f"there are too many clusters of {level} in each cluster outside to leave each out")
    leaving = Leaving.of(cross, model, out)
    theta = optimum.solution.theta
    step = one_step(leaving, theta, criterion)
    stepped = _stepped(empty, problem, step, normal)
    chosen = range(n_clusters)
    if n_clusters > MANY or optimum.singular:
        chosen = sorted({*map(int, stepped.order()[:REFITTED]), *crossing(stepped, alpha)[:REFITTED]})
    return with_answers(stepped, chosen, lambda c: _by_newton(cross, model, out, c, criterion, step, stepped))


def _whole(cross: Crossproducts, model: Model, fit: Estimates, law: str) -> Whole:
    """A fit with the degrees of freedom of its coefficients, and by Kenward and Roger their covariance matrix too."""
    if law != "kenward_roger":
        return whole_of(fit, np.full(len(fit.beta), np.inf) if law == "none" else satterthwaite(fit))
    made = kenward_roger(cross, model, fit)
    df = np.array([made.freedom(one[None])[0] for one in np.eye(len(fit.beta))])
    return replace(whole_of(fit, df), covariance=made.covariance)


def _by_the_door(cross: Crossproducts, model: Model, out: LeftOut, c: int, criterion: str, law: str) -> Whole | None:
    rest = taken(cross, out.mask(c, cross.products.shape[1]))
    try:
        fit = fit_gaussian(rest, model, (criterion,))[criterion]
    except LikelihoodError:
        return None
    return _whole(rest, model, fit, law)


def _stepped(empty: Deleted, problem: Problem, step: Step, normal: bool) -> Deleted:
    """The one step in the user's units."""
    sound = step.sound
    back = np.linalg.inv(problem.x_to_raw) * problem.y_scale
    beta = step.beta @ back.T
    beta[:, problem.names.index(INTERCEPT)] += problem.y_mean
    residual = step.variance * problem.y_scale**2
    by_level = [_covariances(problem, k, step.theta, residual) for k in range(len(problem.levels))]
    df = np.full(beta.shape, np.inf) if normal else step.df
    lost = ~sound
    for part in (beta, residual, *by_level):
        part[lost] = np.nan
    return replace(
        empty,
        method=np.where(sound, ONE_STEP, NONE).astype(object),
        beta=beta,
        errors=np.where(sound[:, None], np.sqrt(step.errors), np.nan),
        df=np.where(sound[:, None], df, np.nan),
        variances=tuple(reversed(by_level)),
        residual=residual,
        deviance=np.where(sound, step.deviance, np.nan),
    )


def _covariances(problem: Problem, k: int, theta: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """Sigma of a level in raw units without each cluster, (C, q, q)."""
    level = problem.levels[k]
    before = sum(int(other.mask.sum()) for other in problem.levels[:k])
    factor = np.zeros((len(theta), *level.mask.shape))
    factor[:, level.mask] = theta[:, before : before + int(level.mask.sum())]
    half = np.linalg.solve(np.broadcast_to(level.to_raw, factor.shape), factor)
    return residual[:, None, None] * half @ half.transpose(0, 2, 1)


def _by_newton(
    cross: Crossproducts, model: Model, out: LeftOut, c: int, criterion: str, step: Step, stepped: Deleted
) -> Whole | None:
    """An exact refit from the one step; degrees of freedom stay those of the step."""
    if not step.sound[c]:
        return None
    problem = make_problem(taken(cross, out.mask(c, cross.products.shape[1])), model)
    try:
        solution = _newton(problem, criterion, step.theta[c], step.hessian[c])
        if solution is None:
            solution = optimise(problem, criterion, step.theta[c]).solution
    except LikelihoodError:
        return None
    whole = stepped.whole
    back = np.linalg.inv(problem.x_to_raw) * problem.y_scale
    beta = back @ solution.beta
    beta[problem.names.index(INTERCEPT)] += problem.y_mean
    half = np.linalg.solve(solution.root, back.T)
    residual = solution.variance * problem.y_scale**2
    by_level = [
        _covariances(problem, k, solution.theta[None], np.array([residual]))[0] for k in range(len(problem.levels))
    ]
    return replace(
        whole,
        beta=beta,
        covariance=solution.variance * half.T @ half,
        variances=tuple(reversed(by_level)),
        residual=residual,
        df=stepped.df[c],
        deviance=solution.deviance,
    )


def _newton(problem: Problem, criterion: str, theta: np.ndarray, hessian: np.ndarray) -> Solution | None:
    """Newton's method with one Hessian for all steps; None where that does not settle inside the boundary."""
    inverse = positive_inverse(hessian)
    for _ in range(NEWTON_STEPS):
        solution = solve(problem, theta, criterion)
        gradient = slopes(problem, solution).theta
        move = inverse @ gradient
        if gradient @ move < ARRIVED:
            return None if is_singular(problem.levels, factors_of(problem.levels, theta)) else solution
        theta = theta - move
    return None

"""From an optimum in the problem's basis to estimates in the user's units."""

from __future__ import annotations

import numpy as np

from epiladder.engine.covariance import raw_covariance
from epiladder.engine.gaussian import Solution, degrees
from epiladder.engine.optimise import Optimum
from epiladder.engine.problem import Level, Problem
from epiladder.engine.result import RESIDUAL, Convergence, Estimates, LevelEstimate, LevelModes, Uncertainty
from epiladder.engine.variation import variation

CONTENT = 1e-6  # deviance units still to be gained below which a search has arrived
ROUNDING = 2e-15  # relative error of a sum of squares
MESSAGES = {
    "converged": "Converged.",
    "boundary": "Converged on the boundary: a variance is estimated as zero, or a correlation as one or minus one, "
    "and no other value fits better.",
    "failed": "Not converged: the search stopped where the likelihood can still rise. Do not use these estimates.",
}


def estimates(problem: Problem, optimum: Optimum, modes: bool = True) -> Estimates:
    """All reported quantities of a Gaussian optimum; conditional modes where they are wanted."""
    solution = optimum.solution
    back = np.linalg.inv(problem.x_to_raw) * problem.y_scale
    beta = back @ solution.beta
    beta[problem.names.index("(Intercept)")] += problem.y_mean
    inverse = np.linalg.inv(solution.root)
    unscaled = inverse.T @ inverse
    variance = solution.variance * problem.y_scale**2
    levels = tuple(
        LevelEstimate(level.name, level.terms, raw_covariance(level, factor, variance), int(level.mask.sum()))
        for level, factor in zip(problem.levels, solution.factors, strict=True)
    )
    uncertainty = _uncertainty(problem, optimum, unscaled, back)
    return Estimates(
        criterion=solution.criterion,
        method="exact",
        nodes=None,
        log_likelihood=-solution.deviance / 2,
        deviance=solution.deviance,
        n_parameters=problem.n_fixed + problem.n_theta + 1,
        names=problem.names,
        beta=beta,
        beta_covariance=solution.variance * back @ unscaled @ back.T,
        levels=tuple(reversed(levels)),
        residual_variance=variance,
        dispersion=None,
        convergence=_convergence(problem, optimum),
        uncertainty=uncertainty,
        modes=tuple(reversed(_modes(problem, optimum))) if modes else (),
        variation=variation(
            problem.levels,
            solution.factors,
            variance,
            (RESIDUAL, variance),
            uncertainty.parameter_covariance,
            None,
        ),
    )


def _convergence(problem: Problem, optimum: Optimum) -> Convergence:
    """Arrived means as near as rounding lets a search come: residuals are what is left of the outcome's squares."""
    solution, p = optimum.solution, problem.n_fixed
    residual = solution.variance * degrees(problem, solution.criterion)
    rounding = ROUNDING * problem.n_rows * float(problem.total[p, p]) / residual
    arrived = optimum.curvature.decrement < max(CONTENT, rounding) and optimum.escape is None
    status = "failed" if not arrived else "boundary" if optimum.singular else "converged"
    return Convergence(status, MESSAGES[status], optimum.curvature.scaled_gradient, optimum.evaluations)


def _uncertainty(problem: Problem, optimum: Optimum, unscaled: np.ndarray, back: np.ndarray) -> Uncertainty:
    """Covariance of (theta, log variance) from the joint Hessian of the deviance, and the derivatives of Cov(beta).

    The joint Hessian follows from the profiled one: its last row is known in closed form.
    """
    solution, slopes = optimum.solution, optimum.slopes
    n_theta = len(solution.theta)
    joint = np.empty((n_theta + 1, n_theta + 1))
    cross = [
        2 * (crossed @ factor)[level.mask] / solution.variance
        for level, factor, crossed in zip(problem.levels, solution.factors, slopes.residual, strict=True)
    ]
    cross = np.concatenate(cross) if cross else np.empty(0)
    n_degrees = degrees(problem, solution.criterion)
    joint[:n_theta, :n_theta] = optimum.curvature.hessian + np.outer(cross, cross) / n_degrees
    joint[:n_theta, n_theta] = joint[n_theta, :n_theta] = cross
    joint[n_theta, n_theta] = n_degrees
    derivatives = [*_theta_derivatives(problem, optimum, unscaled), unscaled]
    raw = np.array([solution.variance * back @ derivative @ back.T for derivative in derivatives])
    return Uncertainty(2 * _pseudo_inverse(joint), raw)


def _theta_derivatives(problem: Problem, optimum: Optimum, unscaled: np.ndarray) -> list[np.ndarray]:
    """d (X'V^-1X)^-1 / d theta: sums over clusters of t t' with t = (X'V^-1X)^-1 X'V^-1 Z."""
    derivatives = []
    pairs = zip(problem.levels, optimum.solution.factors, optimum.slopes.projections, strict=True)
    for level, factor, projection in pairs:
        q, p, _ = projection.zx.shape
        flat = np.tensordot(projection.zx, unscaled, axes=(1, 0)).transpose(0, 2, 1).reshape(q * p, -1)
        by_sigma = (flat @ flat.T).reshape(q, p, q, p)
        for a, b in zip(*np.nonzero(level.mask), strict=True):
            column = np.tensordot(by_sigma[a], factor[:, b], axes=(1, 0))
            derivatives.append(column + column.T)
    return derivatives


def _pseudo_inverse(hessian: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(hessian)
    positive = values > 1e-8
    return (vectors[:, positive] / values[positive]) @ vectors[:, positive].T


def _modes(problem: Problem, optimum: Optimum) -> list[LevelModes]:
    """Modes Sigma Z'V^-1(y - X beta), with variances s2 (Sigma - Sigma Z'V^-1Z Sigma) given the fixed effects."""
    solution = optimum.solution
    out = []
    for k, level in enumerate(problem.levels):
        projection = optimum.slopes.projections[k]
        sigma = solution.factors[k] @ solution.factors[k].T
        scores = projection.zy - np.tensordot(projection.zx, solution.beta, axes=(1, 0))
        back = np.linalg.inv(level.to_raw) * problem.y_scale
        modes = (back @ sigma @ scores).T
        known = np.einsum("ab,bcj,cd->jad", sigma, projection.zz, sigma)
        covariances = solution.variance * np.einsum("ab,jbc,dc->jad", back, sigma - known, back)
        alone, alone_variance = _alone(problem, solution, k, level, back)
        out.append(LevelModes(level.name, level.terms, modes, covariances, alone, alone_variance))
    return out


def _alone(
    problem: Problem, solution: Solution, k: int, level: Level, back: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each cluster by itself: least squares of y - X beta on its own Z, (J, q), and the variances."""
    products = problem.products[k]
    q, p = len(level.terms), problem.n_fixed
    zz = products[:, :q].transpose(2, 0, 1)
    zy = (products[:, -1] - np.tensordot(products[:, -1 - p : -1], solution.beta, axes=(1, 0))).T
    values = np.linalg.eigvalsh(zz)
    usable = values[:, 0] > 1e-9 * np.maximum(values[:, -1], 1.0)
    alone = np.full((len(zz), q), np.nan)
    variance = np.full((len(zz), q), np.nan)
    if usable.any():
        inverse = np.linalg.inv(zz[usable])
        alone[usable] = np.einsum("ab,jbc,jc->ja", back, inverse, zy[usable])
        variance[usable] = solution.variance * np.einsum("ab,jbc,ac->ja", back, inverse, back)
    return alone, variance

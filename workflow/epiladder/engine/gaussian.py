"""The Gaussian criteria: profiled ML and REML deviance in theta with their exact gradients.

Bates, Maechler, Bolker and Walker (2015), equations 34 and 41, for the deviances; the gradient goes through
dD/dSigma of each level, so its cost does not grow with the number of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.engine.covariance import factors_of
from epiladder.engine.elimination import Forward, LevelProjection, backward, forward
from epiladder.engine.problem import Problem
from epiladder.errors import LikelihoodError

CRITERIA = ("ML", "REML")


@dataclass(frozen=True)
class Solution:
    """The criterion at one theta, with all that was profiled out (in the problem's basis).

    deviance: -2 log-likelihood, or the REML criterion, of the raw data with every constant. variance: residual
    variance of the solved outcome. beta: (p,). root: Cholesky factor of X'V^-1X.
    """

    criterion: str
    theta: np.ndarray
    factors: list[np.ndarray]
    deviance: float
    variance: float
    beta: np.ndarray
    root: np.ndarray
    eliminated: Forward


def degrees(problem: Problem, criterion: str) -> int:
    """Divisor of the residual sum of squares: N under ML, N - p under REML."""
    return problem.n_rows - (problem.n_fixed if criterion == "REML" else 0)


def solve(problem: Problem, theta: np.ndarray, criterion: str) -> Solution:
    """Evaluate the profiled deviance. Raises LikelihoodError where it has no finite value."""
    factors = factors_of(problem.levels, theta)
    try:
        eliminated = forward(problem.levels, problem.products, problem.total, factors)
        p = problem.n_fixed
        root = np.linalg.cholesky(eliminated.tail[:p, :p])
    except (FloatingPointError, np.linalg.LinAlgError) as error:
        raise LikelihoodError(f"The likelihood cannot be evaluated ({error}).") from None
    half = np.linalg.solve(root, eliminated.tail[:p, p])
    residual = float(eliminated.tail[p, p] - half @ half)
    n_degrees = degrees(problem, criterion)
    if not residual > 1e-13 * problem.total[p, p]:
        raise LikelihoodError(
            "The fixed and random effects reproduce the outcome exactly; no residual variation is left."
        )
    variance = residual / n_degrees
    deviance = eliminated.log_determinant + n_degrees * (1 + np.log(2 * np.pi * variance * problem.y_scale**2))
    if criterion == "REML":
        deviance += 2 * float(np.log(np.diag(root)).sum()) + 2 * float(np.linalg.slogdet(problem.x_to_raw)[1])
    beta = np.linalg.solve(root.T, half)
    return Solution(criterion, theta, factors, float(deviance), variance, beta, root, eliminated)


@dataclass(frozen=True)
class Slopes:
    """Derivatives by level, innermost first: sigma[k] = d deviance / d Sigma_k, theta the stacked gradient.

    residual[k] = sum of r r' with r = Z'V^-1(y - X beta), the part that the residual sum of squares contributes.
    """

    sigma: list[np.ndarray]
    theta: np.ndarray
    residual: list[np.ndarray]
    projections: list[LevelProjection]


def slopes(problem: Problem, solution: Solution) -> Slopes:
    """The exact gradient of the profiled deviance (the envelope theorem removes beta and the residual variance)."""
    projections = backward(problem.levels, solution.factors, solution.eliminated, problem.n_fixed)
    sigma, residual, theta = [], [], []
    for level, factor, projection in zip(problem.levels, solution.factors, projections, strict=True):
        scores = projection.zy - solution.beta @ projection.zx
        crossed = scores @ scores.T
        slope = projection.zz.sum(axis=2) - crossed / solution.variance
        if solution.criterion == "REML":
            slope -= _restriction(projection.zx, solution.root)
        slope = (slope + slope.T) / 2
        sigma.append(slope)
        residual.append(crossed)
        theta.append(2 * (slope @ factor)[level.mask])
    return Slopes(sigma, np.concatenate(theta) if theta else np.empty(0), residual, projections)


def _restriction(zx: np.ndarray, root: np.ndarray) -> np.ndarray:
    """sum over clusters of (Z'V^-1X)(X'V^-1X)^-1(X'V^-1Z)."""
    q, p, n_clusters = zx.shape
    half = np.linalg.solve(root, np.ascontiguousarray(zx.transpose(1, 0, 2)).reshape(p, -1)).reshape(p, q, n_clusters)
    flat = half.transpose(1, 0, 2).reshape(q, -1)
    return flat @ flat.T


def expected_hessian(problem: Problem, solution: Solution, slope: Slopes) -> np.ndarray:
    """What the deviance's Hessian in theta is expected to be, (n, n), level by level: Fisher scoring, Longford (1987).

    With dSigma_a the change of Sigma by theta_a it is sum_j tr(zz_j dSigma_a zz_j dSigma_b) less what the profiled
    residual variance takes up; what Sigma's own curvature in theta adds is exact.
    """
    n_theta = problem.n_theta
    hessian, traces = np.zeros((n_theta, n_theta)), np.zeros(n_theta)
    first = 0
    for level, factor, sigma, projection in zip(
        problem.levels, solution.factors, slope.sigma, slope.projections, strict=True
    ):
        q = len(factor)
        flat = projection.zz.reshape(q * q, -1)
        products = (flat @ flat.T).reshape(q, q, q, q)
        total = projection.zz.sum(axis=2)
        units = []
        for row, column in np.argwhere(level.mask):
            unit = np.zeros((q, q))
            unit[row, column] = 1.0
            units.append(unit)
        moves = [unit @ factor.T + factor @ unit.T for unit in units]
        for a, (unit, move) in enumerate(zip(units, moves, strict=True)):
            traces[first + a] = float((total * move).sum())
            turned = np.einsum("abcd,bc->ad", products, move)
            for b in range(len(units)):
                own = 2.0 * float((sigma * (unit @ units[b].T)).sum())
                hessian[first + a, first + b] = float((turned * moves[b].T).sum()) + own
        first += len(units)
    return hessian - np.outer(traces, traces) / degrees(problem, solution.criterion)

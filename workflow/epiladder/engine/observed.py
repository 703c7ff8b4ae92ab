"""The Hessian of a Gaussian deviance with one level of clusters, exactly and for next to nothing.

With one level V^-1 has a block for each cluster, so the second derivatives of log|V|, of y'Py and of log|X'V^-1X| are
sums over clusters of what the gradient has already made (Searle, Casella and McCulloch 1992, section 6.6, for each of
them). With more levels siblings share V^-1's blocks, and differences of the gradient serve.
"""

from __future__ import annotations

import numpy as np

from epiladder.engine.gaussian import Slopes, Solution, degrees
from epiladder.engine.problem import Level, Problem


def observed_hessian(problem: Problem, solution: Solution, slopes: Slopes) -> np.ndarray:
    """The Hessian (n, n) in theta of the profiled deviance of one level.

    With A and B the changes of Sigma, r the scores and M = (X'V^-1X)^-1: sum_j tr(zz A S B) with
    S = 2 r r'/s2 - zz, and 2 zx M zx' more under REML, less what the profiled parameters take up.
    """
    (level,), (factor,), (projection,) = problem.levels, solution.factors, slopes.projections
    q, p, _ = projection.zx.shape
    inverse = np.linalg.inv(solution.root)
    scores = projection.zy - solution.beta @ projection.zx
    across = (2.0 / solution.variance) * scores[:, None] * scores[None] - projection.zz
    by_fixed = np.tensordot(inverse, projection.zx, axes=(1, 1))
    if solution.criterion == "REML":
        across += 2.0 * np.einsum("iaj,ibj->abj", by_fixed, by_fixed)
    products = (projection.zz.reshape(q * q, -1) @ across.reshape(q * q, -1).T).reshape(q, q, q, q)
    moves = _moves(level, factor)
    flat_moves = moves.reshape(len(moves), q * q)
    halfway = np.einsum("mbc,abcd->mda", moves, products).reshape(len(moves), q * q)
    turned = halfway @ flat_moves.T
    crossed = (by_fixed.reshape(p * q, -1) @ scores.T).reshape(p, q * q)
    fixed = flat_moves @ crossed.T
    residual = flat_moves @ slopes.residual[0].ravel()
    turned -= (2.0 / solution.variance) * fixed @ fixed.T
    turned -= np.outer(residual, residual) / (degrees(problem, solution.criterion) * solution.variance**2)
    if solution.criterion == "REML":
        flat = by_fixed.reshape(p * q, -1)
        squares = (flat @ flat.T).reshape(p, q, p, q)
        restricted = np.einsum("xayb,mab->mxy", squares, moves).reshape(len(moves), -1)
        turned -= restricted @ restricted.T
    rows, columns = np.nonzero(level.mask)
    return turned + 2.0 * slopes.sigma[0][np.ix_(rows, rows)] * (columns[:, None] == columns)


def _moves(level: Level, factor: np.ndarray) -> np.ndarray:
    """How Sigma = Lambda Lambda' changes with each free entry of Lambda, (n, q, q)."""
    moves = []
    for row, column in np.argwhere(level.mask):
        move = np.zeros_like(factor)
        move[row] = factor[:, column]
        moves.append(move + move.T)
    return np.array(moves)

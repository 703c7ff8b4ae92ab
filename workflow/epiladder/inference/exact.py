"""Exact tests of variances in Gaussian models: F from residual sums of squares, and the restricted likelihood ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.cluster_columns import residual
from epiladder.engine.problem import Problem, make_problem

GRID = 121  # variance ratios at which the restricted likelihood of every draw is looked at
DRAWS = 10_000
MOST_CLUSTERS = 1_500  # an eigenvalue problem of this size is the largest that is worth its time
BLOCK = 2_000


@dataclass(frozen=True)
class ExactF:
    """F with its degrees of freedom and p-value."""

    statistic: float
    df_between: int
    df_within: int
    p_value: float


def exact_f(cross: Crossproducts, smaller: Model, larger: Model) -> ExactF | str:
    """F = [(RSS0 - RSS1) / (r1 - r0)] / [RSS1 / (N - r1)], each model's effects taken as fixed columns of its clusters.

    Exact under the smaller model whatever the sizes, for errors that are normal (Wald 1947; Seely and El-Bassiouni
    1983, Hui, Mueller and Welsh 2019). In place of a number, a sentence where the columns leave nothing to compare.
    """
    from scipy.special import fdtrc

    problem = make_problem(cross, larger)
    without, within = residual(make_problem(cross, smaller)), residual(problem)
    df_between, df_within = within.rank - without.rank, problem.n_rows - within.rank
    if df_between < 1:
        return "the larger rung's cluster columns add nothing to those of the smaller"
    if df_within < 1 or within.squares <= 1e-12 * problem.total[-1, -1]:
        return "a column for every cluster's effects leaves no residual variation"
    statistic = (without.squares - within.squares) / df_between / (within.squares / df_within)
    return ExactF(statistic, df_between, df_within, float(fdtrc(df_between, df_within, max(statistic, 0.0))))


def restricted_draws(problem: Problem, generator: np.random.Generator, draws: int = DRAWS) -> np.ndarray | str:
    """Draws (B,) of the restricted likelihood-ratio statistic of one variance from none, in its exact null law.

    Crainiceanu and Ruppert (2004, theorem 1): with mu_s the eigenvalues of Z'(I - P_X)Z and w standard normal, the
    statistic is the largest over l >= 0 of (N - p) log(1 + A(l) / D(l)) - sum_s log(1 + l mu_s), with
    A = sum l mu_s w_s^2 / (1 + l mu_s) and D = sum w_s^2 / (1 + l mu_s) + chi-square on N - p - K.
    """
    if len(problem.levels) != 1 or len(problem.levels[0].terms) != 1:
        return "its exact law is known for one variance alone"
    if problem.levels[0].n_clusters > MOST_CLUSTERS:
        return f"with more than {MOST_CLUSTERS:,} clusters the mixture's law is as good, and is read instead"
    mu = eigenvalues(problem)
    n_degrees = problem.n_rows - problem.n_fixed
    ratios = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, GRID) / mu.mean()])
    shrunk = 1 / (1 + np.outer(mu, ratios))
    penalty = np.log1p(np.outer(mu, ratios)).sum(axis=0)
    found = []
    for first in range(0, draws, BLOCK):
        number = min(BLOCK, draws - first)
        squares = generator.standard_normal((number, len(mu))) ** 2
        rest = generator.chisquare(n_degrees - len(mu), number) if n_degrees > len(mu) else np.zeros(number)
        total = squares.sum(axis=1) + rest
        left = squares @ shrunk + rest[:, None]
        curve = n_degrees * np.log(total[:, None] / left) - penalty
        found.append(_peaks(curve))
    return np.concatenate(found)


def eigenvalues(problem: Problem) -> np.ndarray:
    """Those of Z'(I - P_X)Z that are not zero, for one effect of one level; from cross-products, (K,)."""
    products, p = problem.products[0], problem.n_fixed
    gram = np.diag(products[0, 0])
    half = np.linalg.solve(np.linalg.cholesky(problem.total[:p, :p]), products[0, 1 : 1 + p])
    values = np.linalg.eigvalsh(gram - half.T @ half)
    return values[values > 1e-9 * values.max()]


def _peaks(curve: np.ndarray) -> np.ndarray:
    """The largest value of each row, by a parabola through the best point of the grid and its neighbours; never < 0."""
    at = np.clip(curve.argmax(axis=1), 2, curve.shape[1] - 2)  # the first point is zero, and no neighbour by its log
    row = np.arange(len(curve))
    low, here, high = (curve[row, at + step] for step in (-1, 0, 1))
    bend = np.minimum(low - 2 * here + high, -1e-300)
    shift = np.clip((low - high) / (2 * bend), -1, 1)
    peak = here - (low - high) * shift / 4
    best = curve.max(axis=1)
    return np.maximum(np.where(curve.argmax(axis=1) == at, np.maximum(peak, best), best), 0.0)

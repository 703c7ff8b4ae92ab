"""log|V| and X'V^-1X of a Gaussian model with their second derivatives by every variance and covariance.

V is linear in the free entries of each level's covariance matrix and in the residual variance, so these derivatives
hold all that Kenward and Roger's (1997) approximation needs: d X'V^-1X = -X'V^-1 G V^-1 X, and tr(V^-1 G V^-1 H) is
minus the second derivative of log|V|. They come from the elimination of levels in jets: cross-products in, no rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.jets import Jet, each, inverse, log_determinant, plus, product
from epiladder.engine.problem import Level, Problem, make_problem

CLUSTERS_A_RUN = 1 << 11


@dataclass(frozen=True)
class SecondOrder:
    """At V over the residual variance. Parameters: the free entries of each level's Sigma, innermost level first, and

    the residual variance last. information: (p, p), X'V^-1X of the solved columns; first, second: (n, p, p) and
    (n, n, p, p), its derivatives. log_determinant: (n, n), second derivatives of log|V|. back: (p, p), coefficients of
    raw columns from those of solved ones.
    """

    information: np.ndarray
    first: np.ndarray
    second: np.ndarray
    log_determinant: np.ndarray
    back: np.ndarray


def second_order(
    cross: Crossproducts, model: Model, covariances: tuple[np.ndarray, ...], variance: float
) -> SecondOrder:
    """Derivatives at covariances of each level (outermost first) and a residual variance, in the user's units."""
    problem = make_problem(cross, model)
    pairs = zip(problem.levels, reversed(covariances), strict=True)
    sigmas = [level.to_raw @ raw @ level.to_raw.T / variance for level, raw in pairs]
    jets = _sigma_jets(problem.levels, sigmas)
    p = problem.n_fixed
    tail: Jet = {(): problem.total[:p, :p].copy()}
    logs: Jet = {(): np.zeros(())}
    for run in _runs(problem.levels):
        explained, log = _eliminate(problem, jets, run)
        tail, logs = plus(tail, explained, -1.0), plus(logs, log)
    return _with_residual(problem, sigmas, tail, logs)


def _sigma_jets(levels: tuple[Level, ...], sigmas: list[np.ndarray]) -> list[Jet]:
    """Sigma of each level with its derivatives, one at a free entry and at its mirror image."""
    jets, number = [], 0
    for level, sigma in zip(levels, sigmas, strict=True):
        jet: Jet = {(): sigma}
        for row, column in np.argwhere(level.mask):
            unit = np.zeros_like(sigma)
            unit[row, column] = unit[column, row] = 1.0
            jet[(number,)] = unit
            number += 1
        jets.append(jet)
    return jets


def _runs(levels: tuple[Level, ...]) -> Iterator[list[slice]]:
    """The clusters of each level, a run of whole outermost clusters at a time."""
    if not levels:
        return
    bounds = [np.append(level.starts[-1], level.n_clusters) for level in levels[:-1]]
    bounds.append(np.arange(levels[-1].n_clusters + 1))
    targets = np.arange(CLUSTERS_A_RUN, levels[0].n_clusters, CLUSTERS_A_RUN)
    cuts = np.unique([0, *np.searchsorted(bounds[0], targets), levels[-1].n_clusters])
    for low, high in pairwise(cuts):
        yield [slice(int(bound[low]), int(bound[high])) for bound in bounds]


def _eliminate(problem: Problem, sigmas: list[Jet], run: list[slice]) -> tuple[Jet, Jet]:
    """What a run's clusters explain of X'X, and their share of log|V|."""
    levels = problem.levels
    products: list[Jet] = [
        {(): np.moveaxis(given[:, :-1, part], 2, 0)} for given, part in zip(problem.products, run, strict=True)
    ]
    tail: Jet = {}
    logs: Jet = {}
    for k, level in enumerate(levels):
        q = len(level.mask)
        own = each(products[k], lambda value, q=q: value[..., :q])
        rest = each(products[k], lambda value, q=q: value[..., q:])
        system = plus({(): np.eye(q)}, product(own, sigmas[k]))
        inverted = inverse(system)
        logs = plus(logs, each(log_determinant(system, inverted[()]), np.sum))
        weighted = product(product(sigmas[k], inverted), rest)
        first = 0
        for step, outer in enumerate(range(k + 1, len(levels))):
            width = len(levels[outer].mask)
            starts = level.starts[step][run[outer]] - run[k].start
            left = each(rest, lambda value, a=first, b=first + width: np.swapaxes(value[..., a:b], -1, -2))
            explained = product(left, each(weighted, lambda value, a=first: value[..., a:]))
            explained = each(explained, lambda value, starts=starts: np.add.reduceat(value, starts, axis=0))
            products[outer] = plus(products[outer], explained, -1.0)
            first += width
        last = [each(jet, lambda value, a=first: value[..., a:]) for jet in (rest, weighted)]
        tail = plus(tail, product(*last, times=_summed))
    return tail, logs


def _summed(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """sum over clusters of left'right."""
    return left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1])


def _with_residual(problem: Problem, sigmas: list[np.ndarray], tail: Jet, logs: Jet) -> SecondOrder:
    """Derivatives by the residual variance follow from Euler's theorem: V is linear in all its parameters together."""
    n, p = problem.n_theta, problem.n_fixed
    entries = [sigma[level.mask] for level, sigma in zip(problem.levels, sigmas, strict=True)]
    at = np.concatenate([*entries, np.empty(0)])
    first, second, log = np.zeros((n + 1, p, p)), np.zeros((n + 1, n + 1, p, p)), np.zeros((n + 1, n + 1))
    slope = np.zeros(n + 1)
    for r in range(n):
        first[r], slope[r] = tail[(r,)], logs[(r,)]
        for s in range(r, n):
            second[r, s] = second[s, r] = tail.get((r, s), 0.0)
            log[r, s] = log[s, r] = logs.get((r, s), 0.0)
    first[n] = -tail[()] - np.tensordot(at, first[:n], axes=1)
    slope[n] = problem.n_rows - at @ slope[:n]
    for r in range(n):
        second[r, n] = second[n, r] = -2 * first[r] - np.tensordot(at, second[r, :n], axes=1)
        log[r, n] = log[n, r] = -slope[r] - at @ log[r, :n]
    second[n, n] = -2 * first[n] - np.tensordot(at, second[n, :n], axes=1)
    log[n, n] = -slope[n] - at @ log[n, :n]
    return SecondOrder(tail[()], first, second, log, np.linalg.inv(problem.x_to_raw))

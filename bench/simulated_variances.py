"""Simulated Gaussian studies with one level of clusters, and what every test and interval of variances says of them.

Outcomes are drawn as cross-products and refitted many at once, so that thousands of studies cost what a few fits do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from epiladder.design.crossproducts import Crossproducts, crossproducts, pair
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.batch import Batch, make_batch
from epiladder.engine.batch_deviance import evaluate
from epiladder.engine.batch_search import Refits, refit
from epiladder.engine.draws import Drawn, Simulator
from epiladder.engine.given import Parameters
from epiladder.engine.problem import make_problem
from epiladder.inference.exact import ExactF, exact_f, restricted_draws
from epiladder.inference.fitted import LARGEST_ERROR
from epiladder.inference.monte_carlo import percentile, simulated_p
from epiladder.inference.reference import chi_square, one_more_effect
from epiladder.inference.resample_gaussian import start_at
from epiladder.inference.variation import OneWay, exact_interval

DRAWS = 199  # of the bootstrap within the simulation
RUN = 25  # studies whose bootstrap outcomes are refitted together
LEVEL, COVERED = 0.05, 0.95
POINT = 1.959963984540054  # of the normal law
ZERO = 1e-4  # ratio of standard deviations, as the engine calls a fit singular
UNEQUAL = (2, 3, 5, 10, 15, 25)
ONE, X = "(Intercept)", "x"
MEAN = Model("y", (ONE,))
NULL = Model("y", (ONE,), (RandomColumns("cluster", ((ONE,),)),))
FLAT = Model("y", (ONE, X), (RandomColumns("cluster", ((ONE,),)),))
SLOPE = Model("y", (ONE, X), (RandomColumns("cluster", ((ONE, X),)),))


@dataclass(frozen=True)
class Cell:
    """A design: clusters, of ten rows each or of unequal sizes with that mean, the true ICC, and what is tested."""

    clusters: int
    balanced: bool
    icc: float
    slope: bool = False
    bootstrap: bool = False

    @property
    def sizes(self) -> np.ndarray:
        """Rows in each cluster."""
        return np.full(self.clusters, 10) if self.balanced else np.resize(UNEQUAL, self.clusters)

    @property
    def models(self) -> tuple[Model, Model]:
        """The smaller and the larger model."""
        return (FLAT, SLOPE) if self.slope else (MEAN, NULL)

    @property
    def variance(self) -> float:
        """Between clusters; within them it is one."""
        return self.icc / (1 - self.icc)

    def truth(self) -> Parameters:
        """What outcomes are drawn with: a variance of intercepts, and slopes that do not differ."""
        return Parameters(np.zeros(2 if self.slope else 1), (np.array([[self.variance]]),), 1.0)

    def design(self, seed: int) -> Crossproducts:
        """Cross-products whose columns are fixed for the cell; their outcome is replaced by what is drawn."""
        rng = np.random.default_rng([seed, self.clusters, self.balanced])
        starts, n = np.cumsum(self.sizes) - self.sizes, int(self.sizes.sum())
        columns = [np.ones(n), rng.normal(size=n), rng.normal(size=n)]
        return crossproducts([ONE, X, "y"], columns, starts, ["cluster"], [np.arange(self.clusters)])


Fits = dict[str, tuple[Refits, Refits]]  # by criterion: the smaller and the larger model
Hits = dict[str, np.ndarray]  # by method, one or zero a study; -1 where the method has no answer


def studies(cell: Cell, seed: int, replicates: int) -> tuple[Hits, Hits]:
    """Rejections by each test and hits by each interval, (R,) each."""
    cross, (smaller, larger), at = cell.design(seed), cell.models, cell.truth()
    rng = np.random.default_rng([seed, cell.clusters, cell.balanced, round(100 * cell.icc), cell.slope])
    drawn = Simulator(cross, FLAT if cell.slope else NULL, at, larger.fixed, _random(larger)).draw([rng] * replicates)
    fits = {criterion: _both(cross, smaller, larger, drawn, at, criterion) for criterion in ("ML", "REML")}
    tests = _laws(cell, fits) | _exact(cell, cross, drawn, fits, rng)
    intervals: Hits = {}
    if not cell.slope:
        batch = make_batch(cross, NULL, drawn)
        intervals = {"exact": _exact_intervals(cell, cross, drawn), "delta": _delta(cell, batch, fits["REML"][1])}
        intervals["profile"] = profiles(cell, batch, fits["ML"][1])
    if cell.bootstrap and (cell.slope or cell.icc == 0):
        tests["bootstrap"] = np.array(list(_bootstrap_tests(cell, cross, fits["REML"], rng)))
    if cell.bootstrap and not cell.slope and cell.icc > 0:
        found = np.array(list(_bootstrap_intervals(cell, cross, fits["REML"][1], rng)))
        intervals |= {"bootstrap, ICC": found[:, 0], "bootstrap, variance": found[:, 1]}
    return tests, intervals


def _random(model: Model) -> list[str]:
    return [name for part in model.random for name in part.names]


def _both(
    cross: Crossproducts, smaller: Model, larger: Model, drawn: Drawn, at: Parameters, criterion: str
) -> tuple[Refits, Refits]:
    made = []
    for model in (smaller, larger):
        batch = make_batch(cross, model, drawn)
        made.append(refit(batch, criterion, start_at(batch.problem.levels, NULL, at)))
    return made[0], made[1]


def _statistics(fits: tuple[Refits, Refits]) -> np.ndarray:
    return np.maximum(2 * (fits[1].log_likelihood - fits[0].log_likelihood), 0.0)


def _laws(cell: Cell, fits: Fits) -> Hits:
    naive, mixture = chi_square(2 if cell.slope else 1), one_more_effect(1 if cell.slope else 0, 0)
    return {
        f"{name}, {criterion}": _rejected([law.p_value(statistic) for statistic in _statistics(both)])
        for name, law in (("naive", naive), ("mixture", mixture))
        for criterion, both in fits.items()
    }


def _rejected(p_values: list[float]) -> np.ndarray:
    """Where p is below the nominal size; no answer where a fit was lost."""
    return np.where(np.isnan(p_values), -1, np.array(p_values) < LEVEL)


def _exact(cell: Cell, cross: Crossproducts, drawn: Drawn, fits: Fits, rng: np.random.Generator) -> Hits:
    """Exact F of every outcome; the restricted ratio by its law, drawn once for the design."""
    smaller, larger = cell.models
    found = [exact_f(one, smaller, larger) for one in with_outcomes(cross, drawn)]
    hits = {"exact F": np.array([isinstance(test, ExactF) and test.p_value < LEVEL for test in found])}
    if cell.slope:
        return hits
    law = restricted_draws(make_problem(cross, larger), rng)
    if isinstance(law, str):
        raise ValueError(law)
    seen = _statistics(fits["REML"])
    p_values = [np.nan if np.isnan(value) else simulated_p(float(value), law, COVERED).p_value for value in seen]
    return {**hits, "restricted": _rejected(p_values)}


def with_outcomes(cross: Crossproducts, drawn: Drawn) -> Iterator[Crossproducts]:
    """The cross-products with each outcome in the place of their own, and y'y of all in the first cluster."""
    y = cross.basis.index("y")
    for r in range(len(drawn.square)):
        products = cross.products.copy()
        for at, name in enumerate(drawn.fixed):
            if name not in drawn.random:
                products[pair(y, cross.basis.index(name))] = drawn.x[at, r] / products.shape[1]
        for name, values in zip(drawn.random, drawn.z[:, r], strict=True):
            products[pair(y, cross.basis.index(name))] = values
        products[pair(y, y)] = 0.0
        products[pair(y, y), 0] = drawn.square[r]
        yield replace(cross, products=products)


def _exact_intervals(cell: Cell, cross: Crossproducts, drawn: Drawn) -> np.ndarray:
    covered, df = [], float(cross.sizes.sum() - cell.clusters)
    for r in range(len(drawn.square)):
        sums = drawn.z[0, r]
        within = float(drawn.square[r] - (sums**2 / cross.sizes).sum()) / df
        interval = exact_interval(OneWay(cross.sizes, sums / cross.sizes, within, df), COVERED)
        covered.append(-1 if interval.low is None else interval.low <= cell.icc <= (interval.high or 0.0))
    return np.array(covered)


def _delta(cell: Cell, batch: Batch, fit: Refits) -> np.ndarray:
    """By the delta method on the logit scale, as measures of the ICC have it: logit(ICC) = 2 log theta.

    None at a variance of zero, nor so near to it that its standard error says nothing (`Fitted.delta`). The profiled
    criterion's second derivative by theta, from its exact gradients, is the joint Hessian's complement.
    """
    theta = np.sqrt(fit.covariances[0][:, 0, 0] / fit.variance)[:, None] * batch.problem.levels[0].to_raw[0, 0]
    width = 1e-5 * np.maximum(theta, ZERO)
    ends = [evaluate(batch, theta + sign * width, "REML").gradient for sign in (1, -1)]
    bend = ((ends[0] - ends[1]) / (2 * width))[:, 0]
    has = (theta[:, 0] > ZERO) & (bend > 0)
    error = 2 * np.sqrt(2 / np.where(has, bend, 1.0)) / np.where(has, theta[:, 0], 1.0)
    has &= error <= LARGEST_ERROR
    middle = np.log(np.maximum(fit.covariances[0][:, 0, 0], 1e-300) / fit.variance)
    truth = np.log(cell.variance) if cell.variance > 0 else -np.inf
    return np.where(has, (np.abs(middle - truth) <= POINT * error).astype(int), -1)


def profiles(cell: Cell, batch: Batch, fit: Refits) -> np.ndarray:
    """Whether the profile interval of the clusters' standard deviation, by maximum likelihood, holds the true one.

    It does where the deviance at the truth, least over all else, is within chi-square's point of the optimum's.
    """
    rise = _profiled(cell, batch) + 2 * fit.log_likelihood
    return np.where(np.isnan(rise), -1, rise <= POINT**2)


def _profiled(cell: Cell, batch: Batch) -> np.ndarray:
    """The ML deviance at the true variance between clusters, least over the residual variance (golden section)."""
    level, scale = batch.problem.levels[0], batch.problem.y_scale
    truth = cell.variance / scale**2 * level.to_raw[0, 0] ** 2

    def deviance(log_variance: np.ndarray) -> np.ndarray:
        variance = np.exp(log_variance)
        point = evaluate(batch, np.sqrt(truth / variance)[:, None], "ML")
        n = batch.problem.n_rows
        # the profiled deviance with its own residual variance taken out, and this one put in
        return point.value + n * (np.log(variance / point.variance) + point.variance / variance - 1)

    low, high = (np.full(len(batch.yy), np.log(end / scale**2)) for end in (0.05, 20.0))
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(45):
        inner = low + (1 - golden) * (high - low), low + golden * (high - low)
        left = deviance(inner[0]) < deviance(inner[1])
        low, high = np.where(left, low, inner[0]), np.where(left, inner[1], high)
    return deviance((low + high) / 2)


def _drawn_from_each(
    cross: Crossproducts, model: Model, fit: Refits, larger: Model, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, Drawn]]:
    """Runs of studies, and DRAWS outcomes drawn from each one's own fit, one after the other (means are ancillary)."""
    for first in range(0, len(fit.variance), RUN):
        run = np.arange(first, min(first + RUN, len(fit.variance)))
        parts = []
        for r in run:
            at = Parameters(np.zeros(len(model.fixed)), tuple(v[r] for v in fit.covariances), float(fit.variance[r]))
            parts.append(Simulator(cross, model, at, larger.fixed, _random(larger)).draw([rng] * DRAWS))
        z = np.concatenate([part.z for part in parts], axis=1)
        x = np.concatenate([part.x for part in parts], axis=1)
        square = np.concatenate([part.square for part in parts])
        yield run, Drawn(parts[0].random, parts[0].fixed, z, x, square)


def _bootstrap_tests(
    cell: Cell, cross: Crossproducts, fits: tuple[Refits, Refits], rng: np.random.Generator
) -> Iterator[int]:
    """Each outcome's statistic among those of outcomes drawn from its own smaller fit."""
    (smaller, larger), seen = cell.models, _statistics(fits)
    for run, drawn in _drawn_from_each(cross, smaller, fits[0], larger, rng):
        draws = _statistics(_both(cross, smaller, larger, drawn, cell.truth(), "REML")).reshape(len(run), DRAWS)
        for r, own in zip(run, draws, strict=True):
            yield -1 if np.isnan(seen[r]) else simulated_p(float(seen[r]), own[~np.isnan(own)], COVERED).p_value < LEVEL


def _bootstrap_intervals(
    cell: Cell, cross: Crossproducts, fit: Refits, rng: np.random.Generator
) -> Iterator[tuple[bool, bool]]:
    """Percentile intervals of the ICC and of the variance, from outcomes drawn from each outcome's own fit."""
    for run, drawn in _drawn_from_each(cross, NULL, fit, NULL, rng):
        batch, at = make_batch(cross, NULL, drawn), cell.truth()
        again = refit(batch, "REML", start_at(batch.problem.levels, NULL, at))
        between = again.covariances[0][:, 0, 0]
        rows = [(values.reshape(len(run), DRAWS)) for values in (between / (between + again.variance), between)]
        for icc, variance in zip(*rows, strict=True):
            yield _holds(icc, cell.icc), _holds(variance, cell.variance)


def _holds(values: np.ndarray, truth: float) -> bool:
    found = percentile(values[~np.isnan(values)], COVERED)
    return found.low is not None and found.high is not None and found.low <= truth <= found.high

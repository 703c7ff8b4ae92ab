"""Simulated outcomes of a model that is not Gaussian, row by row, and models refitted to them from near by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.approximate import Arrival, arrive_near, arrive_nested, pack, unpack
from epiladder.engine.boundary import is_singular
from epiladder.engine.covariance import raw_covariance, square_root
from epiladder.engine.fit import Approximation
from epiladder.engine.gaussian_result import CONTENT
from epiladder.engine.general import General, Outcome, make_general
from epiladder.engine.given import Parameters
from epiladder.engine.outcome import make_outcome
from epiladder.engine.quadrature import rule
from epiladder.engine.single_level import single_level
from epiladder.errors import LikelihoodError

LARGEST_ETA = 30.0  # linear predictors beyond say the same in every digit of an outcome
OFF_THE_BOUNDARY = 0.02  # variance given at the start to effects without any, so that the gradient can speak


@dataclass(frozen=True)
class Rows:
    """What stays the same in every replicate: columns (N,) by name, trials, offset; a weight of k is k rows."""

    cross: Crossproducts
    columns: Mapping[str, np.ndarray]
    family: str
    link: str
    trials: np.ndarray | None
    offset: np.ndarray | None

    @classmethod
    def of(
        cls, cross: Crossproducts, columns: Mapping[str, np.ndarray], family: str, link: str, outcome: Outcome
    ) -> Rows:
        """The rows of a design, repeated by their frequency weights, since each repetition is drawn by itself."""
        given = (outcome.trials, outcome.offset)
        trials, offset = (values if isinstance(values, np.ndarray) else None for values in given)
        if not isinstance(outcome.weights, np.ndarray):
            return cls(cross, columns, family, link, trials, offset)
        times = np.rint(outcome.weights).astype(np.int64)
        again = {name: np.repeat(values, times) for name, values in columns.items()}
        counted = replace(cross, table_rows=np.rint(cross.sizes).astype(np.int64))
        kept = [None if values is None else np.repeat(values, times) for values in (trials, offset)]
        return cls(counted, again, family, link, *kept)

    def draw(self, model: Model, at: Parameters, generator: np.random.Generator) -> np.ndarray:
        """One outcome (N,): the effects from the outermost level inwards, then the rows."""
        eta = np.zeros(int(self.cross.table_rows.sum())) if self.offset is None else self.offset.copy()
        for name, slope in zip(model.fixed, at.beta, strict=True):
            eta += slope * self.columns[name]
        first_rows = np.concatenate([[0], np.cumsum(self.cross.table_rows)])
        for part, covariance in zip(model.random, at.covariances, strict=True):
            bounds = np.append(first_rows[self.cross.starts(part.level)], len(eta))
            values, vectors = np.linalg.eigh(covariance)
            root = vectors * np.sqrt(np.clip(values, 0, None))
            effects = root @ generator.standard_normal((len(root), len(bounds) - 1))
            for name, effect in zip(part.names, effects, strict=True):
                eta += self.columns[name] * np.repeat(effect, np.diff(bounds))
        return self._outcome(np.clip(eta, -LARGEST_ETA, LARGEST_ETA), at, generator)

    def _outcome(self, eta: np.ndarray, at: Parameters, generator: np.random.Generator) -> np.ndarray:
        if self.family == "binomial":
            trials = 1 if self.trials is None else self.trials.astype(np.int64)
            return generator.binomial(trials, _probability(self.link, eta)).astype(float)
        mean = np.exp(eta)
        if self.family == "negative_binomial" and at.dispersion is not None:
            mean = mean * generator.gamma(at.dispersion, 1 / at.dispersion, len(mean))
        return generator.poisson(mean).astype(float)

    def problem(self, model: Model, y: np.ndarray) -> General:
        """A model's problem with an outcome drawn."""
        outcome = make_outcome(self.family, self.link, y, self.trials, self.offset)
        return make_general(self.cross, model, self.columns, outcome)


def _probability(link: str, eta: np.ndarray) -> np.ndarray:
    if link == "logit":
        return 1 / (1 + np.exp(-eta))
    if link == "probit":
        from scipy.special import ndtr

        return ndtr(eta)
    return -np.expm1(-np.exp(eta))


@dataclass(frozen=True)
class Refit:
    """A model refitted to one outcome, in the user's units. singular: some direction has no variance."""

    log_likelihood: float
    parameters: Parameters
    singular: bool


def refit_general(problem: General, approximation: Approximation, near: Parameters) -> Refit | None:
    """The optimum near some parameters (in the user's units); None where none is found."""
    try:
        arrival = _arrive(problem, approximation, _place(problem, near))
    except (LikelihoodError, FloatingPointError, np.linalg.LinAlgError):
        return None
    if arrival.stuck or arrival.curvature.decrement >= CONTENT:
        return None
    parts = unpack(problem, arrival.point.place)
    pairs = list(zip(problem.levels, parts.factors, strict=True))
    covariances = tuple(raw_covariance(level, factor, 1.0) for level, factor in reversed(pairs))
    beta = np.linalg.solve(problem.x_to_raw, parts.beta)
    dispersion = parts.dispersion if problem.outcome.dispersed else None
    found = Parameters(beta, covariances, 1.0, dispersion)
    return Refit(-float(arrival.point.value) / 2, found, is_singular(problem.levels, parts.factors))


def _place(problem: General, near: Parameters) -> np.ndarray:
    factors = []
    for level, raw in zip(problem.levels, reversed(near.covariances), strict=True):
        sigma = level.to_raw @ raw @ level.to_raw.T
        lowest = float(np.linalg.eigvalsh(sigma)[0])
        factors.append(square_root(level, sigma + max(OFF_THE_BOUNDARY - lowest, 0.0) * np.eye(len(sigma))))
    log_dispersion = 0.0 if near.dispersion is None else float(np.log(near.dispersion))
    return pack(problem, problem.x_to_raw @ near.beta, factors, log_dispersion)


def _arrive(problem: General, approximation: Approximation, place: np.ndarray) -> Arrival:
    nodes, alone = approximation.nodes, single_level(problem)[1]
    if not problem.levels or approximation.method != "quadrature" or nodes is None:
        return arrive_near(problem, None, place, alone)
    if len(problem.levels) == 1:
        return arrive_near(problem, rule(nodes, len(problem.levels[0].terms)), place, alone)
    return arrive_nested(problem, nodes, arrive_near(problem, None, place, alone))

"""Outcomes that are not Gaussian, beside what the model itself would draw: quantile residuals, dispersion, zeros.

Quantile residuals are the outcome's own probability under the model, with effects of clusters drawn anew and what is
discrete spread out at random (Dunn and Smyth 1996); integrals over the effects are by quadrature, since a row's linear
predictor is normal. They are uniform under the right model, though not independent within clusters: so their distance
from uniform, the dispersion at the modes and the number of zeros are judged by data sets drawn from the model, clusters
and all, with the parameters held.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from epiladder.engine.approximate import Place, unpack
from epiladder.engine.chain import joint_covariances
from epiladder.engine.general import General
from epiladder.engine.penalised import Modes, find_modes
from epiladder.engine.stretch import Stretch
from epiladder.inference.diagnostics_checks import kolmogorov, probabilities, quantiles

NODES = 15
MOST_ROWS = 5_000  # rows whose quantile residuals are taken
DRAWS = ((10_000, 99), (100_000, 39), (10**12, 19))  # data sets drawn, by rows up to
LARGEST = 30.0  # a linear predictor beyond which a count is not drawn

Record = dict[str, Any]


@dataclass(frozen=True)
class Laws:
    """The family, link and dispersion of a fitted outcome."""

    family: str
    link: str
    dispersion: float

    def mean(self, eta: np.ndarray) -> np.ndarray:
        """The mean of one trial or count."""
        from scipy.special import expit, ndtr

        if self.link == "log":
            return np.exp(np.minimum(eta, LARGEST))
        if self.link == "cloglog":
            return -np.expm1(-np.exp(np.minimum(eta, LARGEST)))
        return expit(eta) if self.link == "logit" else ndtr(eta)

    def below(self, y: np.ndarray, trials: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """P(Y <= y), zero for y below zero."""
        from scipy.special import bdtr, betainc, pdtr

        at = np.maximum(y, 0.0)
        if self.family == "binomial":
            found = bdtr(at, trials.astype(int), mean)
        elif self.family == "poisson":
            found = pdtr(at, mean)
        else:
            found = betainc(self.dispersion, at + 1, self.dispersion / (self.dispersion + mean))
        return np.where(y < 0, 0.0, found)

    def draw(self, random: np.random.Generator, trials: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Outcomes."""
        if self.family == "binomial":
            return random.binomial(trials.astype(int), mean).astype(float)
        if self.family == "negative_binomial":
            mean = random.gamma(self.dispersion, mean / self.dispersion)
        return random.poisson(mean).astype(float)

    def variance(self, trials: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """The variance of a row."""
        if self.family == "binomial":
            return trials * mean * (1 - mean)
        return mean + (mean**2 / self.dispersion if self.family == "negative_binomial" else 0.0)


@dataclass(frozen=True)
class Fitted:
    """A problem at its estimates, by stretch. fixed: the linear predictor without effects. modes: those of the data."""

    problem: General
    parts: Place
    laws: Laws
    fixed: list[np.ndarray]
    modes: list[Modes]

    @classmethod
    def of(cls, problem: General, place: np.ndarray, family: str, link: str) -> Fitted:
        """Find the modes of the data."""
        parts = unpack(problem, place)
        fixed = [parts.beta @ stretch.x + stretch.offset for stretch in problem.stretches]
        response_at, rest = problem.outcome.at(parts.dispersion), problem.at_rest()
        found = [
            find_modes(stretch, response_at, eta, parts.factors, begin)
            for stretch, eta, begin in zip(problem.stretches, fixed, rest, strict=True)
        ]
        return cls(problem, parts, Laws(family, link, parts.dispersion), fixed, found)

    def column(self, name: str) -> np.ndarray:
        """y, trials or weights of all rows, (N,)."""
        return np.concatenate([np.broadcast_to(getattr(one, name), one.y.shape) for one in self.problem.stretches])

    def eta(self) -> np.ndarray:
        """The linear predictor at the modes, (N,)."""
        return np.concatenate([one.eta for one in self.modes])

    def effects(self) -> list[tuple[str, str, np.ndarray, np.ndarray, float]]:
        """By level (outermost first) and term: modes and conditional variances (J,), and the variance, in raw units."""
        found = []
        joints = [
            joint_covariances(stretch.levels, self.parts.factors, modes.done)
            for stretch, modes in zip(self.problem.stretches, self.modes, strict=True)
        ]
        for k, level in reversed(list(enumerate(self.problem.levels))):
            back = np.linalg.solve(level.to_raw, self.parts.factors[k])
            q = len(level.terms)
            modes = back @ np.concatenate([one.effects[k] for one in self.modes], axis=1)
            joint = np.concatenate([one[k][:q, :q] for one in joints], axis=2)
            conditional = np.einsum("ab,bcj,ac->aj", back, joint, back)
            whole = back @ back.T
            found += [(level.name, t, modes[a], conditional[a], float(whole[a, a])) for a, t in enumerate(level.terms)]
        return found

    def drawn(self, random: np.random.Generator) -> list[np.ndarray]:
        """One data set with effects drawn anew: the outcome of each stretch."""
        made = []
        for stretch, fixed in zip(self.problem.stretches, self.fixed, strict=True):
            eta = fixed.copy()
            for k, factor in enumerate(self.parts.factors):
                effects = factor @ random.normal(size=(len(factor), len(stretch.levels[k].rows)))
                for row, values in zip(stretch.z[k], effects, strict=True):
                    eta += row * stretch.spread(values, k)
            made.append(self.laws.draw(random, _trials(stretch), self.laws.mean(eta)))
        return made

    def pearson(self, outcomes: list[np.ndarray] | None = None) -> float:
        """Pearson's statistic at the modes of the data, or of outcomes in their place."""
        total = 0.0
        for i, stretch in enumerate(self.problem.stretches):
            modes = self.modes[i]
            if outcomes is not None:
                stretch = replace(stretch, y=outcomes[i])
                start, response_at = self.modes[i].effects, self.problem.outcome.at(self.parts.dispersion)
                modes = find_modes(stretch, response_at, self.fixed[i], self.parts.factors, start)
            mean, trials = self.laws.mean(modes.eta), _trials(stretch)
            expected = trials * mean if self.laws.family == "binomial" else mean
            total += float((stretch.weights * (stretch.y - expected) ** 2 / self.laws.variance(trials, mean)).sum())
        return total


def _trials(stretch: Stretch) -> np.ndarray:
    return np.broadcast_to(np.asarray(stretch.trials, dtype=float), stretch.y.shape)


@dataclass(frozen=True)
class Chances:
    """Probabilities of chosen rows under the model, effects and all. eta: (NODES, n). log_weights are in `weights`."""

    laws: Laws
    trials: np.ndarray
    means: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, fitted: Fitted, rows: np.ndarray) -> Chances:
        """Of rows by their numbers."""
        x, w = np.polynomial.hermite.hermgauss(NODES)
        fixed, variance = np.concatenate(fitted.fixed)[rows], _variances(fitted)[rows]
        eta = fixed + np.sqrt(2 * variance) * x[:, None]
        return cls(fitted.laws, fitted.column("trials")[rows], fitted.laws.mean(eta), w / np.sqrt(np.pi))

    def residuals(self, y: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """Quantile residuals, uniform under the model; spread: uniform numbers, (n,)."""
        upper = self.weights @ self.laws.below(y, self.trials, self.means)
        lower = self.weights @ self.laws.below(y - 1, self.trials, self.means)
        return np.clip(lower + spread * (upper - lower), 0.0, 1.0)


def _variances(fitted: Fitted) -> np.ndarray:
    """The variance of each row's linear predictor over the effects, (N,)."""
    found = []
    for stretch in fitted.problem.stretches:
        pairs = zip(stretch.z, fitted.parts.factors, strict=True)
        found.append(np.sum([((factor.T @ z) ** 2).sum(axis=0) for z, factor in pairs], axis=0))
    return np.concatenate(found)


def simulated(fitted: Fitted, seed: list[int], least: int) -> dict[str, Record]:
    """Quantile residuals, dispersion and zeros of the data beside those of data sets drawn from the model."""
    random = np.random.default_rng(np.random.SeedSequence(seed))
    y, weights = fitted.column("y"), fitted.column("weights")
    rows = np.sort(random.permutation(len(y))[:MOST_ROWS])
    chances, spread = Chances.of(fitted, rows), random.random(len(rows))
    own = chances.residuals(y[rows], spread)
    counts, trials = fitted.laws.link == "log", fitted.column("trials")
    dispersed = counts or bool((trials > 1).any())
    draws = next(many for most, many in DRAWS if len(y) <= most)
    distances, pearsons, zeros = [], [], []
    for _ in range(draws):
        outcomes = fitted.drawn(random)
        drawn = np.concatenate(outcomes)
        again = chances.residuals(drawn[rows], random.random(len(rows)))
        distances.append(kolmogorov(again, weights[rows]))
        if dispersed:
            pearsons.append(fitted.pearson(outcomes))
        zeros.append(float((weights * (drawn == 0)).sum()))
    at = probabilities(float(weights[rows].sum()), least, normal=False)
    distance = kolmogorov(own, weights[rows])
    return {
        "residuals": {
            "kind": "quantile",
            "count": float(weights[rows].sum()),
            "of": float(weights.sum()),
            "distance": distance,
            "limit": max(distances),
            "flagged": distance > max(distances),
            "error_rate": 1 / (draws + 1),
            "draws": draws,
            "expected": at.tolist(),
            "observed": quantiles(own, weights[rows], at).tolist(),
        },
        "dispersion": _beside(fitted.pearson(), pearsons) if dispersed else _no_dispersion(),
        "zeros": _beside(float((weights * (y == 0)).sum()), zeros) if counts else _no_zeros(),
    }


def _no_dispersion() -> Record:
    return {"reason": "events that are yes or no cannot vary more or less than their mean says", "flagged": False}


def _no_zeros() -> Record:
    return {"reason": "zeros are asked of counts alone", "flagged": False}


def _beside(observed: float, drawn: list[float]) -> Record:
    """A number of the data as a ratio to the mean of those drawn; flagged where it lies beyond all of them."""
    mean = float(np.mean(drawn))
    if not mean:
        return {"reason": "data sets drawn from the model have none", "flagged": observed > 0}
    return {
        "reason": None,
        "observed": observed,
        "expected": mean,
        "ratio": observed / mean,
        "low": min(drawn) / mean,
        "high": max(drawn) / mean,
        "flagged": not min(drawn) <= observed <= max(drawn),
        "error_rate": 2 / (len(drawn) + 1),
        "draws": len(drawn),
    }

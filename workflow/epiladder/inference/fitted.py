"""A fitted rung as measures see it: its parameters as one vector with their joint covariance, and its columns' moments.

The vector holds the fixed effects (p), then the covariance parameters (k) of the record. Moments of the columns come
from the cross-products, so that no measure but those on the response scale reads rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.load import Designed
from epiladder.design.spec import INTERCEPT
from epiladder.engine.result import DISPERSION, RESIDUAL
from epiladder.families import FAMILIES, Family
from epiladder.inference.quantity import SCALES, Quantity
from epiladder.inference.replicates import Draws, Values, with_draws

if TYPE_CHECKING:
    from epiladder.study.config import Plan

STEP = 1e-5  # of a parameter or its standard error, for central differences
DELTA = "the delta method on the {scale} scale, from the joint Hessian"
AT_ZERO = "a variance is estimated as zero, where no interval of this kind can be had"
LARGEST_ERROR = 3.0  # on a log or logit scale: an interval that spans a factor of 350 to either side says nothing
NEAR = 2.0  # standard errors from zero within which an interval that cannot hold zero is a loose one
LOOSE = (
    "the estimate lies within two standard errors of zero, which an interval by the delta method on the {scale} scale "
    "cannot reach: it holds the truth less often than it says, and only a test says whether there is any variance"
)
NEAR_ZERO = "a variance is so near to zero that the large-sample law says nothing of it"


@dataclass(frozen=True)
class Fitted:
    """estimate: the record's REML, or ML, estimates of a rung that was fitted. draws: its bootstrap, or None."""

    plan: Plan
    designed: Designed
    rung: str
    estimate: dict[str, Any]
    draws: Draws | None = None

    @classmethod
    def of(cls, plan: Plan, designed: Designed, record: dict[str, Any], draws: Draws | None = None) -> Fitted | None:
        """A rung as fitted; None where it was not, or carries no uncertainty of its variances."""
        if record["status"] != "fitted":
            return None
        estimate = record["estimates"].get("REML") or record["estimates"]["ML"]
        if estimate.get("covariance_parameters") is None:
            return None
        return cls(plan, designed, record["rung"], estimate, draws)

    @property
    def family(self) -> Family:
        """The outcome's family."""
        return FAMILIES[self.plan.outcome.family]

    @property
    def link(self) -> str:
        """The outcome's link."""
        return str(self.plan.outcome.link)

    @property
    def level1(self) -> float | None:
        """The variance of a unit on the latent scale; None where there is no such scale."""
        return self.family.level1_variance_of[self.link]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The fixed columns."""
        return tuple(row["term"] for row in self.estimate["fixed"])

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels with random effects, outermost first."""
        return tuple(part["level"] for part in self.estimate["random"])

    @cached_property
    def vector(self) -> np.ndarray:
        """Fixed effects, then covariance parameters."""
        rows = self.estimate["covariance_parameters"]["parameters"]
        return np.array([row["estimate"] for row in (*self.estimate["fixed"], *rows)])

    @cached_property
    def covariance(self) -> np.ndarray:
        """Covariance matrix of `vector`."""
        part, fixed = self.estimate["covariance_parameters"], np.array(self.estimate["fixed_covariance"])
        k, p = len(part["parameters"]), len(fixed)
        cross = np.array(part["with_fixed"]) if k else np.zeros((0, p))
        cross = cross if cross.size else np.zeros((k, p))
        own = np.array(part["covariance"]).reshape(k, k)
        return np.block([[fixed, cross.T], [cross, own]])

    def values(self, vector: np.ndarray) -> Values:
        """The vector's parts."""
        p, rows = len(self.names), self.estimate["covariance_parameters"]["parameters"]
        sigma = {part["level"]: np.zeros((len(part["terms"]),) * 2) for part in self.estimate["random"]}
        terms = {part["level"]: tuple(part["terms"]) for part in self.estimate["random"]}
        last: dict[str, float | None] = {RESIDUAL: None, DISPERSION: None}
        for row, value in zip(rows, vector[p:], strict=True):
            if row["level"] is None:
                last[row["terms"][0]] = float(value)
                continue
            a, b = (terms[row["level"]].index(term) for term in row["terms"])
            sigma[row["level"]][a, b] = sigma[row["level"]][b, a] = value
        parts = tuple((level, terms[level], sigma[level]) for level in sigma)
        return Values(vector[:p], parts, last[RESIDUAL], last[DISPERSION])

    @cached_property
    def _all_moments(self) -> tuple[np.ndarray, np.ndarray]:
        cross = self.designed.cross
        n, total, scale = cross.n_rows, cross.total(), cross.basis.scale
        mean = total[0] / n
        covariance = (total / n - np.outer(mean, mean)) * n / (n - 1)
        return cross.basis.mean + scale * mean, covariance * np.outer(scale, scale)

    def moments(self, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance matrix (divisor N - 1) of columns over the rows, as often as their weights say."""
        key = tuple(names)
        if key not in self._moments:
            at = [self.designed.cross.basis.index(name) for name in key]
            mean, covariance = self._all_moments
            self._moments[key] = mean[at], covariance[np.ix_(at, at)]
            self._moments[key][0][[name == INTERCEPT for name in key]] = 1.0
        return self._moments[key]

    @cached_property
    def _moments(self) -> dict[tuple[str, ...], tuple[np.ndarray, np.ndarray]]:
        return {}

    def at_means(self, values: Values) -> list[float]:
        """Each level's variance where the variables with a random slope are at their means: m'Sigma m."""
        means = [self.moments(terms)[0] for _, terms, _ in values.covariances]
        return [float(m @ s @ m) for m, (_, _, s) in zip(means, values.covariances, strict=True)]

    @property
    def log_exposure(self) -> float:
        """The mean log exposure, zero where there is none."""
        return float(self.designed.stored["outcome"]["mean_log_exposure"])

    def quantity(
        self,
        function: Callable[[Values], float],
        scale: str,
        references: tuple[str, ...] = (),
        from_zero: bool = True,
    ) -> Quantity:
        """A measure: a function of the parameters, with percentiles of the bootstrap's replicates or the delta method.

        from_zero: whether it is zero where a variance is; then an interval by the delta method near zero is flagged.
        """
        found = self.delta(function, scale, references)
        if from_zero and _near_zero(found):
            found = replace(found, flag=LOOSE.format(scale=scale))
        if self.draws is None or found.estimate is None:
            return found
        return with_draws(found, self.draws.interval(function, found.estimate, self.plan.inference.confidence))

    def with_null(self, found: Quantity, function: Callable[[Values, Values], float]) -> Quantity:
        """A quantity with percentiles of a measure of this rung and the null rung, where replicates have both."""
        if self.draws is None or found.estimate is None:
            return found
        return with_draws(found, self.draws.beside_null(function, found.estimate, self.plan.inference.confidence))

    def delta(self, function: Callable[[Values], float], scale: str, references: tuple[str, ...] = ()) -> Quantity:
        """A function of the parameters with its standard error on a scale, by the delta method."""
        value = function(self.values(self.vector))
        forward = SCALES[scale][0]
        try:
            slope = np.array([self._slope(function, forward, i) for i in range(len(self.vector))])
        except ValueError:  # the logarithm of nothing
            return Quantity(value, None, scale, None, references, AT_ZERO)
        variance = float(slope @ self.covariance @ slope)
        if not np.isfinite(variance) or variance <= 0:
            return Quantity(value, None, scale, None, references, AT_ZERO)
        if scale in ("log", "logit") and variance > LARGEST_ERROR**2:
            return Quantity(value, None, scale, None, references, NEAR_ZERO)
        return Quantity(value, variance**0.5, scale, DELTA.format(scale=scale), references)

    def _slope(self, function: Callable[[Values], float], forward: Callable[[float], float], i: int) -> float:
        error = self.covariance[i, i] ** 0.5
        if error == 0:
            return 0.0
        width = STEP * min(error, abs(self.vector[i])) if self.vector[i] else STEP * error
        ends = []
        for sign in (1, -1):
            moved = self.vector.copy()
            moved[i] += sign * width
            ends.append(forward(function(self.values(moved))))
        return (ends[0] - ends[1]) / (2 * width)


def _near_zero(found: Quantity) -> bool:
    """Whether an estimate is few of its own standard errors from zero, judged on its natural scale."""
    if found.std_error is None or found.estimate is None or found.scale not in ("log", "logit"):
        return False
    slope = 1.0 if found.scale == "log" else 1 - found.estimate  # of the estimate by the scale, over the estimate
    return NEAR * found.std_error * slope > 1

"""Pearson's statistic of counts and of events of trials: how far they vary more than their law says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.engine.general import Outcome
from epiladder.engine.stretch import Stretch

TINY = 1e-200  # a variance that has underflowed


@dataclass(frozen=True)
class Pearson:
    """The statistic, summed over rows, and its variance if the law is right."""

    statistic: float = 0.0
    variance: float = 0.0

    def __add__(self, other: Pearson) -> Pearson:
        """Of two stretches of rows together."""
        return Pearson(self.statistic + other.statistic, self.variance + other.variance)


def pearson(outcome: Outcome, stretch: Stretch, eta: np.ndarray) -> Pearson:
    """Pearson's statistic of a stretch's rows at their linear predictor (n,), frequency weights counted.

    A row's square has the variance 2 + k, with k the excess kurtosis of its law: 1 / m of a Poisson count of mean m,
    1 / v - 6 / n of events of n trials with variance v (Johnson, Kemp and Kotz 2005, chapters 3 and 4). Where
    events are rare a few rows make the statistic, and the 2 alone would cry wolf.
    """
    response_at = outcome.density
    if outcome.counted:
        mean = np.exp(np.minimum(eta, 700.0))
        variance, short = mean, 0.0
    else:
        one = np.ones_like(eta)
        event = np.exp(response_at(one, one, eta, 1.0).density())
        other = np.exp(response_at(0.0 * one, one, eta, 1.0).density())
        mean, variance, short = stretch.trials * event, stretch.trials * event * other, 6.0 / stretch.trials
    variance = np.maximum(variance, TINY)
    squares = (stretch.y - mean) ** 2 / variance
    spread = 2.0 + 1.0 / variance - short
    return Pearson(float((stretch.weights * squares).sum()), float((stretch.weights * spread).sum()))

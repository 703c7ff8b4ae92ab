"""Random slopes of one column over the clusters of a level: a block of the Gibbs sampler of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from epiladder.imputation.draws import half_cauchy_variance


@dataclass
class Slope:
    """values: the column, (n,), at rows of the clusters `codes`, (n,). effects, variance: as they were drawn last.

    Slopes are independent of the intercepts a priori; the column is centred, so that this is no strong claim.
    """

    values: np.ndarray
    codes: np.ndarray
    effects: np.ndarray = field(init=False)
    variance: float = 0.1

    def __post_init__(self) -> None:
        self.effects = np.zeros(int(self.codes.max()) + 1)

    def part(self, which: np.ndarray) -> np.ndarray:
        """What the slopes add to the linear predictor of some rows."""
        return self.effects[self.codes[which]] * self.values[which]

    def draw(
        self, rng: np.random.Generator, left: np.ndarray, which: np.ndarray, residual: float, weights: np.ndarray | None
    ) -> None:
        """Slopes and their variance, given what all else leaves of the response of some rows, of these precisions."""
        values, codes, size = self.values[which], self.codes[which], len(self.effects)
        heavy = values if weights is None else values * weights
        squares = np.bincount(codes, weights=heavy * values, minlength=size)
        crossed = np.bincount(codes, weights=heavy * left, minlength=size)
        precision = squares / residual + 1 / self.variance
        self.effects = crossed / residual / precision + rng.normal(size=size) / np.sqrt(precision)
        self.variance = half_cauchy_variance(rng, self.effects[squares > 0], self.variance)

"""Residual precisions that depend on other variables: a log-linear model of them, drawn by Metropolis and Hastings.

Where the analysis lets the effect of a number on the outcome depend on a partner, the outcome tells more of the number
where that effect is large: given the outcome, the number scatters less there (by Bayes' rule the variance is
1 / (1/v + (b + c w)^2 / s^2) for an effect of b + c w). One variance for all draws the product towards zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

PRIOR, FARTHEST = 1.0, 5.0  # prior precision of a coefficient; the largest logarithm of a weight


@dataclass
class Scatter:
    """columns: (n, k) partners, centred. coefficients: (k,), of the logarithm of the precision, as drawn last."""

    columns: np.ndarray
    coefficients: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.coefficients = np.zeros(self.columns.shape[1])

    def weights(self, which: np.ndarray) -> np.ndarray:
        """Precisions of some rows as multiples of that at the partners' centre."""
        return np.exp(np.clip(self.columns[which] @ self.coefficients, -FARTHEST, FARTHEST))

    def draw(self, rng: np.random.Generator, left: np.ndarray, which: np.ndarray, residual: float) -> None:
        """Coefficients, given what the mean leaves of some rows and the variance at the centre.

        The proposal is normal about one step of Fisher's scoring (Gamerman 1997), whose information hangs on the
        columns alone.
        """
        z, squares = self.columns[which], left * left / residual
        root = np.linalg.cholesky(z.T @ z / 2 + PRIOR * np.eye(z.shape[1]))

        def seen(at: np.ndarray) -> tuple[float, np.ndarray]:
            """The log posterior, and the mean of a proposal from here."""
            logs = z @ at
            held = np.clip(logs, -FARTHEST, FARTHEST)
            scaled = np.exp(held) * squares
            gradient = z.T @ ((1 - scaled) * (held == logs)) / 2 - PRIOR * at
            step = np.linalg.solve(root.T, np.linalg.solve(root, gradient))
            return float(held.sum() - scaled.sum() - PRIOR * at @ at) / 2, at + step

        def density(to: np.ndarray, mean: np.ndarray) -> float:
            return -float(((root.T @ (to - mean)) ** 2).sum()) / 2

        here, mean = seen(self.coefficients)
        proposed = mean + np.linalg.solve(root.T, rng.normal(size=len(mean)))
        there, back = seen(proposed)
        ratio = there - here + density(self.coefficients, back) - density(proposed, mean)
        if np.log(rng.random()) < ratio:
            self.coefficients = proposed

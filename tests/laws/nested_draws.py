"""A small nested design with every awkwardness: one row a cluster, a covariate that does not vary in one, weights."""

from __future__ import annotations

import numpy as np
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.given import Parameters

INTERCEPT = "(Intercept)"
LEVELS = ("hospital", "ward")
WARDS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3, 3])  # the hospital of each ward
SIZES = np.array([1, 4, 6, 3, 5, 2, 7, 1, 4, 5])
AT = Parameters(np.array([3.0, 0.7, -0.4]), (np.array([[0.8, 0.2], [0.2, 0.3]]), np.array([[0.5]])), 1.7)
FIXED = (INTERCEPT, "x", "w")
SLOPES = RandomColumns("hospital", ((INTERCEPT, "x"),))
SMALL = Model("y", FIXED, (SLOPES, RandomColumns("ward", ((INTERCEPT,),))))
LARGE = Model("y", FIXED, (SLOPES, RandomColumns("ward", ((INTERCEPT, "x"),))))


class Nested:
    """Rows sorted by cluster; outcomes drawn row by row, and any outcome's cross-products in one fixed basis."""

    def __init__(self, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        self.ward = np.repeat(np.arange(len(SIZES)), SIZES)
        x = 40 + 3 * rng.normal(size=len(self.ward))
        x[self.ward == 4] = 41.0
        self.columns = {INTERCEPT: np.ones(len(x)), "x": x, "w": rng.normal(size=len(SIZES))[self.ward]}
        self.starts = np.cumsum(SIZES) - SIZES
        self.cross = self.of(rng.normal(size=len(x)))

    def of(self, y: np.ndarray) -> Crossproducts:
        """Cross-products with an outcome."""
        labels = [WARDS, np.arange(len(SIZES))]
        return crossproducts([*self.columns, "y"], [*self.columns.values(), y], self.starts, LEVELS, labels)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """An outcome of SMALL at AT, row by row."""
        y = sum(b * column for b, column in zip(AT.beta, self.columns.values(), strict=True))
        hospital = rng.multivariate_normal([0, 0], AT.covariances[0], 4)[WARDS[self.ward]]
        y = y + hospital[:, 0] + hospital[:, 1] * self.columns["x"]
        y += np.sqrt(AT.covariances[1][0, 0]) * rng.normal(size=len(SIZES))[self.ward]
        return y + np.sqrt(AT.variance) * rng.normal(size=len(y))

    def seen(self, y: np.ndarray) -> np.ndarray:
        """What a likelihood asks of an outcome: Z'y of each ward, X'y and y'y in the units of `cross`, one vector."""
        basis = self.cross.basis
        standard = [(self.columns[n] - basis.mean[i]) / basis.scale[i] for i, n in enumerate(self.columns)]
        at = basis.index("y")
        y = (y - basis.mean[at]) / basis.scale[at]
        z = [np.add.reduceat(standard[i] * y, self.starts) for i in (0, 1)]
        return np.concatenate([*z, [column @ y for column in standard], [y @ y]])

"""The exact Hessian of a Gaussian deviance with one level is that of differences, wherever Lambda stands."""

from __future__ import annotations

import numpy as np
import pytest
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.gaussian import slopes, solve
from epiladder.engine.observed import observed_hessian
from epiladder.engine.problem import make_problem

BLOCKS = {"correlated": (("(Intercept)", "x"),), "uncorrelated": (("(Intercept)",), ("x",)), "slope": (("x",),)}


@pytest.mark.parametrize("criterion", ["ML", "REML"])
@pytest.mark.parametrize("blocks", sorted(BLOCKS))
def test_hessian_is_that_of_differences(blocks: str, criterion: str) -> None:
    rng = np.random.default_rng(14)
    starts = np.cumsum(np.append(0, rng.integers(1, 9, 29)))
    n = int(starts[-1]) + 5
    codes = np.searchsorted(starts, np.arange(n), side="right") - 1
    columns = {"(Intercept)": np.ones(n), "x": rng.normal(2, 3, n), "w": rng.normal(size=30)[codes]}
    y = columns["x"] + rng.normal(size=30)[codes] + rng.normal(size=n)
    cross = crossproducts([*columns, "y"], [*columns.values(), y], starts, ["g"], [starts])
    problem = make_problem(cross, Model("y", tuple(columns), (RandomColumns("g", BLOCKS[blocks]),)))
    for theta in (rng.normal(size=problem.n_theta), np.zeros(problem.n_theta)):

        def gradient(at: np.ndarray) -> np.ndarray:
            return slopes(problem, solve(problem, at, criterion)).theta

        here = solve(problem, theta, criterion)
        found = observed_hessian(problem, here, slopes(problem, here))
        steps = 1e-5 * np.eye(len(theta))
        expected = np.array([(gradient(theta + step) - gradient(theta - step)) / 2e-5 for step in steps])
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())

"""Counts at their extremes: gamma functions of large counts and dispersions, and fits of means in the millions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.engine.response import negative_binomial_log
from epiladder.errors import LikelihoodError

COUNTS = (0.0, 1.0, 7.0, 1e3, 1e5)


@pytest.mark.parametrize("theta", [3.0, 0.99e4, 1.01e4, 1e6, 1e9, 1e13])
def test_gamma_functions_are_sums(theta: float) -> None:
    """log G(y + t) - log G(t) - y log(t) is the sum of log(1 + k/t) over k < y; by log t, of t/(t + k) less y."""
    y, mean = np.array(COUNTS), 50.0
    found = negative_binomial_log(y, 1.0, np.full(len(y), math.log(mean)), theta)
    for i, count in enumerate(COUNTS):
        ks = range(int(count))
        rest = count * math.log(mean) - (count + theta) * math.log1p(mean / theta)
        density = math.fsum(math.log1p(k / theta) for k in ks) + rest
        assert found.density()[i] == pytest.approx(density, rel=1e-9, abs=1e-8)
        slope = math.fsum(theta / (theta + k) for k in ks) - theta * math.log1p(mean / theta)
        slope += theta * (mean - count) / (theta + mean)
        assert found.dispersed is not None
        assert found.dispersed().density[i] == pytest.approx(slope, rel=1e-7, abs=1e-7 * max(1.0, count))


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
def test_means_in_the_millions_are_fitted(family: str) -> None:
    """Poisson counts: the slope within four standard errors of the truth, which is known to the fourth place."""
    rng = np.random.default_rng(21)
    codes = np.repeat(np.arange(20), 10)
    columns = {"(Intercept)": np.ones(200), "x": rng.normal(size=200)}
    y = rng.poisson(np.exp(14 + 0.5 * columns["x"] + 0.5 * rng.normal(size=20)[codes])).astype(float)
    cross = crossproducts([*columns, "y"], [*columns.values(), y], np.arange(0, 200, 10), ["g"], [np.arange(20)])
    model = Model("y", tuple(columns), (RandomColumns("g", (("(Intercept)",),)),))
    fit = fit_general(cross, model, columns, make_outcome(family, "log", y), LAPLACE)
    error = float(np.sqrt(fit.beta_covariance[1, 1]))
    assert fit.convergence.status == "converged"
    assert error == pytest.approx(1 / np.sqrt((y * columns["x"] ** 2).sum()), rel=0.5)
    assert abs(fit.beta[1] - 0.5) < 4 * error
    assert fit.levels[0].covariance[0, 0] == pytest.approx(0.25, rel=0.6)


def test_one_huge_count_among_zeros_ends_in_an_answer_or_in_words(recwarn: pytest.WarningsRecorder) -> None:
    """Clusters of nothing but zeros have no maximum of their own, and overflow on the way to it."""
    rng = np.random.default_rng(22)
    columns = {"(Intercept)": np.ones(200), "x": rng.normal(size=200), "w": np.repeat(rng.normal(size=20), 10)}
    y = np.zeros(200)
    y[3] = 1e5
    cross = crossproducts([*columns, "y"], [*columns.values(), y], np.arange(0, 200, 10), ["g"], [np.arange(20)])
    model = Model("y", tuple(columns), (RandomColumns("g", (("(Intercept)", "x"),)),))
    try:
        fit = fit_general(cross, model, columns, make_outcome("poisson", "log", y), LAPLACE)
    except LikelihoodError as error:
        assert str(error).endswith(".")
    else:
        assert np.isfinite(fit.log_likelihood)
    assert not recwarn.list

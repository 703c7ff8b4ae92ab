"""Diagnostics against truths by construction: silent under the right model at the stated rate, not under faults.

Rates are judged over repeated draws with fixed seeds: a check that flags at most 1 % of what is right is allowed 5 % of
120 draws (six; the binomial law puts seven or more at less than 1 in 2,000).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, fit_gaussian, fit_general
from epiladder.engine.general import make_general
from epiladder.engine.outcome import make_outcome
from epiladder.inference import diagnostics_simulated
from epiladder.inference.diagnostics_checks import against_normal, judged, kolmogorov, of_modes, spread, within
from epiladder.inference.diagnostics_simulated import Chances, Fitted, simulated
from epiladder.inference.influence_general import place_of
from scipy.stats import kstest, nbinom, poisson

ONE = "(Intercept)"
MODEL = Model("y", (ONE, "x"), (RandomColumns("g", ((ONE,),)),))
ALLOWED = 6


def multiply(g: np.ndarray, x: np.ndarray, y: np.ndarray) -> Crossproducts:
    starts = np.flatnonzero(np.append(True, g[1:] != g[:-1]))
    return crossproducts([ONE, "x", "y"], [np.ones(len(g)), x, y], starts, ["g"], [g[starts]])


def gaussian(rng: np.random.Generator, sds: np.ndarray, effects: np.ndarray | None = None) -> Crossproducts:
    """sds: residual standard deviation of each cluster."""
    g = np.repeat(np.arange(len(sds)), rng.integers(5, 20, len(sds)))
    x = rng.normal(size=len(g))
    b = rng.normal(size=len(sds)) if effects is None else effects
    return multiply(g, x, 50 + 2 * x + b[g] + sds[g] * rng.normal(size=len(g)))


def test_the_variance_within_a_cluster_is_that_of_its_own_least_squares() -> None:
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(6), rng.integers(4, 9, 6))
    x = 3 + rng.normal(size=len(g))
    y = 7 + x + rng.normal(size=len(g))
    model = Model("y", (ONE, "x"), (RandomColumns("g", ((ONE, "x"),)),))
    squares, df = within(multiply(g, x, y), model, np.array([6.0, 1.2]))
    for c in range(6):
        here = g == c
        z = np.column_stack([np.ones(here.sum()), x[here]])
        left = y[here] - 6.0 - 1.2 * x[here]
        assert squares[c] == pytest.approx(np.linalg.lstsq(z, left, rcond=None)[1][0])
        assert df[c] == here.sum() - 2


def test_spread_and_modes_are_silent_under_the_right_model() -> None:
    flagged = {"spread": 0, "modes": 0}
    for seed in range(120):
        cross = gaussian(np.random.default_rng(seed), np.ones(40))
        fit = fit_gaussian(cross, MODEL, ("REML",))["REML"]
        part, variance = fit.modes[0], fit.levels[0].covariance[0, 0]
        flagged["spread"] += spread(cross, MODEL, fit.beta, 0.95)["flagged"]
        modes = of_modes("g", ONE, part.modes[:, 0], part.covariances[:, 0, 0], variance, 1)
        flagged["modes"] += modes["flagged"]
    assert max(flagged.values()) <= ALLOWED


def test_planted_heteroscedasticity_and_skewed_effects_are_flagged() -> None:
    """Standard deviations of 0.5 to 2, and effects of a lognormal law: every one of ten draws."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        cross = gaussian(rng, np.exp(rng.uniform(np.log(0.5), np.log(2), 60)))
        beta = fit_gaussian(cross, MODEL, ("REML",))["REML"].beta
        assert spread(cross, MODEL, beta, 0.95)["flagged"]
        fit = fit_gaussian(gaussian(rng, np.ones(80), np.exp(1.5 * rng.normal(size=80))), MODEL, ("REML",))["REML"]
        part, variance = fit.modes[0], fit.levels[0].covariance[0, 0]
        assert of_modes("g", ONE, part.modes[:, 0], part.covariances[:, 0, 0], variance, 1)["flagged"]


def test_distances_are_those_of_scipy_and_weights_are_repeated_rows() -> None:
    rng = np.random.default_rng(2)
    u, weights = rng.random(50), rng.integers(1, 4, 50).astype(float)
    assert kolmogorov(u, np.ones(50)) == pytest.approx(kstest(u, "uniform").statistic)
    repeated = np.repeat(u, weights.astype(int))
    assert kolmogorov(u, weights) == pytest.approx(kstest(repeated, "uniform").statistic)
    shape, again = against_normal(u, weights, 1), against_normal(repeated, np.ones(len(repeated)), 1)
    for key in ("count", "distance", "skewness", "excess_kurtosis"):
        assert shape[key] == pytest.approx(again[key])


def test_the_band_holds_its_share() -> None:
    """Of 20,000 sums of squares drawn from chi-square laws, 5 % lie outside, within three Monte Carlo errors."""
    rng = np.random.default_rng(3)
    df = rng.integers(1, 40, 20_000).astype(float)
    found = judged(2.5 * rng.chisquare(df), df, 0.95)
    assert abs(found["outside"] / 20_000 - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 20_000)


def counts(rng: np.random.Generator, clusters: int = 40, extra: float = 0.0, zeros: float = 0.0) -> tuple[Any, ...]:
    """Counts: Poisson, with a gamma factor of variance `extra` a row, and a share of zeros put in."""
    g = np.repeat(np.arange(clusters), rng.integers(5, 15, clusters))
    x = rng.normal(size=len(g))
    mean = np.exp(0.8 + 0.3 * x + 0.5 * rng.normal(size=clusters)[g])
    mean = mean * (rng.gamma(1 / extra, extra, len(g)) if extra else 1.0)
    y = rng.poisson(mean) * (rng.random(len(g)) >= zeros)
    return g, x, y.astype(float)


def fitted(g: np.ndarray, x: np.ndarray, y: np.ndarray, family: str = "poisson") -> Fitted:
    cross, columns = multiply(g, x, y), {ONE: np.ones(len(g)), "x": x, "y": y}
    outcome = make_outcome(family, "log", y)
    fit = fit_general(cross, MODEL, columns, outcome, LAPLACE)
    estimate = {
        "fixed": [{"estimate": value} for value in fit.beta],
        "random": [{"covariance": one.covariance.tolist()} for one in fit.levels],
        "dispersion": fit.dispersion,
    }
    problem = make_general(cross, MODEL, columns, outcome)
    return Fitted.of(problem, place_of(problem, estimate), family, "log")


def test_quantile_residuals_are_the_model_s_own_probabilities() -> None:
    """Against the mean of scipy's laws over 20,000 drawn effects, for Poisson and negative binomial rows."""
    g, x, y = counts(np.random.default_rng(4))
    for family in ("poisson", "negative_binomial"):
        one = fitted(g, x, y, family)
        rows = np.arange(0, len(y), 40)
        upper = Chances.of(one, rows).residuals(y[rows], np.ones(len(rows)))
        sd = float(np.abs(one.parts.factors[0][0, 0]))
        draws = np.random.default_rng(5).normal(size=20_000)
        mean = np.exp(np.concatenate(one.fixed)[rows][:, None] + sd * draws)
        theta = one.laws.dispersion
        law = poisson(mean) if family == "poisson" else nbinom(theta, theta / (theta + mean))
        np.testing.assert_allclose(upper, law.cdf(y[rows][:, None]).mean(axis=1), atol=0.01)


def test_counts_of_the_right_model_are_seldom_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 39 draws the stated rates are 2.5 % for residuals, 5 % for dispersion and zeros; of 15 data sets three at
    most (four or more at 5 %: 1 in 180)."""
    monkeypatch.setattr(diagnostics_simulated, "DRAWS", ((10**12, 39),))
    flagged = {"residuals": 0, "dispersion": 0, "zeros": 0}
    for seed in range(15):
        found = simulated(fitted(*counts(np.random.default_rng(100 + seed), 15)), [seed], 1)
        assert [found[key]["error_rate"] for key in flagged] == pytest.approx([0.025, 0.05, 0.05])
        for key in flagged:
            flagged[key] += found[key]["flagged"]
    assert max(flagged.values()) <= 3


def test_planted_overdispersion_and_zeros_are_flagged() -> None:
    for seed in range(2):
        wide = simulated(fitted(*counts(np.random.default_rng(seed), extra=0.5)), [seed], 1)
        assert wide["dispersion"]["flagged"]
        assert wide["dispersion"]["ratio"] > 1.2
        empty = simulated(fitted(*counts(np.random.default_rng(seed), zeros=0.35)), [seed], 1)
        assert empty["zeros"]["flagged"]
        assert empty["zeros"]["ratio"] > 1.2

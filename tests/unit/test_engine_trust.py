"""What cannot be trusted is said: separation, Laplace on small clusters, counts no more dispersed than Poisson."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, Approximation, fit_gaussian, fit_general, settle
from epiladder.engine.outcome import make_outcome
from epiladder.engine.separation import separation
from epiladder.engine.trust import (
    endless_caution,
    few_caution,
    laplace_caution,
    overdispersion_caution,
    poisson_caution,
    run_away,
    wide_caution,
)
from epiladder.errors import SeparationError

INTERCEPT = (RandomColumns("ward", (("(Intercept)",),)),)


def rows(seed: int, clusters: int, size: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    n = clusters * size
    columns = {"(Intercept)": np.ones(n), "x": rng.normal(size=n), "drug": (rng.random(n) < 0.3).astype(float)}
    return columns, -0.5 + 0.4 * columns["x"] + np.repeat(1.5 * rng.normal(size=clusters), size)


def multiply(columns: dict[str, np.ndarray], y: np.ndarray, size: int) -> Crossproducts:
    starts = np.arange(0, len(y), size)
    return crossproducts([*columns, "y"], [*columns.values(), y], starts, ["ward"], [starts])


def test_separation_is_named_and_refused() -> None:
    columns, eta = rows(1, 12, 10)
    y = (np.random.default_rng(2).random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    y[columns["drug"] == 1] = 0.0
    model, outcome = Model("y", tuple(columns), INTERCEPT), make_outcome("binomial", "logit", y)
    columns["drug"][:30] = 0.0
    with pytest.raises(SeparationError, match=r"drug.* events from non-events without a fault") as caught:
        fit_general(multiply(columns, y, 10), model, columns, outcome, LAPLACE)
    treated = {str(ward * 10) for ward in range(12) if columns["drug"][ward * 10 : ward * 10 + 10].any()}
    assert set(caught.value.clusters) == treated
    assert (caught.value.level, caught.value.n_clusters) == ("ward", 12)
    assert 0 < len(treated) < 10


@pytest.mark.parametrize("overlap", [True, False])
def test_linear_programme_finds_separation_and_nothing_else(overlap: bool) -> None:
    x = np.vstack([np.ones(8), np.arange(8.0)])
    y = np.array([0, 0, 0, 1, 0, 1, 1, 1.0]) if overlap else np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
    found = separation(x, y, 1.0, ("(Intercept)", "dose"))
    assert (found is None) == overlap
    assert overlap or "dose" in (found.names if found else ())
    assert found is None or found.rows.all()


def test_laplace_on_small_clusters_is_cautioned_and_on_large_ones_not() -> None:
    said = {}
    for size in (3, 40):
        columns, eta = rows(5, 60, size)
        y = (np.random.default_rng(6).random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
        model = Model("y", tuple(columns), INTERCEPT)
        outcome = make_outcome("binomial", "logit", y)
        fit = fit_general(multiply(columns, y, size), model, columns, outcome, LAPLACE, judged=True)
        said[size] = laplace_caution(fit)
        assert wide_caution(fit) is None
    assert "Laplace" in (said[3] or "")
    assert said[40] is None


def test_counts_without_overdispersion_say_so() -> None:
    columns, eta = rows(7, 40, 12)
    y = np.random.default_rng(8).poisson(np.exp(eta / 3)).astype(float)
    model = Model("y", tuple(columns), INTERCEPT)
    fit = fit_general(multiply(columns, y, 12), model, columns, make_outcome("negative_binomial", "log", y), LAPLACE)
    poisson = fit_general(multiply(columns, y, 12), model, columns, make_outcome("poisson", "log", y), LAPLACE)
    assert fit.log_likelihood >= poisson.log_likelihood - 1e-5
    assert poisson.overdispersion == pytest.approx(1.0, abs=0.25)
    if fit.dispersion and fit.dispersion > 1e4:
        assert "no more dispersed" in (poisson_caution(fit) or "")


def test_nodes_are_raised_until_the_likelihood_settles() -> None:
    columns, eta = rows(9, 50, 4)
    y = (np.random.default_rng(10).random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    model = Model("y", tuple(columns), INTERCEPT)
    chosen, tried = settle(multiply(columns, y, 4), model, columns, make_outcome("binomial", "logit", y))
    assert chosen.method == "quadrature"
    assert chosen.nodes == tried[-1][0]
    assert abs(tried[-1][1] - tried[-2][1]) < 1e-6
    assert abs(tried[1][1] - tried[0][1]) > 1e-3


def test_three_levels_of_clusters_take_laplace() -> None:
    columns, eta = rows(11, 48, 4)
    y = (np.random.default_rng(12).random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    starts = np.arange(0, len(y), 4)
    labels = [starts // 64, starts // 16, starts]
    cross = crossproducts([*columns, "y"], [*columns.values(), y], starts, ["a", "b", "c"], labels)
    parts = tuple(RandomColumns(level, (("(Intercept)",),)) for level in "abc")
    model, outcome = Model("y", tuple(columns), parts), make_outcome("binomial", "logit", y)
    assert settle(cross, model, columns, outcome)[0].method == "laplace"
    assert fit_general(cross, model, columns, outcome, LAPLACE).convergence.status in ("converged", "boundary")


@pytest.mark.parametrize("slope", [False, True])
def test_a_variance_without_end_names_its_clusters(slope: bool) -> None:
    """Outcomes alike in all but one cluster, or told apart by x in each, in directions that differ."""
    rng = np.random.default_rng(13)
    columns, _ = rows(13, 12, 8)
    first_rows = np.arange(0, 96, 8)
    upwards = np.repeat(rng.random(12) < 0.5, 8)
    y = ((columns["x"] > 0) ^ upwards if slope else upwards).astype(float)
    y[:8] = [0, 1, 0, 1, 1, 0, 1, 0]
    effects = ("(Intercept)", "x") if slope else ("(Intercept)",)
    model = Model("y", tuple(columns), (RandomColumns("ward", (effects,)),))
    fit = fit_general(multiply(columns, y, 8), model, columns, make_outcome("binomial", "logit", y), LAPLACE)
    z, labels = [columns[name] for name in effects], list("abcdefghijkl")
    said = endless_caution(fit.levels[0], z, (y, np.ones(96)), first_rows, labels) or ""
    assert "within 11 of 12 clusters (b, c, d, e, f and 6 more) all outcomes are alike" in said
    assert ("told apart by x" in said) == slope
    assert "(b, c" not in (endless_caution(fit.levels[0], z, (y, np.ones(96)), first_rows, None) or "(b, c")


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("nodes", [5, 11])
def test_quadrature_does_not_follow_a_variance_without_end(nodes: int, apart: bool) -> None:
    """Slopes that tell all outcomes apart but in a cluster or two: the search ends early, and not at a boundary."""
    columns, _ = rows(21, 20, 10)
    upwards = np.repeat(np.random.default_rng(22).random(20) < 0.5, 10)
    y = ((columns["x"] > 0) ^ upwards).astype(float)
    y[:20] = np.resize([0, 1, 0, 1, 1, 0, 1], 20)
    blocks = (("(Intercept)",), ("x",)) if apart else (("(Intercept)", "x"),)
    model = Model("y", tuple(columns), (RandomColumns("ward", blocks),))
    outcome = make_outcome("binomial", "logit", y)
    fit = fit_general(multiply(columns, y, 10), model, columns, outcome, Approximation("quadrature", nodes))
    assert fit.convergence.status == "failed"
    assert fit.convergence.evaluations < 150


def test_a_plateau_is_no_boundary() -> None:
    """A large slope bound to the intercept, in clusters whose outcomes it tells apart, is no boundary."""
    columns, _ = rows(13, 12, 8)
    y = ((columns["x"] > 0) ^ np.repeat(np.random.default_rng(13).random(12) < 0.5, 8)).astype(float)
    model = Model("y", tuple(columns), (RandomColumns("ward", (("(Intercept)", "x"),)),))
    fit = fit_general(multiply(columns, y, 8), model, columns, make_outcome("binomial", "logit", y), LAPLACE)
    ended = replace(fit.convergence, status="boundary", message="Converged on the boundary.")
    z = [columns[name] for name in ("(Intercept)", "x")]
    for correlation, status in ((1.0, "failed"), (0.5, "boundary")):
        covariance = np.array([[4.0, correlation * 27.6], [correlation * 27.6, 13.8**2]])
        level = replace(fit.levels[0], covariance=covariance)
        found = run_away(replace(fit, levels=(level,), convergence=ended), level, z)
        assert found.convergence.status == status


def test_overdispersed_counts_are_measured_and_said() -> None:
    columns, eta = rows(15, 40, 12)
    rng = np.random.default_rng(16)
    counts = {"poisson": rng.poisson(np.exp(eta / 3)), "dispersed": rng.poisson(np.exp(eta / 3) * rng.gamma(1, 1, 480))}
    said = {}
    for name, y in counts.items():
        model, outcome = Model("y", tuple(columns), INTERCEPT), make_outcome("poisson", "log", y.astype(float))
        fit = fit_general(multiply(columns, y.astype(float), 12), model, columns, outcome, LAPLACE)
        said[name] = overdispersion_caution(fit, "poisson")
    assert said["poisson"] is None
    assert "negative_binomial" in (said["dispersed"] or "")


def test_few_clusters_are_said() -> None:
    columns, eta = rows(17, 6, 30)
    y = eta + np.random.default_rng(18).normal(size=len(eta))
    fit = fit_gaussian(multiply(columns, y, 30), Model("y", tuple(columns), INTERCEPT))["REML"]
    assert "6 of ward" in (few_caution(fit, {"ward": 6}) or "")
    assert few_caution(fit, {"ward": 10}) is None


@pytest.mark.parametrize("between", [1e-3, 1e4])
def test_rounding_is_no_failure_to_converge(between: float) -> None:
    """Residuals of a hundred-millionth of the outcome's squares: the last digits of the deviance are noise."""
    columns, _ = rows(19, 20, 10)
    rng = np.random.default_rng(20)
    y = np.repeat(between * rng.normal(size=20), 10) + (1.0 if between > 1 else 1e-7) * rng.normal(size=200)
    fits = fit_gaussian(multiply(columns, y, 10), Model("y", tuple(columns), INTERCEPT))
    assert {fit.convergence.status for fit in fits.values()} == {"converged"}
    assert fits["REML"].levels[0].covariance[0, 0] == pytest.approx(between**2, rel=0.8)

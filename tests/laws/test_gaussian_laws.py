"""Laws that any Gaussian fit must keep, whatever the data: hypothesis draws small unbalanced studies."""

from __future__ import annotations

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.result import Estimates
from epiladder.errors import LikelihoodError
from hypothesis import example, given, settings
from hypothesis import strategies as st

NAMES = ("(Intercept)", "x", "w")
SLOPE = Model("y", NAMES, (RandomColumns("g", (("(Intercept)", "x"),)),))
INTERCEPT = Model("y", NAMES, (RandomColumns("g", (("(Intercept)",),)),))
CRITERIA = ("ML", "REML")


def draw(seed: int, n_clusters: int = 12, spread: float = 1.0, largest: int = 9) -> dict[str, np.ndarray]:
    """A small two-level study: x varies within clusters, w between them; sizes differ."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_clusters), rng.integers(2, largest, n_clusters))
    x, w = rng.normal(size=len(codes)), rng.normal(size=n_clusters)[codes]
    effects = spread * rng.normal(size=(n_clusters, 2))[codes]
    y = 1 + 0.5 * x - 0.3 * w + effects[:, 0] + 0.5 * effects[:, 1] * x + rng.normal(size=len(codes))
    return {"g": codes, "x": x, "w": w, "y": y}


def multiply(rows: dict[str, np.ndarray]) -> Crossproducts:
    order = np.argsort(rows["g"], kind="stable")
    codes = rows["g"][order]
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    columns = [np.ones(len(codes)), *(rows[name][order] for name in ("x", "w", "y"))]
    return crossproducts([*NAMES, "y"], columns, starts, ["g"], [codes[starts]])


def fit(rows: dict[str, np.ndarray], model: Model = SLOPE) -> dict[str, Estimates]:
    return fit_gaussian(multiply(rows), model)


def assert_same(one: Estimates, two: Estimates, near: float = 1e-6) -> None:
    assert one.log_likelihood == pytest.approx(two.log_likelihood, abs=near, rel=1e-10)
    errors = np.sqrt(np.diag(two.beta_covariance))
    np.testing.assert_allclose((one.beta - two.beta) / errors, 0, atol=1e-4)
    np.testing.assert_allclose(one.levels[0].covariance, two.levels[0].covariance, atol=1e-4 * two.residual_variance)
    assert one.residual_variance == pytest.approx(two.residual_variance, rel=1e-4)


seeds = st.integers(0, 2**31)
spreads = st.sampled_from([0.0, 0.05, 0.3, 1.0, 5.0])


@given(seeds, spreads)
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_matter(seed: int, spread: float) -> None:
    rows = draw(seed, spread=spread)
    order = np.random.default_rng(seed).permutation(len(rows["y"]))
    shuffled = {name: values[order] for name, values in rows.items()}
    one, two = fit(rows), fit(shuffled)
    for criterion in CRITERIA:
        assert_same(one[criterion], two[criterion])


@given(seeds, spreads)
@settings(max_examples=25, deadline=None)
def test_names_of_clusters_do_not_matter(seed: int, spread: float) -> None:
    rows = draw(seed, spread=spread)
    names = np.random.default_rng(seed + 1).permutation(12)
    one, two = fit(rows), fit({**rows, "g": names[rows["g"]]})
    for criterion in CRITERIA:
        assert_same(one[criterion], two[criterion])
        modes = two[criterion].modes[0].modes[names]
        np.testing.assert_allclose(one[criterion].modes[0].modes, modes, atol=1e-3)


@given(seeds, spreads, st.sampled_from([1e-3, 0.5, 40.0, 1e4]), st.sampled_from([-1e5, 0.0, 3.0]))
@settings(max_examples=25, deadline=None)
def test_outcome_shifted_and_scaled(seed: int, spread: float, scale: float, shift: float) -> None:
    """Coefficients scale, variances scale squared, the log-likelihood falls by (N or N - p) log scale."""
    rows = draw(seed, spread=spread)
    one, two = fit(rows), fit({**rows, "y": shift + scale * rows["y"]})
    for criterion in CRITERIA:
        a, b = one[criterion], two[criterion]
        n = len(rows["y"]) - (len(NAMES) if criterion == "REML" else 0)
        assert b.log_likelihood == pytest.approx(a.log_likelihood - n * np.log(scale), abs=1e-5)
        errors = np.sqrt(np.diag(a.beta_covariance))
        expected = scale * a.beta + np.array([shift, 0, 0])
        np.testing.assert_allclose((b.beta - expected) / (scale * errors), 0, atol=1e-4)
        near = 1e-4 * scale**2 * a.residual_variance
        np.testing.assert_allclose(b.levels[0].covariance, scale**2 * a.levels[0].covariance, atol=near)
        assert b.residual_variance == pytest.approx(scale**2 * a.residual_variance, rel=1e-4)


@given(seeds, spreads, st.sampled_from([1e6, -2e4, 300.0]))
@settings(max_examples=25, deadline=None)
def test_covariate_far_from_zero(seed: int, spread: float, shift: float) -> None:
    """Shifting a covariate with a correlated slope moves the intercept alone; the likelihood and the slope stay."""
    rows = draw(seed, spread=spread)
    one, two = fit(rows), fit({**rows, "x": rows["x"] + shift})
    for criterion in CRITERIA:
        a, b = one[criterion], two[criterion]
        assert b.log_likelihood == pytest.approx(a.log_likelihood, abs=1e-5)
        errors = np.sqrt(np.diag(a.beta_covariance))
        np.testing.assert_allclose((b.beta[1:] - a.beta[1:]) / errors[1:], 0, atol=1e-4)
        near = 1e-4 * a.residual_variance
        assert b.levels[0].covariance[1, 1] == pytest.approx(a.levels[0].covariance[1, 1], abs=near)


@given(seeds, spreads)
@settings(max_examples=15, deadline=None)
def test_whole_study_repeated_as_new_clusters(seed: int, spread: float) -> None:
    """Every cluster twice: ML estimates stay, the log-likelihood doubles, standard errors shrink by root two."""
    rows = draw(seed, spread=spread)
    twice = {name: np.concatenate([values, values]) for name, values in rows.items()}
    twice["g"] = np.concatenate([rows["g"], rows["g"] + 12])
    a, b = fit(rows)["ML"], fit(twice)["ML"]
    assert b.log_likelihood == pytest.approx(2 * a.log_likelihood, abs=1e-5)
    errors = np.sqrt(np.diag(a.beta_covariance))
    np.testing.assert_allclose((b.beta - a.beta) / errors, 0, atol=1e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(b.beta_covariance)) * np.sqrt(2), errors, rtol=1e-4)


@given(seeds, st.integers(2, 5))
@settings(max_examples=15, deadline=None)
def test_repeated_rows_multiply_the_crossproducts(seed: int, times: int) -> None:
    """Each row k times is every cross-product times k, so a frequency weight of k is the same study."""
    rows = draw(seed)
    one, many = multiply(rows), multiply({name: np.repeat(values, times) for name, values in rows.items()})
    np.testing.assert_allclose(many.products, times * one.products, rtol=1e-9, atol=1e-9)


@given(seeds, spreads)
@settings(max_examples=25, deadline=None)
def test_balanced_one_way_layout_has_a_closed_form(seed: int, spread: float) -> None:
    """REML is the analysis of variance: V = (MSB - MSW) / n or zero, s2 = MSW (or the pooled one)."""
    rng = np.random.default_rng(seed)
    codes, n = np.repeat(np.arange(8), 5), 5
    y = spread * rng.normal(size=8)[codes] + rng.normal(size=40)
    starts = np.arange(8) * n
    cross = crossproducts(["(Intercept)", "y"], [np.ones(40), y], starts, ["g"], [np.arange(8)])
    found = fit_gaussian(cross, Model("y", ("(Intercept)",), (RandomColumns("g", (("(Intercept)",),)),)))["REML"]
    means = y.reshape(8, n).mean(axis=1)
    within = ((y - means[codes]) ** 2).sum() / 32
    between = n * means.var(ddof=1)
    variance = max(0.0, (between - within) / n)
    assert found.levels[0].covariance[0, 0] == pytest.approx(variance, rel=1e-6, abs=1e-9)
    assert found.residual_variance == pytest.approx(within if variance else y.var(ddof=1), rel=1e-6)
    assert found.convergence.status == ("converged" if variance else "boundary")


@given(seeds, spreads)
@example(348422012, 0.0)  # an end on the boundary that was a saddle
@example(161, 0.3)
@example(357, 0.0)  # two optima, one of them on the boundary
@example(4, 1.0)
@settings(max_examples=25, deadline=None)
def test_larger_models_do_not_fit_worse(seed: int, spread: float) -> None:
    rows = draw(seed, spread=spread, largest=5)
    one, two = fit(rows, INTERCEPT), fit(rows, SLOPE)
    for criterion in CRITERIA:
        assert two[criterion].log_likelihood >= one[criterion].log_likelihood - 1e-7
        assert two[criterion].convergence.status != "failed"


def test_clusters_of_size_one_are_allowed_among_others() -> None:
    rows = draw(3)
    singles = {"g": np.arange(100, 106), "x": np.arange(6.0), "w": np.ones(6), "y": np.arange(6.0) ** 1.1}
    fits = fit({name: np.concatenate([rows[name], singles[name]]) for name in rows})
    assert fits["REML"].convergence.status in ("converged", "boundary")
    assert len(fits["REML"].modes[0].modes) == 18


def test_only_clusters_of_size_one_are_refused_in_words() -> None:
    rows = draw(3)
    with pytest.raises(LikelihoodError, match="cannot be told from the residual"):
        fit({**rows, "g": np.arange(len(rows["y"]))}, INTERCEPT)


def test_one_cluster_is_refused_in_words() -> None:
    rows = draw(3)
    with pytest.raises(LikelihoodError, match="only one cluster of level g"):
        fit({**rows, "g": np.zeros(len(rows["y"]), dtype=int)}, INTERCEPT)


def test_more_parameters_than_clusters() -> None:
    """Three clusters, a random slope (three covariance parameters) and three fixed effects: an answer, not a crash."""
    fits = fit(draw(11, n_clusters=3, largest=12))
    for criterion in CRITERIA:
        assert fits[criterion].convergence.status in ("converged", "boundary")
        assert np.isfinite(fits[criterion].log_likelihood)

"""Ordinary, cluster-robust and GEE regression against R's lm, sandwich and geepack (cmp_*.json)."""

import json

import numpy as np
import pytest
from epiladder import steps
from epiladder.inference.practice_gaussian import fixed_effects
from epiladder.inference.regression import Regression
from studies import MODELS, Laboratory, reference, same_term

CASES = {"cmp_hsb82": ("hsb82_rb45_crosslevel", "cross_level"), "cmp_exam": ("exam_rs_schgend", "random_slope")}


@pytest.fixture(params=sorted(CASES))
def rows(request: pytest.FixtureRequest, laboratory: Laboratory) -> tuple[dict, dict[str, list[dict]]]:
    model, fixed_part = CASES[request.param]
    golden = MODELS[model]
    results = laboratory.results(golden)
    for rung in json.loads((results / "design" / "design.json").read_text())["rungs"]:
        laboratory.fit(golden, rung["id"])
    steps.standard_practice(results=results)
    found = json.loads((results / "standard_practice.json").read_text())["rows"]
    expected = reference(request.param)
    order = [frozenset(name.split(":")) for name in expected["names"]]
    methods: dict[str, list[dict]] = {}
    for row in found:
        if row["fixed_part"] == fixed_part:
            methods.setdefault(row["method"], []).append(row)
    return expected, {m: sorted(rs, key=lambda r: order.index(same_term(r["term"]))) for m, rs in methods.items()}


def column(rows: list[dict], key: str) -> np.ndarray:
    return np.array([row[key] for row in rows], dtype=float)


def test_ordinary(rows: tuple[dict, dict[str, list[dict]]]) -> None:
    expected, found = rows
    np.testing.assert_allclose(column(found["ordinary"], "estimate"), expected["single_level"]["estimate"], rtol=1e-9)
    np.testing.assert_allclose(column(found["ordinary"], "std_error"), expected["single_level"]["se"], rtol=1e-9)


def test_cluster_robust(rows: tuple[dict, dict[str, list[dict]]]) -> None:
    expected, found = rows
    errors = expected["cluster_robust"]["HC1_stata_like"]
    np.testing.assert_allclose(column(found["cluster_robust"], "std_error"), errors, rtol=1e-9)


def test_bias_reduced_cluster_robust(rows: tuple[dict, dict[str, list[dict]]]) -> None:
    expected, found = rows
    ours = column(found["cluster_robust_cr2"], "std_error")
    np.testing.assert_allclose(ours, expected["cluster_robust"]["CR2"], rtol=1e-8)
    assert all(0 < row["df"] < expected["n_clusters"] for row in found["cluster_robust_cr2"])


def test_gee(rows: tuple[dict, dict[str, list[dict]]]) -> None:
    expected, found = rows
    theirs = expected["gee_exchangeable"]
    errors = np.array(theirs["robust_se"])
    np.testing.assert_allclose(column(found["gee_exchangeable"], "std_error") / errors, 1, atol=1e-3)
    moved = (column(found["gee_exchangeable"], "estimate") - theirs["estimate"]) / errors
    np.testing.assert_allclose(moved, 0, atol=1e-3)


def test_single_level_rung_is_ordinary_regression(laboratory: Laboratory) -> None:
    """The engine's own single-level fit against R's lm."""
    expected = reference("cmp_exam")["single_level"]
    estimates = laboratory.fit(MODELS["exam_rs_schgend"], "single_level")["estimates"]
    np.testing.assert_allclose(column(estimates["REML"]["fixed"], "estimate"), expected["estimate"], rtol=1e-9)
    np.testing.assert_allclose(column(estimates["REML"]["fixed"], "std_error"), expected["se"], rtol=1e-9)
    assert estimates["ML"]["log_likelihood"] == pytest.approx(expected["logLik"], abs=1e-8)
    assert estimates["ML"]["aic"] == pytest.approx(expected["AIC"], abs=1e-7)


def test_fixed_effects_are_regression_with_a_dummy_for_each_cluster() -> None:
    rng = np.random.default_rng(7)
    codes = np.repeat(np.arange(12), rng.integers(1, 9, 12))
    x = np.column_stack([np.ones(len(codes)), rng.normal(size=len(codes)), rng.normal(size=12)[codes]])
    y = x @ [1.0, 0.5, -1.0] + rng.normal(size=12)[codes] + rng.normal(size=len(codes))
    answer = fixed_effects(Regression(y, ("(Intercept)", "within", "between"), x, codes, codes, 0.95))
    dummies = np.column_stack([x[:, 1], codes[:, None] == np.arange(12)])
    weights, rss, *_ = np.linalg.lstsq(dummies, y)
    error = np.sqrt(rss[0] / (len(y) - 13) * np.linalg.inv(dummies.T @ dummies)[0, 0])
    found = answer.coefficients["within"]
    assert (found.estimate, found.std_error, found.df) == pytest.approx((weights[0], error, len(y) - 13))
    assert set(answer.reasons) == {"(Intercept)", "between"}

"""Binary and count references through the workflow's own steps: lme4's Laplace, exact likelihoods, glmmTMB, R's glm."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from epiladder import steps
from general_studies import EXACT, GLMMTMB, LAPLACE, General, fit
from studies import reference, same_term

FROZEN = reference("general")


def ordered(fixed: list[dict], names: list[str]) -> list[dict]:
    """Our rows in the order of the reference's names."""
    theirs = [frozenset(name.replace("I(age^2)", "I(age**2)").split(":")) for name in names]
    ours = {same_term(row["term"]): row for row in fixed}
    assert ours.keys() == set(theirs)
    return [ours[name] for name in theirs]


def column(rows: list[dict], key: str) -> np.ndarray:
    return np.array([row[key] for row in rows], dtype=float)


@pytest.mark.parametrize("name", sorted(LAPLACE))
def test_laplace_is_that_of_lme4(tmp_path: Path, name: str) -> None:
    expected = reference(name)
    record = fit(LAPLACE[name], tmp_path)
    found = record["estimates"]["ML"]
    assert set(record["estimates"]) == {"ML"}
    assert (found["method"], found["nodes"]) == ("laplace", 1)
    assert record["n_rows"] == expected["n_obs"]
    assert found["log_likelihood"] >= expected["logLik"] - 1e-4
    assert found["log_likelihood"] == pytest.approx(expected["logLik"], abs=1e-4)
    assert found["n_parameters"] == expected["df"]
    assert found["residual_variance"] is None
    rows = ordered(found["fixed"], expected["fixef"]["names"])
    errors = np.array(expected["fixef"]["se"])
    np.testing.assert_allclose((column(rows, "estimate") - expected["fixef"]["estimate"]) / errors, 0, atol=1e-3)
    # lme4's own errors come from rough differences here; glmmTMB's exact Hessian is the better judge
    np.testing.assert_allclose(column(rows, "std_error"), expected["crosscheck"]["se"], rtol=2e-3)
    assert all(row["df"] is None for row in rows)
    for part in found["random"]:
        theirs = np.array(expected["varcomp"][part["level"]]["cov"])
        np.testing.assert_allclose(part["covariance"], theirs, atol=1e-3 * np.abs(theirs).max())


@pytest.mark.parametrize("name", sorted(EXACT))
def test_quadrature_is_the_exact_likelihood(tmp_path: Path, name: str) -> None:
    expected = reference(name)
    found = fit(EXACT[name], tmp_path)["estimates"]["ML"]
    assert (found["method"], found["nodes"]) == ("quadrature", 25)
    assert found["log_likelihood"] == pytest.approx(expected["logLik"], abs=1e-5)
    rows = ordered(found["fixed"], expected["names"])
    np.testing.assert_allclose(column(rows, "estimate"), expected["estimate"], rtol=1e-4)
    np.testing.assert_allclose(column(rows, "std_error"), expected["se_observed_information"], rtol=1e-4)
    assert found["random"][0]["covariance"][0][0] == pytest.approx(expected["var"], rel=1e-4)


@pytest.mark.parametrize("name", sorted(EXACT))
def test_single_level_stands_on_the_same_scale(tmp_path: Path, name: str) -> None:
    """With every constant, an ordinary model and a mixed one can stand in one table."""
    expected = reference(name)
    if "logLik_glm" in expected and EXACT[name].covariates:
        found = fit(EXACT[name], tmp_path, "single_level")["estimates"]["ML"]
        assert found["log_likelihood"] == pytest.approx(expected["logLik_glm"], abs=1e-8)
        assert found["method"] == "exact"


@pytest.mark.parametrize("name", sorted(GLMMTMB))
def test_links_dispersion_and_exposure_are_those_of_glmmtmb(tmp_path: Path, name: str) -> None:
    expected = FROZEN[name]
    found = fit(GLMMTMB[name], tmp_path)["estimates"]["ML"]
    assert found["log_likelihood"] >= expected["logLik"] - 1e-5
    assert found["log_likelihood"] == pytest.approx(expected["logLik"], abs=1e-4)
    rows = ordered(found["fixed"], expected["names"])
    errors = np.array(expected["se"])
    np.testing.assert_allclose((column(rows, "estimate") - expected["estimate"]) / errors, 0, atol=2e-3)
    np.testing.assert_allclose(column(rows, "std_error"), errors, rtol=2e-3)
    if GLMMTMB[name].outcome and dict(GLMMTMB[name].outcome).get("family") == "negative_binomial":
        assert found["dispersion"] == pytest.approx(expected["dispersion"], rel=1e-3)
    for part in found["random"]:
        theirs = np.reshape(expected["covariance"][part["level"]], np.shape(part["covariance"]))
        np.testing.assert_allclose(part["covariance"], theirs, atol=2e-3 * np.abs(theirs).max())


PRACTICE = {
    "cmp_contraception": LAPLACE["contraception_ri_laplace"],
    "cmp_cbpp": LAPLACE["cbpp_laplace"],
    "cmp_epilepsy_hsaur": General("epilepsy_hsaur", covariates=("base", "age", "treat"), outcome=(("exposure", 2),)),
}


@pytest.mark.parametrize("name", sorted(PRACTICE))
def test_standard_practice(tmp_path: Path, name: str) -> None:
    """R's glm and sandwich to nine digits; geepack to a thousandth of a standard error, where it has the same rows."""
    expected = reference(name)
    for rung in ("single_level", "random_intercept"):
        fit(PRACTICE[name], tmp_path, rung)
    for rung in ("single_level.null", "null"):
        fit(PRACTICE[name], tmp_path, rung)
    steps.standard_practice(results=tmp_path)
    rows = json.loads((tmp_path / "standard_practice.json").read_text())["rows"]
    by_method = {
        method: ordered([row for row in rows if row["method"] == method], expected["names"])
        for method in ("ordinary", "cluster_robust", "gee_exchangeable", "marginal")
    }
    ordinary, robust = by_method["ordinary"], by_method["cluster_robust"]
    np.testing.assert_allclose(column(ordinary, "estimate"), expected["single_level"]["estimate"], rtol=1e-7)
    np.testing.assert_allclose(column(ordinary, "std_error"), expected["single_level"]["se"], rtol=1e-7)
    errors = expected["cluster_robust"]["HC1_stata_like"]
    np.testing.assert_allclose(column(robust, "std_error"), errors, rtol=1e-6)
    single = fit(PRACTICE[name], tmp_path, "single_level")["estimates"]["ML"]
    assert single["log_likelihood"] == pytest.approx(expected["single_level"]["logLik"], abs=1e-7)
    if "gee_exchangeable" in expected:
        theirs = expected["gee_exchangeable"]
        errors = np.array(theirs["robust_se"])
        moved = (column(by_method["gee_exchangeable"], "estimate") - theirs["estimate"]) / errors
        np.testing.assert_allclose(moved, 0, atol=1e-2)
        np.testing.assert_allclose(column(by_method["gee_exchangeable"], "std_error") / errors, 1, atol=1e-2)
    assert all(row["scale"] == "population-average" for row in by_method["marginal"])


def test_marginal_coefficients_of_a_probit_have_a_closed_form(tmp_path: Path) -> None:
    """beta / sqrt(1 + V): the normal law absorbs a normal random intercept."""
    model = GLMMTMB["contraception_probit"]
    for rung in ("single_level.null", "single_level", "null", "random_intercept"):
        record = fit(model, tmp_path, rung)
    steps.standard_practice(results=tmp_path)
    rows = json.loads((tmp_path / "standard_practice.json").read_text())["rows"]
    estimate = record["estimates"]["ML"]
    shrunk = 1 / np.sqrt(1 + estimate["random"][0]["covariance"][0][0])
    marginal = {row["term"]: row["estimate"] for row in rows if row["method"] == "marginal"}
    for row in estimate["fixed"]:
        assert marginal[row["term"]] == pytest.approx(row["estimate"] * shrunk, rel=1e-6)


def test_likelihood_ratios_of_contraception(tmp_path: Path) -> None:
    expected = {test["name"]: test for test in reference("lrt")["tests"]}["contraception: RI vs RS Laplace"]
    model = LAPLACE["contraception_rs_laplace"]
    for rung in ("single_level.null", "single_level", "null", "random_intercept", "random_slope"):
        fit(model, tmp_path, rung)
    steps.bootstrap(results=tmp_path)
    steps.infer(results=tmp_path)
    rows = json.loads((tmp_path / "comparisons.json").read_text())
    row = next(r for r in rows if r["larger"] == "random_slope")
    assert row["criterion"] == "ML"
    assert row["statistic"] == pytest.approx(expected["chi2"], abs=5e-4)
    assert row["p_value"] == pytest.approx(expected["p_mixture"], rel=1e-3)
    screen = json.loads((tmp_path / "screen.json").read_text())["levels"][0]
    assert screen["icc"] == pytest.approx(0.0694898148240054, rel=1e-4)
    assert screen["median_ratio"] == pytest.approx(1.60448419498765, rel=1e-4)

"""Likelihood-ratio tests of the ladder against lrt.json: statistic, naive p and the mixture's p."""

import json

import pytest
from epiladder import steps
from studies import MODELS, Golden, Laboratory, reference

TESTS = {test["name"]: test for test in reference("lrt")["tests"]}
LADDERS: dict[str, tuple[str, str, str, str]] = {
    "sleepstudy: lm vs RI (ML)": ("sleepstudy_ri", "single_level", "random_intercept", "ML"),
    "sleepstudy: RI vs RS correlated (ML)": ("sleepstudy_rs", "random_intercept", "random_slope", "ML"),
    "sleepstudy: RI vs RS correlated (REML)": ("sleepstudy_rs", "random_intercept", "random_slope", "REML"),
    "sleepstudy: RI vs RS uncorrelated (ML)": ("sleepstudy_rsindep", "random_intercept", "random_slope", "ML"),
    "hsb82: lm vs null (ML)": ("hsb82_null", "single_level.null", "null", "ML"),
    "hsb82: ri_cses vs rs_cses (ML)": ("hsb82_rs_cses", "random_intercept", "random_slope", "ML"),
    "exam: ri vs rs (ML)": ("exam_rs", "random_intercept", "random_slope", "ML"),
    "exam: ri_sex_type vs rs_sex_type (ML)": ("exam_rs_sex_type", "random_intercept", "random_slope", "ML"),
    "dyestuff2: lm vs null (ML), singular": ("dyestuff2_null", "single_level.null", "null", "ML"),
}


def comparisons(laboratory: Laboratory, golden: Golden) -> list[dict]:
    results = laboratory.results(golden)
    for rung in json.loads((results / "design" / "design.json").read_text())["rungs"]:
        laboratory.fit(golden, rung["id"])
    steps.bootstrap(results=results)
    steps.infer(results=results)
    return json.loads((results / "comparisons.json").read_text())


@pytest.mark.parametrize("name", sorted(LADDERS))
def test_against_lme4(laboratory: Laboratory, name: str) -> None:
    model, smaller, larger, criterion = LADDERS[name]
    expected = TESTS[name]
    rows = comparisons(laboratory, MODELS[model])
    row = next(r for r in rows if (r["smaller"], r["larger"], r["criterion"]) == (smaller, larger, criterion))
    assert row["statistic"] == pytest.approx(expected["chi2"], abs=2e-7)
    assert row["df"] == expected["df"]
    assert row["p_value_naive"] == pytest.approx(expected["p_naive"], rel=1e-6)
    assert row["p_value"] == pytest.approx(expected["p_mixture"], rel=1e-6)
    mixture = zip(expected["mixture"]["w"], expected["mixture"]["df"], strict=True)
    assert row["reference"] == " + ".join(f"{weight:.4g}*chi2({df})" for weight, df in mixture)


def test_rows_by_criterion(laboratory: Laboratory) -> None:
    """REML and ML where the fixed parts agree, REML first; ML alone where they do not."""
    rows = comparisons(laboratory, MODELS["hsb82_crosslevel"])
    assert [(r["smaller"], r["larger"], r["criterion"]) for r in rows] == [
        ("single_level.null", "null", "REML"),
        ("single_level.null", "null", "ML"),
        ("single_level", "random_intercept", "REML"),
        ("single_level", "random_intercept", "ML"),
        ("null", "random_intercept", "ML"),
        ("random_intercept", "random_slope", "REML"),
        ("random_intercept", "random_slope", "ML"),
        ("random_slope", "cross_level", "ML"),
    ]
    fixed = {r["larger"]: r["reference"] for r in rows if r["criterion"] == "ML" and r["smaller"] != "single_level"}
    assert fixed["random_intercept"] == "chi2(3)"
    assert fixed["cross_level"] == "chi2(2)"


def test_two_slopes_at_once_have_no_simple_law(laboratory: Laboratory) -> None:
    rows = comparisons(laboratory, MODELS["egsingle_growth"])
    row = next(r for r in rows if r["larger"] == "random_slope" and r["criterion"] == "REML")
    assert row["p_value"] is None
    assert row["reference"] is None
    assert "bootstrap" in row["reason"]
    assert row["df"] == 4
    assert row["p_value_naive"] < 1e-10

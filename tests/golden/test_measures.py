"""Measures against performance and insight, glmmTMB's standard errors of standard deviations, and published numbers."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from epiladder import steps
from epiladder.design.load import Designed
from epiladder.inference.fitted import Fitted
from epiladder.inference.heterogeneity import linear_variance
from epiladder.inference.r_squared import mean_random_variance
from epiladder.steps import read_plan
from general_studies import EXACT, GLMMTMB, NB, VISITS, WOMEN, General, fit
from studies import MODELS, Golden, Laboratory, reference

THEIRS = reference("measures")
GAUSSIAN = {
    "sleepstudy_ri": MODELS["sleepstudy_ri"],
    "sleepstudy_rs": MODELS["sleepstudy_rs"],
    "hsb82_crosslevel": MODELS["hsb82_crosslevel"],
    "egsingle_ri": Golden("egsingle", "random_intercept", ("year", "lowinc")),
}
GENERAL = {
    "contraception_logit": General("contraception", covariates=WOMEN),
    "contraception_probit": GLMMTMB["contraception_probit"],
    "contraception_cloglog": GLMMTMB["contraception_cloglog"],
    "epilepsy_poisson": General("epilepsy_hsaur", covariates=VISITS),
    "epilepsy_nb": General("epilepsy_hsaur", covariates=VISITS, outcome=NB),
}


def complete(results: Path, rungs: tuple[str, ...] = ()) -> dict[str, Any]:
    """The measures of a folder whose retained rung is the last; rungs that are not there yet are fitted."""
    for rung in [item["id"] for item in json.loads((results / "design" / "design.json").read_text())["rungs"]]:
        if not (results / "fits" / f"{rung}.json").exists():
            steps.fit(results=results, rung=rung)
    steps.bootstrap(results=results)
    steps.infer(results=results)
    steps.likelihood(results=results)
    steps.measure(results=results)
    return json.loads((results / "measures.json").read_text(encoding="utf-8"))


def seen(results: Path, rung: str) -> Fitted:
    record = json.loads((results / "fits" / f"{rung}.json").read_text(encoding="utf-8"))
    found = Fitted.of(read_plan(results), Designed(results / "design"), record)
    assert found is not None
    return found


@pytest.mark.parametrize("name", GAUSSIAN)
def test_r_squared_of_gaussian_models(name: str, laboratory: Laboratory) -> None:
    golden, expected = GAUSSIAN[name], THEIRS[name]
    laboratory.fit(golden)
    (row,) = complete(laboratory.results(golden))["r_squared"]
    assert row["rung"] == golden.rung
    assert row["fixed"] == pytest.approx(expected["fixed"], rel=1e-5)
    assert row["random"] == pytest.approx(expected["random"], rel=1e-4)
    assert row["marginal"]["estimate"] == pytest.approx(expected["marginal"], rel=1e-4)
    assert row["conditional"]["estimate"] == pytest.approx(expected["conditional"], rel=1e-4)
    assert row["marginal"]["ci_low"] < expected["marginal"] < row["marginal"]["ci_high"]


@pytest.mark.parametrize("name", GENERAL)
def test_r_squared_and_standard_errors_of_general_models(name: str, tmp_path: Path) -> None:
    """The variance of a count is taken where insight takes it, at its mean, so that the formula alone is compared."""
    expected = THEIRS[name]
    record = fit(GENERAL[name], tmp_path)
    fitted = seen(tmp_path, record["rung"])
    values = fitted.values(fitted.vector)
    fixed, random = linear_variance(fitted), mean_random_variance(fitted, values)
    assert fixed == pytest.approx(expected["fixed"], rel=1e-4)
    assert random == pytest.approx(expected["random"], rel=1e-4)
    unit = fitted.level1 or expected["distribution"]
    assert fixed / (fixed + random + unit) == pytest.approx(expected["marginal"], rel=1e-4)
    part = fitted.estimate["covariance_parameters"]["parameters"][0]
    log_sd_error = part["std_error"] / (2 * part["estimate"])
    assert log_sd_error == pytest.approx(expected["log_sd_se"], rel=2e-3)
    found = {row["scale"]: row for row in complete(tmp_path)["r_squared"]}
    if fitted.level1 is not None:
        assert found["latent"]["marginal"]["estimate"] == pytest.approx(expected["marginal"], rel=1e-4)
        assert found["latent"]["conditional"]["estimate"] == pytest.approx(expected["conditional"], rel=1e-4)


@pytest.mark.parametrize("name", ["epilepsy_poisson", "epilepsy_nb"])
def test_the_lognormal_variance_of_counts(name: str, tmp_path: Path) -> None:
    """insight 0.19 takes exp(b0) for the mean, we the marginal exp(b0 + V/2) of Nakagawa and others (2017)."""
    model = fit(GENERAL[name], tmp_path)["estimates"]["ML"]
    null = fit(GENERAL[name], tmp_path, "null")["estimates"]["ML"]
    log_mean, between = null["fixed"][0]["estimate"], null["random"][0]["covariance"][0][0]
    more = 0.0 if model["dispersion"] is None else 1 / model["dispersion"]
    assert math.log1p(math.exp(-log_mean) + more) == pytest.approx(THEIRS[name]["distribution"], rel=1e-5)
    (row,) = complete(tmp_path)["r_squared"]
    assert row["unit"] == pytest.approx(math.log1p(math.exp(-log_mean - between / 2) + more), rel=1e-9)


def test_cattle_pneumonia_as_published(tmp_path: Path) -> None:
    fit(EXACT["exact_cbpp"], tmp_path)
    found = complete(tmp_path)
    ratio = next(row for row in found["median_ratios"] if row["rung"] == "random_intercept")["ratio"]
    latent = next(row for row in found["icc"] if (row["rung"], row["scale"]) == ("random_intercept", "latent"))
    assert ratio["estimate"] == pytest.approx(1.8546, abs=5e-5)
    assert latent["together"]["estimate"] == pytest.approx(0.1130, abs=5e-5)
    for end in ("ci_low", "ci_high"):  # both transform the same interval of the variance
        variance = (math.log(ratio[end]) / (math.sqrt(2) * 0.6744897501960817)) ** 2
        assert latent["together"][end] == pytest.approx(variance / (variance + math.pi**2 / 3), rel=1e-4)


def test_standard_errors_of_variances_as_published(laboratory: Laboratory) -> None:
    """Stata's and SAS's standard errors of variances, to the digits that they print."""
    names = {"hsb82_mundlak_ml": ("hsb82_mundlak", "ML"), "egsingle_null_ml": ("egsingle_null", "ML")}
    checked = 0
    for row in reference("published"):
        if row["model"] in names and row["quantity"].startswith("varse:"):
            model, criterion = names[row["model"]]
            found = laboratory.fit(MODELS[model])["estimates"][criterion]["covariance_parameters"]["parameters"]
            where = row["quantity"].split(":", 1)[1].split("|")
            one = next(r for r in found if (r["level"] or "residual") == where[0])
            assert one["std_error"] == pytest.approx(float(row["printed"]), rel=2e-5)
            checked += 1
    assert checked >= 3

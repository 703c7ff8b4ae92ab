"""The bundled studies of events and counts: their own rungs against glmmTMB, and quadrature against exact integrals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from epiladder import steps
from studies import STUDIES, reference

FROZEN = reference("bundled")
EXACT = {
    ("cattle-pneumonia", "random_intercept"): "exact_cbpp",
    ("contraception", "null"): "exact_contraception_null",
}


def fitted(folder: Path, study: str, rung: str, approximation: str) -> dict:
    plan = yaml.safe_load((STUDIES / study / "study.yaml").read_text(encoding="utf-8"))
    plan["data"]["path"] = str(STUDIES / study / plan["data"]["path"])
    plan["estimation"] = {"approximation": approximation}
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
    steps.plan(study=file, results=folder)
    steps.validate(study=file, results=folder)
    for step in (steps.gate, steps.design, steps.approximate):
        step(results=folder)
    steps.fit(results=folder, rung=rung)
    return json.loads((folder / "fits" / f"{rung}.json").read_text(encoding="utf-8"))["estimates"]["ML"]


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_laplace_is_that_of_glmmtmb(tmp_path: Path, name: str) -> None:
    study, rung = name.split("/")
    found, expected = fitted(tmp_path, study, rung, "laplace"), FROZEN[name]
    assert found["log_likelihood"] == pytest.approx(expected["logLik"], abs=1e-5)
    errors = np.array(expected["se"])
    estimates = np.array([row["estimate"] for row in found["fixed"]])
    np.testing.assert_allclose((estimates - expected["estimate"]) / errors, 0, atol=1e-3)
    np.testing.assert_allclose([row["std_error"] for row in found["fixed"]], errors, rtol=1e-3)
    covariance = np.ravel(found["random"][0]["covariance"])
    np.testing.assert_allclose(covariance, expected["covariance"], atol=1e-3 * np.abs(covariance).max())
    if found["dispersion"]:
        assert found["dispersion"] == pytest.approx(expected["dispersion"], rel=1e-4)


@pytest.mark.parametrize(("study", "rung"), sorted(EXACT))
def test_the_plans_own_quadrature_is_exact(tmp_path: Path, study: str, rung: str) -> None:
    found, expected = fitted(tmp_path, study, rung, "auto"), reference(EXACT[study, rung])
    assert found["method"] == "quadrature"
    assert found["log_likelihood"] == pytest.approx(expected["logLik"], abs=1e-5)
    np.testing.assert_allclose([row["estimate"] for row in found["fixed"]], expected["estimate"], rtol=1e-4)
    np.testing.assert_allclose(
        [row["std_error"] for row in found["fixed"]], expected["se_observed_information"], rtol=1e-4
    )


def test_overdispersion_of_events_is_pearsons_of_lme4(tmp_path: Path) -> None:
    """lme4's optimum is known to five digits."""
    fitted(tmp_path, "cattle-pneumonia", "random_intercept", "laplace")
    record = json.loads((tmp_path / "fits" / "random_intercept.json").read_text(encoding="utf-8"))
    expected = reference("pearson")["cattle-pneumonia/random_intercept"]
    assert record["overdispersion"] == pytest.approx(expected, rel=2e-5)
    assert not any("overdispersed" in words for words in record["warnings"])

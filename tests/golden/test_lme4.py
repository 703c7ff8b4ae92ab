"""Every Gaussian reference of lme4 through the workflow's own steps, within the tolerances that came with it."""

import numpy as np
import pytest
from studies import DATASETS, MODELS, REFERENCES, Laboratory, reference, same_term

CASES = sorted(
    path.stem
    for path in REFERENCES.glob("*.json")
    if path.stem.rpartition("_")[2] in ("ml", "reml") and path.stem.rpartition("_")[0] in MODELS
)


def test_every_reference_file_has_a_model() -> None:
    files = {path.stem for path in REFERENCES.glob("*_ml.json")} | {
        path.stem for path in REFERENCES.glob("*_reml.json")
    }
    assert files == set(CASES)
    assert len(CASES) == 45


def tolerance(name: str, expected: dict) -> dict[str, float]:
    if len(expected["n_groups"]) > 1 or expected["singular"]:
        return {"log_likelihood": 1e-5, "fixed": 1e-5, "covariance": 1e-5}
    return {"log_likelihood": 1e-8, "fixed": 1e-6, "covariance": 1e-4 if name == "hsb82_rs_cses_reml" else 1e-5}


@pytest.mark.parametrize("name", CASES)
def test_fit(laboratory: Laboratory, name: str) -> None:
    model, _, criterion = name.rpartition("_")
    expected = reference(name)
    record = laboratory.fit(MODELS[model])
    found = record["estimates"][criterion.upper()]
    near = tolerance(name, expected)

    assert record["status"] == "fitted"
    assert record["n_rows"] == expected["n_obs"]
    assert {level["name"]: level["n_clusters"] for level in record["levels"]} == expected["n_groups"]
    assert found["log_likelihood"] >= expected["logLik"] - near["log_likelihood"]
    assert found["log_likelihood"] == pytest.approx(expected["logLik"], abs=max(near["log_likelihood"], 1e-8))
    assert found["n_parameters"] == expected["df"]
    if criterion == "ml":
        assert found["aic"] == pytest.approx(expected["AIC"], abs=1e-4)
        assert found["bic"]["rows"] == pytest.approx(expected["BIC"], abs=1e-4)
    else:
        assert found["aic"] is None
        assert found["bic"] is None
    assert found["convergence"]["status"] == ("boundary" if expected["singular"] else "converged")

    theirs = dict(zip((frozenset(n.split(":")) for n in expected["fixef"]["names"]), range(99), strict=False))
    order = [theirs[same_term(row["term"])] for row in found["fixed"]]
    assert sorted(order) == list(range(len(expected["fixef"]["names"])))
    for key, ours in (("estimate", "estimate"), ("se", "std_error")):
        values = np.array(expected["fixef"][key])[order]
        np.testing.assert_allclose([row[ours] for row in found["fixed"]], values, rtol=near["fixed"], atol=1e-9)
    covariance = np.array(expected["vcov_fixef"])[np.ix_(order, order)]
    scale = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    np.testing.assert_allclose(np.array(found["fixed_covariance"]) / scale, covariance / scale, atol=2 * near["fixed"])

    assert found["residual_variance"] == pytest.approx(expected["residual_var"], rel=near["covariance"])
    assert [part["level"] for part in found["random"]] == DATASETS[MODELS[model].dataset]["levels"]
    for part in found["random"]:
        _assert_covariance(part, expected, near["covariance"])


def _assert_covariance(part: dict, expected: dict, near: float) -> None:
    theirs = _expected_covariance(expected, part)
    deviations = np.sqrt(np.where(np.diag(theirs) > 0, np.diag(theirs), expected["residual_var"]))
    scale = np.outer(deviations, deviations)
    np.testing.assert_allclose(np.array(part["covariance"]) / scale, theirs / scale, atol=near)


def _expected_covariance(expected: dict, part: dict) -> np.ndarray:
    """lme4's matrix of a level; an uncorrelated slope stands in an entry of its own, `subject.1`."""
    entries = [expected["varcomp"][key] for key in (part["level"], f"{part['level']}.1") if key in expected["varcomp"]]
    terms = [term for entry in entries for term in entry["terms"]]
    assert [same_term(term) for term in part["terms"]] == [frozenset([term]) for term in terms]
    matrix = np.zeros((len(terms), len(terms)))
    row = 0
    for entry in entries:
        size = len(entry["terms"])
        matrix[row : row + size, row : row + size] = entry["cov"]
        row += size
    return matrix

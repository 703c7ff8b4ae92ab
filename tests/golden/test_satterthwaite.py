"""Satterthwaite's degrees of freedom against lmerTest (references/make_satterthwaite.R), both criteria."""

import numpy as np
import pytest
from studies import MODELS, Laboratory, reference, same_term

EXPECTED = reference("satterthwaite")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_degrees_of_freedom(laboratory: Laboratory, name: str) -> None:
    model, _, criterion = name.rpartition("_")
    found = laboratory.fit(MODELS[model])["estimates"][criterion.upper()]["fixed"]
    theirs = {frozenset(row["term"].split(":")): row for row in EXPECTED[name]}
    assert {same_term(row["term"]) for row in found} == set(theirs)
    for row in found:
        expected = theirs[same_term(row["term"])]
        # lmerTest takes its Hessian by Richardson's differences of the deviance: four to five digits
        assert row["df"] == pytest.approx(expected["df"], rel=2e-3)
        assert row["std_error"] == pytest.approx(expected["std_error"], rel=1e-5)
        assert np.log(row["p_value"]) == pytest.approx(np.log(expected["p_value"]), rel=2e-3)


def test_single_level_is_ordinary_regression(laboratory: Laboratory) -> None:
    """Rows less parameters under REML: Student's own degrees of freedom."""
    record = laboratory.fit(MODELS["sleepstudy_rs"], "single_level")
    assert [row["df"] for row in record["estimates"]["REML"]["fixed"]] == pytest.approx([178.0, 178.0])

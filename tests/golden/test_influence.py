"""Leaving clusters out, against lme4 refitted without each (references/make_influence.R) and its cooks.distance()."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from epiladder.design.load import Designed
from epiladder.engine.fit import LAPLACE as LAPLACE_METHOD
from epiladder.engine.general import make_general
from epiladder.inference.estimate import outcome_of
from epiladder.inference.influence_deleted import EXACT, Deleted
from epiladder.inference.influence_general_refit import leave_one_out as leave_one_out_general
from epiladder.inference.influence_refit import leave_one_out
from epiladder.steps import read_plan
from general_studies import LAPLACE, fit
from studies import MODELS, Laboratory, reference

EXPECTED = reference("influence")
ROUNDED = 1e-4  # of a standard error, or of a variance: lme4's own search stops there


def compared(found: Deleted, expected: dict, rtol: float) -> None:
    """Estimates, standard errors and variances without each cluster."""
    theirs = {one["cluster"]: one for one in expected["clusters"]}
    assert set(map(str, found.labels)) == set(theirs)
    for c in np.flatnonzero(found.method == EXACT):
        one = theirs[str(found.labels[c])]
        errors = np.array(one["std_error"])
        np.testing.assert_allclose((found.beta[c] - one["fixed"]) / errors, 0, atol=rtol)
        np.testing.assert_allclose(found.errors[c], errors, rtol=10 * rtol)
        ours = np.concatenate([np.diag(part[c]) for part in reversed(found.variances)])
        scale = max(*one["variances"], one["residual"])
        np.testing.assert_allclose(ours, one["variances"], atol=10 * rtol * scale)
        if found.whole.residual is not None:
            assert found.residual[c] == pytest.approx(one["residual"], rel=10 * rtol)


@pytest.mark.parametrize(
    ("name", "model", "level"),
    [
        ("sleepstudy_rs", "sleepstudy_rs", "subject"),
        ("exam_rs_sex_type", "exam_rs_sex_type", "school"),
        ("pastes_3level.batch", "pastes_3level", "batch"),
        ("pastes_3level.sample", "pastes_3level", "sample"),
    ],
)
def test_estimates_without_each_cluster_are_lme4s(laboratory: Laboratory, name: str, model: str, level: str) -> None:
    golden = MODELS[model]
    designed = Designed(laboratory.results(golden) / "design")
    found = leave_one_out(designed.cross, designed.model(golden.rung), level, "REML", law="satterthwaite")
    assert (found.method == EXACT).all()
    compared(found, EXPECTED[name], ROUNDED)


@pytest.mark.parametrize("name", ["sleepstudy_rs", "pastes_3level.batch"])
def test_cooks_distance_is_lme4s_but_for_its_factor(laboratory: Laboratory, name: str) -> None:
    """lme4 multiplies by (n - p)/n, n the clusters; Demidenko and Stukel, and influence.ME, do not."""
    golden = MODELS[name.partition(".")[0]]
    designed = Designed(laboratory.results(golden) / "design")
    level = designed.cross.levels[0]
    found = leave_one_out(designed.cross, designed.model(golden.rung), level, "REML", law="satterthwaite")
    n, p = found.beta.shape
    labels = [one["cluster"] for one in EXPECTED[name]["clusters"]]
    ours = dict(zip(map(str, found.labels), found.cooks_distance() * (n - p) / n, strict=True))
    np.testing.assert_allclose([ours[label] for label in labels], EXPECTED[name]["cooks_lme4"], rtol=2e-3, atol=1e-6)


def test_kenward_and_rogers_tests_without_each_person_are_pbkrtests(laboratory: Laboratory) -> None:
    golden = MODELS["sleepstudy_rs"]
    designed = Designed(laboratory.results(golden) / "design")
    model = designed.model(golden.rung)
    found = leave_one_out(designed.cross, model, "subject", "REML", law="kenward_roger")
    theirs = {one["cluster"]: one for one in reference("influence_kenward_roger")["clusters"]}
    for c, label in enumerate(map(str, found.labels)):
        np.testing.assert_allclose(found.errors[c], theirs[label]["std_error"], rtol=1e-3)
        np.testing.assert_allclose(found.df[c], theirs[label]["df"], rtol=1e-3)


def test_a_binomial_model_without_each_herd(tmp_path: Path) -> None:
    """Refits by Laplace's approximation are lme4's; the one step is near them."""
    record = fit(LAPLACE["cbpp_laplace"], tmp_path)
    designed, plan = Designed(tmp_path / "design"), read_plan(tmp_path)
    model, columns = designed.model("random_intercept"), designed.columns("random_intercept")
    problem = make_general(designed.cross, model, columns, outcome_of(plan, designed, columns))
    estimate = record["estimates"]["ML"]
    found = leave_one_out_general(designed.cross, model, problem, "herd", estimate, LAPLACE_METHOD)
    assert (found.method == EXACT).all()
    compared(found, EXPECTED["cbpp"], 2e-3)

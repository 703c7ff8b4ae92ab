"""Decisions beside other admissible choices: which turn, and which were never asked."""

from __future__ import annotations

from typing import Any

import pytest
from epiladder.inference.alternatives import Alternative, of_a_step, smallest, with_alternatives
from epiladder.inference.compare import Comparison

OUTCOMES = ("supported", "not_supported")


def record(log_likelihood: float, k: int) -> dict[str, Any]:
    """A fit with AIC and BIC of 20 clusters and 400 rows by their definitions."""
    from math import log

    deviance = -2 * log_likelihood
    bic = {"clusters": deviance + k * log(20), "rows": deviance + k * log(400), "hybrid": None}
    return {"estimates": {"ML": {"aic": deviance + 2 * k, "bic": bic, "convergence": {"status": "converged"}}}}


def compared(**keys: Any) -> Comparison:
    base = {
        "statistic": 6.5,
        "df": 2,
        "reference": "0.5*chi2(1) + 0.5*chi2(2)",
        "p_value": 0.025,
        "p_value_naive": 0.04,
    }
    return Comparison("a", "b", **{"criterion": "REML", **base, **keys})


def test_every_other_choice_is_asked_and_the_plans_own_is_not() -> None:
    """A fall of the deviance by 6.5 for two parameters: 2.5 of AIC, .51 of BIC by clusters, a rise of BIC by rows."""
    fits = {"a": record(-100, 4), "b": record(-96.75, 6)}
    found = of_a_step([compared(), compared(criterion="ML", p_value=0.03)], "a", "b", fits, 0.05, OUTCOMES)
    said = {one.choice: one.outcome for one in found}
    assert said == {
        "naive chi-square law (REML)": "supported",
        "mixture law (ML)": "supported",
        "naive chi-square law (ML)": "supported",
        "AIC": "supported",
        "BIC by clusters": "supported",
        "BIC by rows": "not_supported",
    }
    values = {one.choice: one.value for one in found}
    assert values["AIC"] == pytest.approx(2.5)
    assert values["BIC by clusters"] == pytest.approx(6.5 - 2 * 2.995732, abs=1e-5)


def test_a_bootstrap_is_asked_once_it_is_there() -> None:
    found = of_a_step([compared(p_value_bootstrap=0.07)], "a", "b", {}, 0.05, OUTCOMES)
    assert ("parametric bootstrap (REML)", "not_supported") in [(one.choice, one.outcome) for one in found]


def test_a_decision_turns_when_one_choice_says_otherwise() -> None:
    decision = {"rule": "random_slope", "outcome": "supported"}
    same, other = Alternative("AIC", 1.0, 0.0, "supported"), Alternative("BIC", -1.0, 0.0, "not_supported")
    assert with_alternatives(decision, [same])["turned"] is False
    assert with_alternatives(decision, [same, other])["turned"] is True
    assert with_alternatives(decision, [Alternative("bootstrap", None, 0.05, None)])["turned"] is False


def test_where_nothing_was_decided_nothing_turns() -> None:
    found = with_alternatives({"outcome": "not_tested"}, [Alternative("AIC", 1.0, 0.0, "supported")])
    assert (found["turned"], found["alternatives"]) == (False, [])


def test_the_naive_law_is_left_out_where_it_is_the_law() -> None:
    row = compared(reference="chi2(2)", criterion="ML", p_value=0.04, p_value_naive=0.04)
    assert of_a_step([row], "a", "b", {}, 0.05, OUTCOMES) == []


def test_a_fit_that_failed_has_no_criterion() -> None:
    failed = record(-10, 4)
    failed["estimates"]["ML"]["convergence"]["status"] = "failed"
    fits = {"a": record(-100, 4), "b": failed}
    assert smallest(["a", "b"], fits, "AIC") is None  # one of two is no choice
    assert smallest(["a"], fits, "AIC") == "a"
    assert smallest(["b"], fits, "AIC") is None
    assert of_a_step([], "a", "b", fits, 0.05, OUTCOMES) == []

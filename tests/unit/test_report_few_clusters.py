"""Few clusters: which coefficients rest on them, when their number is too small for the test used, and who is told."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from epiladder.inference.few_clusters import FEW_BY_Z, carried_by, few_clusters, law_of_coefficients
from epiladder.inference.simulated import EFFECTS, ERROR
from epiladder.report.sections.few_clusters import notes, told

LIVES = {"size": "hospital", "training[yes]": "ward", "age": None, "age:size": None}
ESTIMATE: dict[str, Any] = {
    "fixed": [{"term": term} for term in ("(Intercept)", *LIVES)],
    "random": [{"level": "hospital", "terms": ["(Intercept)"]}, {"level": "ward", "terms": ["(Intercept)", "age"]}],
}


def test_coefficients_rest_on_the_level_they_are_measured_at_or_vary_between() -> None:
    """A slope that varies between wards rests on wards, and so does its product; nothing of it on hospitals."""
    assert carried_by("hospital", ESTIMATE, LIVES) == ["size"]
    assert carried_by("ward", ESTIMATE, LIVES) == ["training[yes]", "age", "age:size"]
    assert carried_by("ward", None, LIVES) == []


@pytest.mark.parametrize(
    ("clusters", "carried", "tests", "outcome", "threshold"),
    [
        (6, [], "z", "few", 10),
        (6, ["size"], "kenward_roger", "few", 10),
        (6, ["size"], "z", "few", 30),
        (15, [], "z", "enough", 10),
        (15, ["size"], "satterthwaite", "enough", 10),
        (15, ["size"], "z", "few", 30),
        (29, ["size"], "z", "few", 30),
        (30, ["size"], "z", "enough", 30),
    ],
)
def test_the_threshold_is_that_of_the_tests_used(
    clusters: int, carried: list[str], tests: str, outcome: str, threshold: int
) -> None:
    found = few_clusters("hospital", clusters, carried, tests)
    assert (found["outcome"], found["threshold"], found["margin"]) == (outcome, threshold, clusters - threshold)
    assert ("too small" in found["words"]) == (outcome == "few" and tests == "z" and bool(carried))


@pytest.mark.parametrize(
    ("family", "asked", "tests"),
    [("gaussian", "kenward_roger", "kenward_roger"), ("gaussian", "none", "z"), ("binomial", "satterthwaite", "z")],
)
def test_outcomes_that_are_not_gaussian_are_law_of_coefficients_z(family: str, asked: str, tests: str) -> None:
    plan: Any = SimpleNamespace(
        outcome=SimpleNamespace(family=family), inference=SimpleNamespace(degrees_of_freedom=asked)
    )
    assert law_of_coefficients(plan) == tests


def results(clusters: int, carried: list[str], tests: str) -> Any:
    return SimpleNamespace(
        design={"levels": [{"name": "hospital", "n_clusters": clusters}]},
        decisions=[few_clusters("hospital", clusters, carried, tests)],
        names=SimpleNamespace(term=str, level=lambda name, many: f"{name}s"),
        clusters_of=lambda level, number: str(number),
    )


def words(parts: Any) -> str:
    return " ".join("".join(str(getattr(part, "text", part)) for part in one) for one in parts)


def test_six_clusters_are_never_passed_over_in_silence() -> None:
    for carried in ([], ["size"]):
        for tests in ("z", "satterthwaite", "kenward_roger"):
            assert "known loosely" in words(told(results(6, carried, tests)))


def test_fifteen_clusters_are_told_where_a_test_is_misled_and_nowhere_else() -> None:
    assert told(results(15, ["size"], "satterthwaite")) == []
    assert told(results(15, [], "z")) == []
    said = words(told(results(15, ["size"], "z")))
    assert "p-values too small" in said and "known loosely" not in said
    assert words(notes(results(15, ["size"], "z"))) == said
    assert notes(results(15, ["size"], "satterthwaite")) == ()


@pytest.mark.parametrize("clusters", sorted(EFFECTS["z"]))
def test_the_size_that_simulation_has_shown_of_z_is_said_wherever_it_is_not_nominal(clusters: int) -> None:
    """By the committed table: also where clusters are called enough, in the decision and under the coefficients."""
    low, high = EFFECTS["z"][clusters]
    decided = few_clusters("hospital", clusters, ["size"], "z")
    size = f"was found in {low:.3f} to {high:.3f} of studies"
    assert (size in decided["words"]) == (high > 0.05 + ERROR)
    assert ("too sure" in decided["words"]) == (clusters >= FEW_BY_Z and high > 0.05 + ERROR)
    assert bool(decided["evidence"]["simulated"]) == (high > 0.05 + ERROR)
    assert bool(notes(results(clusters, ["size"], "z"))) == (high > 0.05 + ERROR)
    assert few_clusters("hospital", clusters, [], "z")["evidence"]["simulated"] is None


def test_clusters_are_called_enough_for_z_from_where_its_errors_are_no_longer_gross() -> None:
    """Below the threshold simulation finds more than 0.0625, a quarter above nominal, at every size of clusters."""
    for clusters, (low, _) in EFFECTS["z"].items():
        assert (low > 1.25 * 0.05) == (clusters < FEW_BY_Z)


@pytest.mark.parametrize(("clusters", "tests"), [(6, "satterthwaite"), (6, "kenward_roger"), (6, "z"), (15, "z")])
def test_the_report_says_the_decisions_own_words(clusters: int, tests: str) -> None:
    said = re.sub(r" ?Cite\([^)]*\)", "", words(told(results(clusters, ["size"], tests))))
    decided = few_clusters("hospital", clusters, ["size"], tests)["words"]
    plain = decided.replace("clusters of hospital", "hospitals").replace("`", "")
    assert said.split(" In simulations")[0] == plain.split(" In simulations")[0]

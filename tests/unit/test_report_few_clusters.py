"""Few clusters: which coefficients rest on them, when their number is too small for the test used, and who is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from epiladder.inference.few_clusters import carried_by, few_clusters, law_of_coefficients
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
    return " ".join(str(getattr(part, "text", part)) for one in parts for part in one)


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

"""Data of events, events of trials and counts: what is judged of the rows used, what is told, what is described."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from epiladder.study.config import Plan
from epiladder.study.data import NestedData, validate
from epiladder.study.description import description
from epiladder.study.outcome import event_mask
from epiladder.study.width import fixed_columns

HEADER: str = "g,died,dead,cases,size,days,copies,age,ward,old"
VARIABLES = {
    "died": {"type": "category", "categories": ["no", "yes", "unknown"]},
    "dead": {"type": "integer"},
    "cases": {"type": "integer"},
    "size": {"type": "integer"},
    "days": {"type": "number"},
    "copies": {"type": "integer"},
    "age": {"type": "number"},
    "ward": {"type": "category", "categories": ["a", "b", "c"]},
    "old": {"type": "boolean"},
}
BINARY = {"variable": "died", "family": "binomial", "event": "yes"}
EVENTS = {"events": "cases", "trials": "size", "family": "binomial"}
COUNTS = {"variable": "cases", "family": "poisson", "exposure": "days"}


def rows(n_clusters: int = 12, size: int = 4) -> list[list[str]]:
    """A table in which everything varies: half of the rows have the event, in every cluster."""
    made = []
    for i in range(n_clusters * size):
        dead = (i + i // 4) % 2
        made.append([f"g{i // size}", ["no", "yes"][dead], str(dead), str(i // 5 % 3), "4", str(10 + i % 7), "1",
                     str(20 + (i * 7) % 50), "abc"[i % 3], ["true", "false"][i // 2 % 2]])  # fmt: skip
    return made


def check(folder: Path, table: list[list[str]], outcome: dict[str, Any], **changes: Any) -> NestedData:
    (folder / "a.csv").write_text("\n".join([HEADER, *(",".join(row) for row in table)]) + "\n", encoding="utf-8")
    plan = {
        "id": "a",
        "data": {"path": "a.csv"},
        "unit": "patient",
        "levels": ["g"],
        "outcome": outcome,
        "variables": VARIABLES,
        "ladder": {"covariates": ["age", "ward", "old"]},
        **changes,
    }
    return validate(Plan.model_validate(plan), folder)


def told(nested: NestedData) -> dict[str, str]:
    return {one.check: f"{one.severity}: {one.message}" for one in nested.findings}


def put(table: list[list[str]], column: str, value: str, where: Any = lambda row: True) -> list[list[str]]:
    names: list[str] = list(HEADER.split(","))
    at = names.index(column)
    return [[*row[:at], value, *row[at + 1 :]] if where(row) else row for row in table]


@pytest.mark.parametrize("outcome", [BINARY, EVENTS, COUNTS], ids=["binary", "events", "counts"])
def test_varied_outcomes_pass_without_a_word_but_on_scarce_events(tmp_path: Path, outcome: dict) -> None:
    nested = check(tmp_path, rows(), outcome)
    assert set(told(nested)) == ({"events_per_variable"} if outcome is BINARY else set())


def test_an_event_among_three_categories_is_one_of_them(tmp_path: Path) -> None:
    nested = check(tmp_path, put(rows(), "died", "unknown", lambda row: row[7] == "20"), BINARY)
    died = nested.rows["died"].astype(str)
    assert set(died) == {"no", "yes", "unknown"}
    assert event_mask(nested.plan, nested.rows).tolist() == (died == "yes").astype(float).tolist()


@pytest.mark.parametrize(("event", "values"), [("1", [0.0, 1.0]), ("0", [1.0, 0.0])])
def test_the_event_of_numbers(tmp_path: Path, event: str, values: list[float]) -> None:
    nested = check(tmp_path, rows(), {"variable": "dead", "family": "binomial", "event": event})
    dead = nested.rows["dead"].to_numpy()
    assert event_mask(nested.plan, nested.rows).tolist() == [values[int(value)] for value in dead]


@pytest.mark.parametrize(("event", "share"), [("true", 0.5), ("FALSE", 0.5), ("1", 0.5)])
def test_the_event_of_a_boolean(tmp_path: Path, event: str, share: float) -> None:
    outcome = {"variable": "old", "family": "binomial", "event": event}
    nested = check(tmp_path, rows(), outcome, ladder={"covariates": ["age"]})
    mask = event_mask(nested.plan, nested.rows)
    assert mask.mean() == share
    assert (mask == nested.rows["old"].to_numpy()).all() == (event != "FALSE")


def test_a_category_without_events_is_named(tmp_path: Path) -> None:
    nested = check(tmp_path, put(rows(), "died", "no", lambda row: row[8] == "b"), BINARY)
    assert told(nested)["separation_in_table"] == (
        "warn: In the rows used no patient has the event where `ward` is `b`: that coefficient has no finite value "
        "(separation)."
    )
    assert next(one.column for one in nested.findings if one.check == "separation_in_table") == "ward"


def test_a_category_full_of_events_and_one_without_are_both_named(tmp_path: Path) -> None:
    table = put(put(rows(), "cases", "4", lambda row: row[8] == "a"), "cases", "0", lambda row: row[8] == "c")
    message = told(check(tmp_path, table, EVENTS))["separation_in_table"]
    assert "there is no event where `ward` is `c`, and every trial is an event where `ward` is `a`" in message


def test_counts_of_zero_in_a_category_are_named_and_full_ones_are_not(tmp_path: Path) -> None:
    table = put(rows(), "cases", "0", lambda row: row[9] == "true")
    assert "every count is 0 where `old` is `true`:" in told(check(tmp_path, table, COUNTS))["separation_in_table"]


def test_a_number_of_two_values_is_a_table_too_and_one_of_many_is_not(tmp_path: Path) -> None:
    table = put(put(rows(), "age", "0"), "age", "1", lambda row: row[1] == "yes")
    message = told(check(tmp_path, table, BINARY))["separation_in_table"]
    assert "no patient has the event where `age` is `0`, and every patient has the event where `age` is `1`" in message


def test_a_variable_that_no_rung_reads_is_not_searched_for_separation(tmp_path: Path) -> None:
    table = put(rows(), "died", "no", lambda row: row[8] == "b")
    assert "separation_in_table" not in told(check(tmp_path, table, BINARY, ladder={"covariates": ["age"]}))


@pytest.mark.parametrize(
    ("covariates", "columns"),
    [
        (["age"], 1),
        (["age", "ward", "old"], 4),
        (["age", "ward", "age:ward"], 5),
        (["bs(age, df=4)", "ward"], 6),
        (["poly(age, 3)", "I(age**2)"], 4),
        (["bs(age)"], 3),
    ],
)
def test_columns_of_fixed_effects_are_counted(tmp_path: Path, covariates: list[str], columns: int) -> None:
    nested = check(tmp_path, rows(), BINARY, ladder={"covariates": covariates})
    assert fixed_columns(nested.plan) == columns


def test_the_count_of_columns_is_that_of_the_design(tmp_path: Path) -> None:
    from epiladder.design.build import build_design

    for covariates in (["age", "ward", "old", "age:ward"], ["bs(age, df=4)", "ward:old", "ward", "old"]):
        nested = check(tmp_path, rows(), {"variable": "days"}, ladder={"covariates": covariates})
        assert fixed_columns(nested.plan) == len(build_design(nested.plan, nested.rows).fixed) - 1


def test_scarce_events_are_counted_on_the_rarer_side_and_with_weights(tmp_path: Path) -> None:
    few = {"ladder": {"covariates": ["age"]}, "disclosure": "public"}
    rare = put(put(rows(), "died", "yes"), "died", "no", lambda row: int(row[7]) < 30)
    number = sum(row[1] == "no" for row in rare)
    assert number == 10
    assert "events_per_variable" not in told(check(tmp_path, rare, BINARY, **few))
    two = {**few, "ladder": {"covariates": ["age", "old"]}}
    assert "There are 10 non-events for 2 columns" in told(check(tmp_path, rare, BINARY, **two))["events_per_variable"]
    doubled = put(rare, "copies", "2")
    weighted = check(tmp_path, doubled, BINARY, data={"path": "a.csv", "weights": "copies"}, **two)
    assert "events_per_variable" not in told(weighted)


def test_scarce_events_are_told_as_disclosure_allows(tmp_path: Path) -> None:
    rare = put(put(rows(), "died", "no"), "died", "yes", lambda row: row[7] == "20")
    assert sum(row[1] == "yes" for row in rare) < 10
    assert "There are fewer than 10 events for 4 columns" in told(check(tmp_path, rare, BINARY))["events_per_variable"]
    message = told(check(tmp_path, rows(), BINARY))["events_per_variable"]
    assert "There are about 25 events" in message


def test_advice_can_stop_the_run_or_be_left_unasked(tmp_path: Path) -> None:
    table = put(rows(), "died", "no", lambda row: row[8] == "b")
    for severity in ("stop", "ignore"):
        checks = {"separation_in_table": severity, "events_per_variable": "ignore"}
        found = told(check(tmp_path, table, BINARY, checks=checks))
        assert [text.split(":")[0] for text in found.values()] == (["stop"] if severity == "stop" else [])


@pytest.mark.parametrize(("outcome", "stops"), [(COUNTS, False), (EVENTS, False), (BINARY, True)])
def test_a_row_may_be_a_cluster_of_events_or_counts_but_not_of_one_event(
    tmp_path: Path, outcome: dict, stops: bool
) -> None:
    found = told(check(tmp_path, rows(40, 1), outcome))
    assert ("same_clusters" in found) == stops
    assert "singletons" not in found


def test_a_count_is_constant_only_without_an_exposure_that_varies(tmp_path: Path) -> None:
    table = put(rows(), "cases", "2")
    assert "constant_outcome" not in told(check(tmp_path, table, COUNTS))
    for exposure in ({}, {"exposure": 100}):
        outcome = {"variable": "cases", "family": "poisson", **exposure}
        assert told(check(tmp_path, table, outcome))["constant_outcome"].startswith("stop: The outcome `cases` is 2")


def test_rows_rejected_for_the_outcome_are_left_out_of_what_is_judged(tmp_path: Path) -> None:
    table = put(rows(), "cases", "7", lambda row: row[7] == "20")
    nested = check(tmp_path, table, EVENTS, checks={"events_exceed_trials": "reject"})
    number = sum(row[3] == "7" for row in table)
    rejected = [{"check": "events_exceed_trials", "column": "cases", "rows": number}]
    assert nested.accounting["rows_rejected"] == rejected
    assert set(nested.rejected["message"]) == {"cases: more events than size"}


def test_an_empty_cell_of_trials_exposure_or_weights_makes_a_row_incomplete(tmp_path: Path) -> None:
    for outcome, column in ((EVENTS, "size"), (COUNTS, "days"), (COUNTS, "copies")):
        table = put(rows(), column, "", lambda row: row[7] == "20")
        data = {"path": "a.csv", "weights": "copies"}
        account = check(tmp_path, table, outcome, data=data).accounting
        number = sum(row[7] == "20" for row in table)
        assert account["rows_missing"] == [{"column": column, "rows": number}]
        assert account["rows_incomplete"] == number


def test_a_value_of_the_outcome_outside_its_range_is_told_once(tmp_path: Path) -> None:
    variables = {**VARIABLES, "cases": {"type": "integer", "min": 0}}
    table = put(rows(), "cases", "-1", lambda row: row[7] == "20")
    assert set(told(check(tmp_path, table, COUNTS, variables=variables))) == {"range"}


def test_description_of_events_and_counts(tmp_path: Path) -> None:
    nested = check(tmp_path, rows(), BINARY)
    said = description(nested.plan, nested.rows)
    assert (said["outcome"]["kind"], said["outcome"]["n_events"], said["outcome"]["share"]) == ("binary", 24, 0.5)
    assert [(one["name"], one["role"]) for one in said["variables"]] == [
        ("died", "outcome"),
        ("age", "covariate"),
        ("ward", "covariate"),
        ("old", "covariate"),
    ]
    dead = check(tmp_path, rows(), {"variable": "dead", "family": "binomial", "event": "0"})
    assert description(dead.plan, dead.rows)["variables"][0]["categories"] == [
        {"category": "1", "count": 24, "share": 0.5},
        {"category": "0", "count": 24, "share": 0.5},
    ]
    counts = check(tmp_path, rows(), COUNTS)
    made = description(counts.plan, counts.rows)["outcome"]
    days = counts.rows["days"].sum()
    assert (made["n_events"], made["n_zero"], made["exposed"]) == (45, 18, days)
    assert made["rate"] == pytest.approx(45 / days, rel=1e-12)


def test_a_row_that_stands_for_several_units_is_no_cluster_of_one(tmp_path: Path) -> None:
    table = put(rows(40, 1), "copies", "2")
    found = told(check(tmp_path, table, BINARY, data={"path": "a.csv", "weights": "copies"}))
    assert "same_clusters" not in found
    assert "does not vary within any g" in found["constant_outcome"]


def test_the_outcome_is_not_separated_by_itself(tmp_path: Path) -> None:
    table = put(rows(), "cases", "1", lambda row: row[3] == "2")
    assert {row[3] for row in table} == {"0", "1"}
    assert "separation_in_table" not in told(check(tmp_path, table, COUNTS))

"""Laws of validation for events, events of trials, counts and weights: planted cells, order, repeated rows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from epiladder.study.data import NestedData, data_table, validate
from epiladder.study.description import description
from epiladder.study.outcome import event_mask
from hypothesis import given, settings
from hypothesis import strategies as st
from tables_of_nurses import BASE, found, plan, tables

few = settings(max_examples=25, deadline=None)
EXTRA: dict[str, Any] = {
    "left": {"type": "category", "categories": ["no", "yes"]},
    "gone": {"type": "integer"},
    "cases": {"type": "number"},
    "size_n": {"type": "integer"},
    "falls": {"type": "integer"},
    "days": {"type": "number"},
    "copies": {"type": "number"},
}
OUTCOMES: dict[str, dict[str, Any]] = {
    "binary": {"variable": "left", "family": "binomial", "event": "yes"},
    "numbers": {"variable": "gone", "family": "binomial"},
    "events": {"events": "cases", "trials": "size_n", "family": "binomial"},
    "counts": {"variable": "falls", "family": "negative_binomial", "exposure": "days"},
}
PLANTED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "binary": (("categories", "left", "perhaps"), ("weights", "copies", "0")),
    "numbers": (("event", "gone", "9"), ("weights", "copies", "-1"), ("type", "gone", "yes")),
    "events": (
        ("counts", "cases", "0.5"),
        ("counts", "size_n", "0"),
        ("events_exceed_trials", "cases", "99"),
        ("weights", "copies", "1.5"),
    ),
    "counts": (("counts", "falls", "-1"), ("exposure", "days", "0"), ("weights", "copies", "0.5")),
}


@st.composite
def outcomes(draw: st.DrawFn) -> pd.DataFrame:
    """A clean table with outcomes of every kind, in which each ward has both values of the binary ones."""
    table = draw(tables())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = len(table)
    left = rng.random(n) < 0.5
    for rows in table.groupby(["hospital", "ward_no"]).indices.values():
        left[rows[:2]] = [True, False]
    trials = rng.integers(2, 9, n)
    events = rng.binomial(trials, 0.4)
    events[:2] = [0, 1]
    falls = rng.poisson(1.5, n)
    falls[:2] = [0, 1]
    made = {
        "left": np.where(left, "yes", "no"),
        "gone": left.astype(int).astype(str),
        "cases": events.astype(str),
        "size_n": trials.astype(str),
        "falls": falls.astype(str),
        "days": [f"{value:.2f}" for value in rng.uniform(1, 300, n)],
        "copies": rng.integers(1, 5, n).astype(str),
    }
    return table.assign(**made)


def examine(table: pd.DataFrame, outcome: str, is_weighted: bool, **changes: Any) -> NestedData:
    """Write the table as CSV and validate it with an outcome, with or without weights."""
    data = {"path": "table.csv", **({"weights": "copies"} if is_weighted else {})}
    variables = {**BASE["variables"], **EXTRA}
    made = plan(outcome=OUTCOMES[outcome], variables=variables, data=data, **changes)
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "table.csv", index=False)
        return validate(made, Path(folder))


kinds = st.sampled_from(sorted(OUTCOMES))


@few
@given(outcomes(), kinds, st.booleans())
def test_clean_outcomes_are_clean_and_read_as_written(table: pd.DataFrame, outcome: str, is_weighted: bool) -> None:
    nested = examine(table, outcome, is_weighted)
    assert found(nested) == set()
    assert nested.accounting["rows_used"] == len(table)
    straight = table.loc[nested.rows[".row"].to_numpy() - 2]
    if outcome in ("binary", "numbers"):
        assert event_mask(nested.plan, nested.rows).tolist() == [float(word == "yes") for word in straight["left"]]
    if is_weighted:
        assert nested.rows["copies"].tolist() == straight["copies"].astype(float).tolist()
    said = description(nested.plan, nested.rows)["outcome"]
    times = table["copies"].astype(int) if is_weighted else 1
    counted = {"binary": "gone", "numbers": "gone", "events": "cases", "counts": "falls"}[outcome]
    assert said["n_events"] == (table[counted].astype(int) * times).sum()


@few
@given(outcomes(), kinds, st.data())
def test_planted_cells_of_the_outcome_are_rejected_and_counted(
    table: pd.DataFrame, outcome: str, data: st.DataObject
) -> None:
    faults = data.draw(st.lists(st.sampled_from(PLANTED[outcome]), min_size=1, unique=True))
    rows = data.draw(st.lists(st.integers(0, len(table) - 1), min_size=len(faults), max_size=len(faults), unique=True))
    for row, (_, column, word) in zip(rows, faults, strict=True):
        table.loc[row, column] = word
    checks = {check: "reject" for check, _, _ in faults}
    nested = examine(table, outcome, True, checks=checks)
    rejecting = {(one.check, one.column): one.row_numbers for one in nested.findings if one.severity == "reject"}
    assert rejecting == {(check, column): (row + 2,) for row, (check, column, _) in zip(rows, faults, strict=True)}
    account = nested.accounting
    assert sum(item["rows"] for item in account["rows_rejected"]) == len(rows)
    assert account["rows_read"] == len(rows) + account["rows_incomplete"] + account["rows_used"]
    assert set(nested.rows[".row"] - 2) == set(range(len(table))) - set(rows)


@few
@given(outcomes(), kinds, st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing_of_an_outcome(table: pd.DataFrame, outcome: str, seed: int) -> None:
    before, after = (examine(one, outcome, True) for one in (table, table.sample(frac=1, random_state=seed)))
    assert data_table(before).drop([".row"]).equals(data_table(after).drop([".row"]))
    assert before.accounting == after.accounting
    assert description(before.plan, before.rows) == description(after.plan, after.rows)


@few
@given(outcomes(), kinds)
def test_weights_are_repeated_rows(table: pd.DataFrame, outcome: str) -> None:
    repeated = table.iloc[np.repeat(np.arange(len(table)), table["copies"].astype(int).to_numpy())]
    weighted = examine(table, outcome, True, unit="nurse")
    rows = examine(repeated, outcome, False, unit="nurse")
    one, other = (description(nested.plan, nested.rows) for nested in (weighted, rows))
    assert_alike({**one["outcome"], "weights": None}, other["outcome"])
    described = {variable["name"]: variable for variable in one["variables"] if variable["role"] != "weights"}
    for variable in other["variables"]:
        assert_alike(described[variable["name"]], variable)
    advice = ("separation_in_table", "events_per_variable", "singletons")
    told = [{(f.check, f.message) for f in nested.findings if f.check in advice} for nested in (weighted, rows)]
    assert told[0] == told[1]


def assert_alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two descriptions of a variable agree, numbers to the last digits but two."""
    assert one.keys() == other.keys()
    for key, value in one.items():
        if isinstance(value, float):
            np.testing.assert_allclose(value, other[key], rtol=1e-12, atol=1e-12)
        else:
            assert value == other[key]

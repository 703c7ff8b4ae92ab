"""Faults of structure planted in clean registries: each is found, clean ones have none, and the accounting adds up."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from epiladder.study.checks import CHECKS
from epiladder.study.data import NestedData
from hypothesis import given, settings
from hypothesis import strategies as st
from registry import FAULTS, clean, examine

seeds = st.integers(0, 2**32 - 1)


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_a_clean_registry_has_no_finding_of_any_kind(seed: int) -> None:
    """But for what chance makes, whose rate the next test holds."""
    with tempfile.TemporaryDirectory() as folder:
        found = examine(clean(seed), Path(folder), checks={"informative_size": "ignore"}).findings
    assert found == ()


def test_chance_seldom_looks_like_informative_size(tmp_path: Path) -> None:
    """Two levels are judged at 0.001 each: of 200 clean registries 0.4 are expected, and 4 or more are one in 1,000."""
    told = sum(bool(examine(clean(seed), tmp_path).findings) for seed in range(200))
    assert told <= 3


@pytest.mark.parametrize("name", FAULTS)
@given(seed=seeds)
@settings(max_examples=8, deadline=None)
def test_a_planted_fault_is_found(name: str, seed: int) -> None:
    check, plant = FAULTS[name]
    table = plant(clean(seed), np.random.default_rng(seed))
    with tempfile.TemporaryDirectory() as folder:
        found = examine(table, Path(folder)).findings
    assert check in {one.check for one in found}
    for one in found:
        assert one.message.endswith(".")
        assert one.mend.endswith((".", ")"))


def add_up(nested: NestedData) -> None:
    """Rows and, at every level, clusters: read = rejected + incomplete + used."""
    account = nested.accounting
    rejected = sum(item["rows"] for item in account["rows_rejected"])
    assert account["rows_read"] == rejected + account["rows_incomplete"] + account["rows_used"]
    assert account["rows_used"] == len(nested.rows)
    assert rejected == len(nested.rejected)
    for flow, level in zip(account["clusters"], account["levels"], strict=True):
        assert flow["level"] == level["name"]
        assert flow["read"] == flow["rejected"] + flow["incomplete"] + flow["used"]
        assert flow["used"] == level["clusters"] == nested.rows[level["name"]].nunique()
        assert min(flow["rejected"], flow["incomplete"], flow["used"]) >= 0


@given(
    seed=seeds,
    names=st.lists(st.sampled_from(sorted(FAULTS)), max_size=5, unique=True),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_the_accounting_adds_up_for_rows_and_clusters_whatever_the_plan(
    seed: int, names: list[str], data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    table = clean(seed, n_hospitals=data.draw(st.integers(2, 24)))
    for name in names:
        table = FAULTS[name][1](table, rng)
    lost = data.draw(st.sampled_from(["none", "a hospital's ages", "a ward's exposures"]))
    if lost == "a hospital's ages":
        table.loc[table["hospital"] == "H1", "age"] = ""
    if lost == "a ward's exposures":
        table.loc[table["ward"] == "W2", "exposed"] = "perhaps"
    checks = {
        name: data.draw(st.sampled_from(check.severities), label=name)
        for name, check in CHECKS.items()
        if "reject" in check.severities
    }
    with tempfile.TemporaryDirectory() as folder:
        nested = examine(table, Path(folder), checks=checks)
    add_up(nested)
    severities = {one.check: one.severity for one in nested.findings}
    assert all(checks[name] == severity for name, severity in severities.items() if name in checks)
    assert "ignore" not in severities.values()


def test_clusters_are_lost_for_a_reason(tmp_path: Path) -> None:
    table = clean(5, n_hospitals=12)
    table.loc[table["hospital"] == "H1", "age"] = ""
    table.loc[table["ward"] == "W7", "exposed"] = "perhaps"
    nested = examine(table, tmp_path, checks={"categories": "reject"})
    hospitals, wards = nested.accounting["clusters"]
    assert hospitals == {"level": "hospital", "read": 12, "rejected": 0, "incomplete": 1, "used": 11}
    assert wards == {"level": "ward", "read": 36, "rejected": 1, "incomplete": 3, "used": 32}


def test_a_file_below_itself_is_told(tmp_path: Path) -> None:
    table = clean(6)
    found = examine(pd.concat([table, table], ignore_index=True), tmp_path, checks={"unique": "ignore"}).findings
    told = next(one for one in found if one.check == "duplicate_rows")
    assert "Every row stands in the table 2 times" in told.message


def test_what_goes_with_gaps_is_recorded(tmp_path: Path) -> None:
    _, plant = FAULTS["gaps that go with the outcome"]
    record = examine(plant(clean(7), np.random.default_rng(7)), tmp_path).missingness
    age = next(one for one in record["variables"] if one["name"] == "age")
    assert age["missing"] == age["rows"] > 50
    assert age["clusters"][1]["clusters"] == 72
    score = next(one for one in record["compared"] if one["name"] == "score")
    assert score["difference"] > 0.3
    assert score["n_complete"] + score["n_incomplete"] == record["rows"]

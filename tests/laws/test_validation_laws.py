"""Laws of validation: clean tables are clean, planted faults are found, every row is counted once, order is nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from epiladder.study.data import data_table, validate
from hypothesis import given, settings
from hypothesis import strategies as st
from tables_of_nurses import examine, found, plan, tables

few = settings(max_examples=25, deadline=None)
ROW_FAULTS = {
    "type": ("stress", "high"),
    "range": ("age", "81"),
    "categories": ("gender", "Male"),
}


def added_up(account: dict) -> bool:
    rejected = sum(item["rows"] for item in account["rows_rejected"])
    return account["rows_read"] == rejected + account["rows_incomplete"] + account["rows_used"]


@few
@given(tables())
def test_a_clean_table_is_clean_and_wholly_used(table: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        nested = examine(table, Path(folder))
    assert found(nested) == set()
    assert nested.accounting["rows_used"] == nested.accounting["rows_read"] == len(table)
    assert len(nested.rejected) == 0
    by_level = {level["name"]: level for level in nested.accounting["levels"]}
    sizes = table.groupby(["hospital", "ward_no"]).size()
    assert by_level["ward"]["clusters"] == len(sizes)
    assert by_level["ward"]["median"] == sizes.median()
    assert by_level["hospital"]["largest"] == table.groupby("hospital").size().max()


@few
@given(tables(), st.data())
def test_planted_cells_are_found_and_named(table: pd.DataFrame, data: st.DataObject) -> None:
    kinds = data.draw(st.sets(st.sampled_from(sorted(ROW_FAULTS)), min_size=1))
    planted: dict[str, set[int]] = {}
    for kind in kinds:
        column, word = ROW_FAULTS[kind]
        planted[kind] = data.draw(st.sets(st.integers(0, len(table) - 1), min_size=1, max_size=4))
        table.loc[sorted(planted[kind]), column] = word
    with tempfile.TemporaryDirectory() as folder:
        nested = examine(table, Path(folder), checks=dict.fromkeys(ROW_FAULTS, "reject"))
    rejecting = {one.check: one for one in nested.findings if one.severity == "reject"}
    assert set(rejecting) == kinds
    for kind, rows in planted.items():
        assert rejecting[kind].rows == len(rows)
        assert rejecting[kind].row_numbers == tuple(row + 2 for row in sorted(rows)[:5])
    everywhere = set().union(*planted.values())
    assert sorted(nested.rejected["row"] - 2) == sorted(everywhere)
    assert added_up(nested.accounting)
    assert nested.accounting["rows_used"] == len(table) - len(everywhere)
    first = planted.get("type", set())
    counted = {item["check"]: item["rows"] for item in nested.accounting["rows_rejected"]}
    assert counted.get("type", 0) == len(first)
    assert counted.get("range", 0) == len(planted.get("range", set()) - first)


@few
@given(tables(), st.data())
def test_empty_cells_are_counted_and_left_out(table: pd.DataFrame, data: st.DataObject) -> None:
    holes: dict[str, set[int]] = {}
    for column in ("ward_no", "stress", "beds", "gender"):
        holes[column] = data.draw(st.sets(st.integers(0, len(table) - 1), max_size=3))
        table.loc[sorted(holes[column]), column] = ""
    with tempfile.TemporaryDirectory() as folder:
        nested = examine(table, Path(folder))
    account = nested.accounting
    counted = {item["column"]: item["rows"] for item in account["rows_missing"]}
    assert counted == {column: len(rows) for column, rows in holes.items() if rows}
    assert account["rows_incomplete"] == len(set().union(*holes.values()))
    assert added_up(account)
    assert set(nested.rows[".row"] - 2) == set(range(len(table))) - set().union(*holes.values())


@few
@given(tables(), st.data())
def test_a_doubled_unit_and_a_varying_cluster_are_found(table: pd.DataFrame, data: st.DataObject) -> None:
    one, other = data.draw(st.lists(st.integers(0, len(table) - 1), min_size=2, max_size=2, unique=True))
    table.loc[one, "nurse_id"] = table.loc[other, "nurse_id"]
    table.loc[one, "size"] = str(int(table.loc[one, "size"]) % 3 + 1)
    with tempfile.TemporaryDirectory() as folder:
        nested = examine(table, Path(folder))
    assert found(nested) >= {("duplicate_unit", "nurse_id"), ("constant_in_cluster", "size")}
    varying = next(finding for finding in nested.findings if finding.check == "constant_in_cluster")
    assert varying.rows == (table["hospital"] == table.loc[one, "hospital"]).sum()
    assert added_up(nested.accounting)


@few
@given(tables())
def test_ids_that_begin_anew_are_nested_wrongly_unless_the_plan_says_so(table: pd.DataFrame) -> None:
    levels = ["hospital", {"name": "ward", "id": "ward_no"}]
    with tempfile.TemporaryDirectory() as folder:
        nested = examine(table, Path(folder), levels=levels)
    assert ("nesting", "ward_no") in found(nested)
    finding = next(one for one in nested.findings if one.check == "nesting")
    shared = table.groupby("ward_no")["hospital"].nunique()
    assert finding.clusters == (shared > 1).sum()
    assert finding.rows == table["ward_no"].isin(shared[shared > 1].index).sum()


@few
@given(tables(), st.integers(0, 2**32 - 1), st.booleans())
def test_the_order_of_rows_changes_nothing_but_their_numbers(table: pd.DataFrame, seed: int, has_id: bool) -> None:
    changes = {} if has_id else {"unit": "nurse"}
    table.loc[1] = table.loc[0].where(table.columns != "nurse_id", table.loc[1])
    shuffled = table.sample(frac=1, random_state=seed)
    with tempfile.TemporaryDirectory() as folder:
        before, after = (examine(one, Path(folder), **changes) for one in (table, shuffled))
    assert data_table(before).drop([".row"]).equals(data_table(after).drop([".row"]))
    assert before.accounting == after.accounting
    back = shuffled.iloc[after.rows[".row"].to_numpy() - 2].index
    kept = table.loc[back, ["hospital", "ward_no", "stress", "age"]].reset_index(drop=True)
    straight = table.loc[before.rows[".row"] - 2, ["hospital", "ward_no", "stress", "age"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, straight)


@few
@given(tables())
def test_a_typed_file_is_read_like_a_text_file(table: pd.DataFrame) -> None:
    typed = pa.table(
        {
            "nurse_id": pa.array(table["nurse_id"]),
            "hospital": pa.array(table["hospital"].astype(float)),
            "ward_no": pa.array(table["ward_no"]).dictionary_encode(),
            "stress": pa.array(table["stress"].astype(float)),
            "age": pa.array(table["age"].astype(int), pa.int32()),
            "gender": pa.array(table["gender"]).dictionary_encode(),
            "night": pa.array([word in ("true", "1") for word in table["night"]]),
            "beds": pa.array(table["beds"].astype(float)),
            "size": pa.array(table["size"].astype(float)),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(typed, Path(folder) / "table.parquet")
        from_text = examine(table, Path(folder))
        from_typed = validate(plan(data={"path": "table.parquet"}), Path(folder))
    assert found(from_typed) == set()
    assert data_table(from_typed).equals(data_table(from_text))


@few
@given(tables(), st.integers(1, 3))
def test_several_files_are_one_table(table: pd.DataFrame, n_files: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        whole = examine(table, Path(folder))
        pieces = np.array_split(np.arange(len(table)), n_files)
        names = [f"part{i}.csv" for i in range(n_files)]
        for name, rows in zip(names, pieces, strict=True):
            table.iloc[rows].to_csv(Path(folder) / name, index=False)
        parts = validate(plan(data={"path": names}), Path(folder))
    assert data_table(parts).equals(data_table(whole))

"""Files as people save them: byte order marks, semicolons, blank lines, quotes, Windows lines, several files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from epiladder.study.data import NestedData, data_table, read_rows, validate
from epiladder.study.plan import Plan

TEXT = "id,g,y,note\n1,a,1.5,x\n2,a,2.5,\n3,b,0.5,y\n4,b,4.5,z\n"


def make_plan(path: Any = "a.csv", **changes: Any) -> Plan:
    return Plan.model_validate(
        {
            "id": "a",
            "data": {"path": path},
            "unit": {"name": "row", "id": "id"},
            "levels": ["g"],
            "outcome": {"variable": "y"},
            "variables": {"y": {"type": "number"}},
            **changes,
        }
    )


def read(folder: Path, content: str | bytes, name: str = "a.csv", **changes: Any) -> NestedData:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return validate(make_plan(name, **changes), folder)


def stops(nested: NestedData) -> list[str]:
    return [one.check for one in nested.findings if one.severity == "stop"]


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        TEXT.rstrip("\n"),
        TEXT + "\n\n\r\n",
        TEXT + "\x1a",
        TEXT.replace(",", ";"),
        TEXT.replace(",", "\t"),
        TEXT.replace("id,g,y", "id, g ,y"),
        TEXT.replace("1.5", " 1.5 ").replace("2.5", "+25e-1"),
        TEXT.replace("a,1.5", '"a","1.5"'),
        TEXT.replace(",x", ',"x\nx, ""q"""'),
        TEXT.replace("note", "note,,").replace("\n1", ",,\n1").replace(",x", ",x,,").replace("5,\n", "5,,,\n")
        .replace(",y\n", ",y,,\n").replace(",z", ",z,,").replace("note,,,,", "note,,"),
    ],
)  # fmt: skip
def test_the_same_table_in_many_dresses(tmp_path: Path, content: str | bytes) -> None:
    nested = read(tmp_path, content)
    assert stops(nested) == []
    assert nested.rows["y"].tolist() == [1.5, 2.5, 0.5, 4.5]
    assert nested.rows["g"].tolist() == ["a", "a", "b", "b"]
    assert nested.rows[".row"].tolist() == [2, 3, 4, 5]


def test_tsv_is_parted_by_tabs_alone(tmp_path: Path) -> None:
    nested = read(tmp_path, TEXT.replace(",", "\t").replace("a\t", "a,c\t"), "a.tsv")
    assert nested.rows["g"].tolist() == ["a,c", "a,c", "b", "b"]


def test_blank_lines_are_no_rows_but_are_counted_as_a_spreadsheet_does(tmp_path: Path) -> None:
    nested = read(tmp_path, "\n" + TEXT.replace("\n2,", "\n\n\n2,").replace("4.5", "high"))
    assert nested.accounting["rows_read"] == 4
    assert nested.rows[".row"].tolist() == [3, 6, 7]
    assert nested.findings[0].row_numbers == (8,)


def test_rows_of_empty_cells_are_rows(tmp_path: Path) -> None:
    nested = read(tmp_path, TEXT + ",,,\n,,,\n")
    assert nested.accounting["rows_read"] == 6
    assert nested.accounting["rows_incomplete"] == 2
    assert nested.accounting["rows_missing"] == [{"column": "g", "rows": 2}, {"column": "y", "rows": 2}]


def test_a_quote_inside_a_cell_is_a_quote(tmp_path: Path) -> None:
    nested = read(tmp_path, TEXT.replace(",x", ',5" pipe').replace(",y\n", ',6" pipe\n'))
    assert nested.accounting["rows_used"] == 4


def test_a_column_that_the_plan_does_not_name_may_stand_twice(tmp_path: Path) -> None:
    nested = read(tmp_path, TEXT.replace("id,g,y,note", "id,g,y,note").replace("note", "y2"))
    assert stops(nested) == []
    twice = "id,g,y,n,n\n1,a,1,,\n2,a,2,,\n3,b,1,,\n4,b,4,,\n"
    assert stops(read(tmp_path, twice)) == []


def test_ids_are_compared_as_written(tmp_path: Path) -> None:
    nested = read(tmp_path, "id,g,y\n1,01,1\n01,01,2\n2,1,1\n3,1,4\n")
    assert stops(nested) == []
    assert list(nested.rows["g"].cat.categories) == ["01", "1"]


def test_clusters_are_ordered_by_number_where_all_are_numbers(tmp_path: Path) -> None:
    numbers = read(tmp_path, "id,g,y\n1,10,1\n2,10,2\n3,9,1\n4,9,4\n5,-1,0\n6,-1,2\n")
    assert list(numbers.rows["g"].cat.categories) == ["-1", "9", "10"]
    words = read(tmp_path, "id,g,y\n1,10,1\n2,10,2\n3,9,1\n4,9,4\n5,x,0\n6,x,2\n")
    assert list(words.rows["g"].cat.categories) == ["10", "9", "x"]


def test_huge_ids_keep_their_digits(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2, 3, 4], "g": [2**60 + 1, 2**60 + 1, 2**60 + 2, 2**60 + 2], "y": [1.0, 2.0, 1.0, 4.0]})
    pq.write_table(table, tmp_path / "a.parquet")
    nested = validate(make_plan("a.parquet"), tmp_path)
    assert list(nested.rows["g"].cat.categories) == [str(2**60 + 1), str(2**60 + 2)]


def test_ids_in_floats_are_whole_numbers(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2, 3, 4, 5], "g": [1.0, 1.0, 2.0, 2.0, None], "y": [1.0, 2.0, 1.0, float("nan"), 3.0]})
    pq.write_table(table, tmp_path / "a.parquet")
    nested = validate(make_plan("a.parquet"), tmp_path)
    assert list(nested.rows["g"].cat.categories) == ["1", "2"]
    assert nested.accounting["rows_missing"] == [{"column": "g", "rows": 1}, {"column": "y", "rows": 1}]


def test_several_files_name_the_file_of_a_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.csv").write_text("y,g,id\n1,c,5\nx,c,6\n2,c,7\n", encoding="utf-8")
    nested = validate(make_plan(["a.csv", "b.csv"]), tmp_path)
    assert nested.accounting["rows_read"] == 7
    assert "'x' (row 3 of b.csv)" in nested.findings[0].message
    assert (nested.findings[0].row_numbers, nested.findings[0].files) == ((3,), ("b.csv",))
    assert nested.accounting["rows_rejected"] == [{"check": "type", "column": "y", "rows": 1}]
    assert nested.rejected[["file", "row"]].to_numpy().tolist() == [["b.csv", 3]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read as Parquet"),
        (b"id,g,y\n", "cannot be read as Parquet"),
    ],
)
def test_what_is_no_parquet(tmp_path: Path, content: bytes, said: str) -> None:
    nested = read(tmp_path, content, "a.parquet")
    assert stops(nested) == ["unreadable"]
    assert said in nested.findings[0].message


def test_a_cell_of_lists_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1], "g": ["a"], "y": [[1.0, 2.0]]}), tmp_path / "a.parquet")
    nested = validate(make_plan("a.parquet"), tmp_path)
    assert "`y` holds lists or records" in nested.findings[0].message


def test_rows_come_back_from_parquet_as_they_were(tmp_path: Path) -> None:
    variables = {"y": {"type": "number"}, "c": {"type": "category", "categories": ["z", "m", "a", "never"]}}
    text = "id,g,y,c\n1,b,1,a\n2,b,2,z\n3,a,1,m\n4,a,4,a\n"
    nested = read(tmp_path, text, variables=variables, ladder={"covariates": ["c"]})
    pq.write_table(data_table(nested), tmp_path / "rows.parquet")
    back = read_rows(tmp_path / "rows.parquet", nested.plan)
    assert list(back["c"].cat.categories) == ["z", "m", "a", "never"]
    assert list(back["g"].cat.categories) == ["a", "b"]
    pd.testing.assert_frame_equal(back, nested.rows, check_dtype=False, check_column_type=False)
    assert back.columns.tolist() == [".row", "g", ".unit", "y", "c"]


def test_nothing_readable_is_an_empty_table_of_the_right_columns(tmp_path: Path) -> None:
    nested = validate(make_plan("absent.csv"), tmp_path)
    assert data_table(nested).column_names == [".row", "g", ".unit", "y"]
    assert nested.accounting["rows_read"] == nested.accounting["rows_used"] == 0
    assert nested.accounting["levels"] == [
        {"name": "g", "clusters": 0, "smallest": None, "median": None, "largest": None}
    ]

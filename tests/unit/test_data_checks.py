"""Checks of the data: what is a value, what follows from each severity, and how every row is accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from epiladder.study.convert import convert, convert_id
from epiladder.study.data import NestedData, validate
from epiladder.study.plan import Plan, Variable

VARIABLES = {
    "y": {"type": "number", "min": 0, "max": 10},
    "x": {"type": "integer", "missing_codes": [-9, "NA"]},
    "c": {"type": "category", "categories": ["no", "yes"], "level": "g"},
}
ROWS = ["1,a,1.5,3,no", "2,a,2.5,4,no", "3,b,0.5,5,yes", "4,b,4.5,7,yes", "5,b,4,1,yes"]


def check(folder: Path, rows: list[str], **changes: Any) -> NestedData:
    (folder / "a.csv").write_text("\n".join(["id,g,y,x,c", *rows]) + "\n", encoding="utf-8")
    plan = {
        "id": "a",
        "data": {"path": "a.csv"},
        "unit": {"name": "row", "id": "id"},
        "levels": ["g"],
        "outcome": {"variable": "y"},
        "variables": VARIABLES,
        "ladder": {"covariates": ["x", "c"]},
        **changes,
    }
    return validate(Plan.model_validate(plan), folder)


def severities(nested: NestedData) -> dict[str, str]:
    return {one.check: one.severity for one in nested.findings if one.check not in ("few_clusters", "singletons")}


def _column(kind: str, cells: list[str | None], **keys: Any) -> tuple[list, list[bool], list[bool]]:
    made = convert(Variable.model_validate({"type": kind, **keys}), [pa.chunked_array([pa.array(cells, pa.string())])])
    return made.keys.tolist(), made.missing.tolist(), made.bad.tolist()


@pytest.mark.parametrize("text", ["1", "-1.5", "+1", ".5", "1.", "1e-3", "1E5", " 7 ", "007", "-0"])
def test_numbers(text: str) -> None:
    values, missing, bad = _column("number", [text, "1"])
    assert (values[0], missing[0], bad[0]) == (float(text), False, False)


@pytest.mark.parametrize(
    "text",
    [
        "1,5",
        "1.234,5",
        "1 000",
        "1_0",
        "inf",
        "-Infinity",
        "nan",
        "NaN",
        "0x1F",
        "1e400",
        "five",
        "1%",
        "½",
        "--",
        "1.5.2",
        "e5",
    ],
)
def test_no_numbers(text: str) -> None:
    values, missing, bad = _column("number", [text, "1"])
    assert np.isnan(values[0])
    assert (missing, bad) == ([False, False], [True, False])


@pytest.mark.parametrize(
    ("text", "is_bad"), [("5", False), ("5.0", False), ("5e2", False), ("5.5", True), ("9007199254740994", True)]
)
def test_whole_numbers(text: str, is_bad: bool) -> None:
    assert _column("integer", [text])[2] == [is_bad]


@pytest.mark.parametrize(("text", "value"), [("true", 1.0), ("TRUE", 1.0), ("False", 0.0), ("1", 1.0), (" 0 ", 0.0)])
def test_booleans(text: str, value: float) -> None:
    assert _column("boolean", [text]) == ([value], [False], [False])


@pytest.mark.parametrize("text", ["yes", "2", "T", "1.0"])
def test_no_booleans(text: str) -> None:
    assert _column("boolean", [text])[2] == [True]


@pytest.mark.parametrize(
    ("text", "is_bad"),
    [
        ("2024-02-29", False),
        ("2024-02-29T00:00:00Z", False),
        ("2024-02-29T10:00:00Z", True),
        ("2023-02-29", True),
        ("29.02.2024", True),
        ("2024-2-9", True),
    ],
)
def test_dates(text: str, is_bad: bool) -> None:
    assert _column("date", [text])[2] == [is_bad]


def test_missing_cells_and_codes() -> None:
    assert _column("number", ["", "  ", None, "99", "99.0", "NA", "3"], missing_codes=["99", "NA"])[1] == [True] * 6 + [
        False
    ]
    assert _column("category", ["", "NA", "None", "99"], categories=["a", "b"], missing_codes=["99"])[1] == [
        True,
        False,
        False,
        True,
    ]


def test_typed_numbers_match_codes_categories_and_ids() -> None:
    variable = Variable.model_validate({"type": "category", "categories": ["01", "2"], "missing_codes": ["9"]})
    cells = [pa.chunked_array([pa.array([1.0, 2.0, 9.0, None, 3.0])])]
    made = convert(variable, cells)
    assert made.missing.tolist() == [False, False, True, True, False]
    assert made.labels is not None and made.codes is not None
    assert [made.labels[code] for code in made.codes[[0, 1, 4]]] == ["01", "2", "3"]
    whole = convert_id([pa.chunked_array([pa.array([1.0, 2.5, float("nan")])])])
    assert whole.labels is not None
    assert (whole.labels.tolist()[:2], whole.missing.tolist()) == (["1", "2.5"], [False, False, True])


def test_sound_rows_pass(tmp_path: Path) -> None:
    nested = check(tmp_path, ROWS)
    assert severities(nested) == {}
    assert nested.accounting["rows_used"] == 5
    assert nested.accounting["levels"] == [{"name": "g", "clusters": 2, "smallest": 2, "median": 2.5, "largest": 3}]


def test_all_failures_at_once_and_a_row_counts_at_the_first(tmp_path: Path) -> None:
    rows = ["1,a,99,high,maybe", "2,a,2.5,,no", "3,b,0.5,5,yes", "3,b,11,7,yes", "5,b,4,-9,no"]
    nested = check(tmp_path, [*rows, "6,a,1,1,no", "7,c,1,2,no", "8,c,2,2,no"])
    assert set(severities(nested)) == {"type", "range", "categories", "duplicate_unit", "constant_in_cluster"}
    account = nested.accounting
    assert account["rows_rejected"] == [
        {"check": "type", "column": "x", "rows": 1},
        {"check": "range", "column": "y", "rows": 1},
        {"check": "duplicate_unit", "column": "id", "rows": 1},
        {"check": "constant_in_cluster", "column": "c", "rows": 1},
    ]
    assert account["rows_missing"] == [{"column": "x", "rows": 1}]
    assert (account["rows_read"], account["rows_incomplete"], account["rows_used"]) == (8, 1, 3)
    assert nested.rejected[["row", "check", "y", "x", "c"]].values.tolist() == [
        [2, "type", "99", "high", "maybe"],
        [4, "duplicate_unit", "0.5", "5", "yes"],
        [5, "range", "11", "7", "yes"],
        [6, "constant_in_cluster", "4", "-9", "no"],
    ]


@pytest.mark.parametrize(
    ("severity", "used", "rejected"), [("stop", 4, 1), ("reject", 4, 1), ("warn", 5, 0), ("ignore", 5, 0)]
)
def test_severities_of_the_range(tmp_path: Path, severity: str, used: int, rejected: int) -> None:
    nested = check(tmp_path, [*ROWS[:4], "5,b,11,1,yes"], checks={"range": severity})
    assert severities(nested) == ({} if severity == "ignore" else {"range": severity})
    assert (nested.accounting["rows_used"], len(nested.rejected)) == (used, rejected)


def test_a_rejected_cell_does_not_make_its_cluster_vary(tmp_path: Path) -> None:
    nested = check(tmp_path, [*ROWS[:4], "5,b,4,1,perhaps"], checks={"categories": "reject"})
    assert severities(nested) == {"categories": "reject"}
    assert nested.accounting["rows_used"] == 4


def test_values_stay_out_of_a_message_that_may_reach_the_report(tmp_path: Path) -> None:
    rows = [*ROWS[:4], "5,b,10.75,1,yes"]
    assert "10.75" in check(tmp_path, rows).findings[0].message
    warned = check(tmp_path, rows, checks={"range": "warn"}).findings[0]
    assert "10.75" not in warned.message + warned.mend
    assert "10.75" in check(tmp_path, rows, checks={"range": "warn"}, disclosure="public").findings[0].message


def test_an_empty_cell_is_a_fault_where_the_plan_says_so(tmp_path: Path) -> None:
    rows = [*ROWS[:4], "5,b,4,-9,yes"]
    assert check(tmp_path, rows).accounting["rows_incomplete"] == 1
    nested = check(tmp_path, rows, data={"path": "a.csv", "missing": "error"})
    assert severities(nested) == {"missing": "stop"}
    assert nested.accounting["rows_rejected"] == [{"check": "missing", "column": "x", "rows": 1}]
    assert nested.accounting["rows_incomplete"] == 0


def test_a_variable_that_no_rung_reads_is_checked_but_may_be_empty(tmp_path: Path) -> None:
    rows = ["1,a,1.5,,no", "2,a,2.5,4,no", "3,b,0.5,q,yes", "4,b,4.5,7,yes"]
    nested = check(tmp_path, rows, ladder={"covariates": ["c"]})
    assert severities(nested) == {"type": "stop"}
    assert nested.accounting["rows_incomplete"] == 0
    assert nested.rows.columns.tolist() == [".row", "g", ".unit", "y", "c"]


def test_unit_ids_may_repeat_within_clusters_if_the_plan_says_so(tmp_path: Path) -> None:
    rows = [row.replace("3,b", "1,b").replace("4,b", "2,b") for row in ROWS]
    assert severities(check(tmp_path, rows)) == {"duplicate_unit": "stop"}
    unit = {"name": "row", "id": "id", "unique_within": "g"}
    assert severities(check(tmp_path, rows, unit=unit)) == {}


def test_one_cluster_of_one_is_told(tmp_path: Path) -> None:
    nested = check(tmp_path, [*ROWS, "9,z,3,3,no"])
    told = {one.check: one for one in nested.findings}
    assert told["singletons"].severity == "warn"
    assert "1 g of 3 holds a single row" in told["singletons"].message


def test_few_clusters_are_told_and_more_are_not(tmp_path: Path) -> None:
    few = check(tmp_path, ROWS, ladder={"covariates": ["x"], "random_slopes": [{"of": "x", "over": "g"}]})
    found = next(one for one in few.findings if one.check == "few_clusters")
    assert (found.level, found.clusters) == ("g", 2)
    assert "the slope of x" in found.message
    many = [f"{i},{i // 2},{i % 7},{i},no" for i in range(20)]
    assert check(tmp_path, many).findings == ()


def test_labels_of_clusters_within_clusters_are_unique(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("g,w,y\na/b,c,1\na/b,c,2\na/b,d,3\na/b,d,4\na,b/c,5\na,b/c,6\na,d,7\na,d,9\n")
    plan = Plan.model_validate(
        {
            "id": "a",
            "data": {"path": "a.csv"},
            "unit": "row",
            "levels": ["g", {"name": "w", "unique_within": "g"}],
            "outcome": {"variable": "y"},
            "variables": {"y": {"type": "number"}},
        }
    )
    nested = validate(plan, tmp_path)
    assert nested.accounting["levels"][1]["clusters"] == 4
    assert nested.rows["w"].nunique() == 4
    assert nested.rows.groupby("w", observed=True)["y"].count().tolist() == [2, 2, 2, 2]


def test_findings_are_plain_json(tmp_path: Path) -> None:
    import json

    for one in check(tmp_path, ["1,a,99,high,maybe", *ROWS[1:]]).findings:
        assert json.loads(json.dumps(one.as_json()))["check"] == one.check
        assert one.message.endswith(".")

"""What a plan may ask of cells, and gets: recoding, dates by a format, conditions, days in order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from epiladder.study.convert import convert
from epiladder.study.data import NestedData, validate
from epiladder.study.dates import dates_of
from epiladder.study.plan import Plan, Variable


def read(folder: Path, table: pd.DataFrame, variables: dict[str, dict], **changes: object) -> NestedData:
    table.to_csv(folder / "a.csv", index=False)
    plan = {
        "id": "a",
        "data": {"path": "a.csv"},
        "unit": "row",
        "levels": ["g"],
        "outcome": {"variable": "y"},
        "variables": {"y": {"type": "number"}, **variables},
        "checks": {"few_clusters": "ignore", "singletons": "ignore"},
        **changes,
    }
    return validate(Plan.model_validate(plan), folder)


def table(**columns: list) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"g": [f"c{i % 3}" for i in range(n)], "y": np.arange(n) * 1.5, **columns})


def test_words_are_recoded_and_the_same_words_are_one_category(tmp_path: Path) -> None:
    sex = {"type": "category", "categories": ["male", "female"], "recode": {"M": "male", "F": "female", "f": "female"}}
    found = read(
        tmp_path, table(sex=["M", "F", "f", "female", "male", "M"]), {"sex": sex}, ladder={"covariates": ["sex"]}
    )
    assert found.findings == ()
    assert found.rows.sort_values(".row")["sex"].tolist() == ["male", "female", "female", "female", "male", "male"]


def test_booleans_are_recoded() -> None:
    import pyarrow as pa

    variable = Variable.model_validate({"type": "boolean", "recode": {"ja": "true", "nein": "false", "1": "false"}})
    column = convert(variable, [pa.chunked_array([["ja", "nein", "true", "1"]])])
    assert column.numbers is not None
    assert column.numbers.tolist() == [1, 0, 1, 0]


def test_a_missing_code_is_no_category_even_where_recoding_makes_its_word(tmp_path: Path) -> None:
    import pyarrow as pa

    variable = Variable.model_validate(
        {"type": "category", "categories": ["a", "b"], "recode": {"x": "a"}, "missing_codes": ["9"]}
    )
    column = convert(variable, [pa.chunked_array([["a", "x", "9", "b"]])])
    assert column.missing.tolist() == [False, False, True, False]
    assert column.codes is not None
    assert column.codes[0] == column.codes[1] >= 0


@pytest.mark.parametrize("form", ["DD/MM/YYYY", "%d/%m/%Y"])
def test_dates_by_their_format(form: str) -> None:
    found = dates_of(np.array(["29/02/2024", "30/02/2024", "2024-02-29", "1/3/2024"], dtype=object), form)
    assert found.astype(str).tolist() == ["2024-02-29", "NaT", "NaT", "2024-03-01"]


MOMENTS = ["2024-03-01 13:45", "2024-03-01T23:30:00.5+02:00", "2024-03-01T00:00:00Z", "2024-03-01 00:00", "2024-03-01"]


def test_a_time_of_day_is_no_day_unless_it_is_midnight_or_the_format_names_it() -> None:
    words = np.array([*MOMENTS, "2024-03-01 25", "9999-12-31"], dtype=object)
    kept = dates_of(words).astype(str).tolist()
    assert kept == ["NaT", "NaT", *(["2024-03-01"] * 3), "NaT", "9999-12-31"]
    for form in ("YYYY-MM-DD hh:mm", "%Y-%m-%dT%H:%M:%S"):
        assert dates_of(words, form).astype(str).tolist() == [*(["2024-03-01"] * 5), "NaT", "9999-12-31"]
    assert dates_of(np.array(["01.03.2024 13:45"], dtype=object), "DD.MM.YYYY hh:mm").astype(str) == ["2024-03-01"]


def test_two_spellings_of_a_day_are_one_value(tmp_path: Path) -> None:
    came = ["2024-03-01", "2024-03-02", "2024-03-03", "2024-03-01 00:00", "2024-03-02", "2024-03-03T00:00:00Z"]
    assert read(tmp_path, table(came=came), {"came": {"type": "date", "level": "g"}}).findings == ()
    found = read(tmp_path, table(came=came), {"came": {"type": "date", "unique": True}})
    assert [(one.check, one.rows) for one in found.findings] == [("unique", 6)]


def test_the_same_day_is_in_order_and_an_empty_one_too(tmp_path: Path) -> None:
    days = table(came=["2024-01-02"] * 6, left=["2024-01-02", "", "2024-01-03"] * 2)
    variables = {"came": {"type": "date"}, "left": {"type": "date", "after": "came"}}
    assert read(tmp_path, days, variables).findings == ()


def test_conditions_on_numbers_and_booleans_hold_together(tmp_path: Path) -> None:
    rows = table(age=[70, 80, 80, 80], dead=["true", "true", "true", "false"], cause=["", "x", "", ""])
    variables = {
        "age": {"type": "integer"},
        "dead": {"type": "boolean"},
        "cause": {"type": "text", "required_if": {"age": ["80", "81"], "dead": "true"}},
    }
    found = read(tmp_path, rows, variables)
    assert [(one.check, one.row_numbers) for one in found.findings] == [("required_if", (4,))]


def test_a_value_of_a_level_may_stand_in_many_rows_of_one_cluster(tmp_path: Path) -> None:
    rows = table(code=["p", "q", "r"] * 3)
    assert read(tmp_path, rows, {"code": {"type": "text", "unique": True, "level": "g"}}).findings == ()
    found = read(tmp_path, rows, {"code": {"type": "text", "unique": True}})
    assert [(one.check, one.rows) for one in found.findings] == [("unique", 9)]


@pytest.mark.parametrize("severity", ["reject", "warn", "ignore"])
def test_severities_of_the_new_checks(severity: str, tmp_path: Path) -> None:
    rows = table(code=["n1", "n2", "x3", "n4", "n5", "n6"])
    found = read(tmp_path, rows, {"code": {"type": "text", "pattern": "n[0-9]"}}, checks={"pattern": severity})
    told = [one for one in found.findings if one.check == "pattern"]
    assert len(told) == (severity != "ignore")
    assert found.accounting["rows_used"] == (5 if severity == "reject" else 6)

"""Rows with gaps: which are kept, how they are accounted for, and what a plan may not ask."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from epiladder import steps
from epiladder.errors import PlanError
from epiladder.files import read_json
from epiladder.study.config import load_plan
from epiladder.study.data import data_table, validate
from gappy import STUDY, table, write


def accounted(folder: Path, rows: pd.DataFrame) -> dict:
    return validate(load_plan(write(folder, rows)), folder).accounting


def test_rows_without_the_outcome_are_left_out_and_gaps_are_counted(tmp_path: Path) -> None:
    rows = table()
    found = accounted(tmp_path, rows)
    kept = rows[rows["y"].notna()]
    assert found["rows_read"] == len(rows)
    assert (found["rows_incomplete"], found["rows_used"]) == (2, len(rows) - 2)
    assert found["rows_missing"] == [{"column": "y", "rows": 2}]
    cells = {one["column"]: one for one in found["cells_imputed"]}
    for name in ("age", "smoker", "stage", "sex"):
        assert (cells[name]["cells"], cells[name]["of"]) == (kept[name].isna().sum(), len(kept))
    assert (cells["size"]["level"], cells["size"]["cells"], cells["size"]["of"]) == ("hospital", 3, 16)
    assert cells["size"]["filled"] == 2


def test_a_complete_table_has_nothing_to_impute(tmp_path: Path) -> None:
    assert accounted(tmp_path, table().dropna())["cells_imputed"] == []


def test_gaps_stay_empty_on_disk(tmp_path: Path) -> None:
    plan = load_plan(write(tmp_path))
    written = data_table(validate(plan, tmp_path))
    assert written.column("age").null_count == validate(plan, tmp_path).accounting["cells_imputed"][0]["cells"]
    assert written.column("stage").null_count > 0 and written.column("y").null_count == 0


def test_rows_in_another_order_are_the_same_rows(tmp_path: Path) -> None:
    """Ties among rows with gaps too are settled by what the rows hold."""
    rows = table()
    first = validate(load_plan(write(tmp_path / "a", rows)), tmp_path / "a").rows
    shuffled = rows.sample(frac=1, random_state=1)
    second = validate(load_plan(write(tmp_path / "b", shuffled)), tmp_path / "b").rows
    pd.testing.assert_frame_equal(first.drop(columns=".row"), second.drop(columns=".row"))


def test_validation_of_a_table_with_gaps_finds_nothing_in_clean_data(tmp_path: Path) -> None:
    study = write(tmp_path)
    steps.validate(study=study, results=tmp_path / "results")
    found = read_json(tmp_path / "results" / "validation.json")
    assert found["status"] == "passed" and [one["check"] for one in found["findings"]] == ["imputed_products"]
    assert pq.read_metadata(tmp_path / "results" / "data" / "rows.parquet").num_rows == 222
    assert "Imputed: 3 of 16 cells of size." in steps.check(study=study)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("missing: multiple_imputation", "missing: complete_case", "belongs to `missing: multiple_imputation`"),
        ("imputation: {number: 3,", "weights: age, imputation: {number: 3,", "cannot be imputed as one"),
        ("number: 3", "number: 1", "must be 2 or more"),
        ("iterations: 4", "iterations: often", "iterations"),
        ("cross_level: [[age, size]]", "retain: {rule: aic}", "information criteria are not pooled"),
    ],
)
def test_what_cannot_be_imputed_is_refused_in_words(tmp_path: Path, old: str, new: str, words: str) -> None:
    write(tmp_path)
    (tmp_path / "study.yaml").write_text(STUDY.replace(old, new), encoding="utf-8")
    with pytest.raises(PlanError, match=words):
        load_plan(tmp_path / "study.yaml")


def test_the_defaults_are_twenty_data_sets_of_ten_rounds(tmp_path: Path) -> None:
    write(tmp_path)
    text = STUDY.replace(", imputation: {number: 3, iterations: 4}", "")
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    settings = load_plan(tmp_path / "study.yaml").data.imputation
    assert settings is not None and (settings.number, settings.iterations) == (20, 10)


def test_a_product_of_imputed_values_is_told_with_its_mend(tmp_path: Path) -> None:
    said = [one for one in validate(load_plan(write(tmp_path)), tmp_path).findings if one.check == "imputed_products"]
    assert [one.severity for one in said] == ["warn"]
    assert "the product of `age` and `size`" in said[0].message and "missing: complete_case" in said[0].mend
    assert "drawn towards zero" in steps.check(study=tmp_path / "study.yaml")


def test_a_product_of_few_imputed_cells_is_not_told(tmp_path: Path) -> None:
    rows = table()
    rows["age"] = rows["age"].fillna(50.0)
    rows["size"] = rows["size"].fillna(rows.groupby("hospital")["size"].transform("first")).fillna(0.0)
    assert not [one.check for one in validate(load_plan(write(tmp_path, rows)), tmp_path).findings]


def test_a_product_within_a_level_is_no_cross_level_one(tmp_path: Path) -> None:
    write(tmp_path)
    text = STUDY.replace("[[age, size]]", "[[age, smoker], [age.mean, size]]")
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    said = validate(load_plan(tmp_path / "study.yaml"), tmp_path).findings
    told = [one.message for one in said if one.check == "same_level_product"]
    assert len(told) == 1 and "`age` and `smoker`" in told[0] and "patients" in told[0]
    assert "`age:smoker`" in next(one.mend for one in said if one.check == "same_level_product")


@pytest.mark.parametrize(("replicates", "refused"), [(100_000, False), (100_001, True)])
def test_replicates_of_the_bootstrap_have_an_end(tmp_path: Path, replicates: int, refused: bool) -> None:
    write(tmp_path)
    (tmp_path / "study.yaml").write_text(f"{STUDY}inference: {{bootstrap: {replicates}}}\n", encoding="utf-8")
    if not refused:
        assert load_plan(tmp_path / "study.yaml").inference.bootstrap == replicates
        return
    with pytest.raises(PlanError, match=r"bootstrap.*must be 100,?000 or less"):
        load_plan(tmp_path / "study.yaml")

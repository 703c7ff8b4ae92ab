"""Descriptives by level and by exposure, derived again by pandas from the rows themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from epiladder.study.config import load_plan
from epiladder.study.data import validate
from epiladder.study.description import description

STUDY = """\
id: wards
data: {path: t.csv}
unit: nurse
levels: [hospital, {name: ward, id: ward, unique_within: hospital}]
outcome: {variable: y}
variables:
  y: {type: number}
  age: {type: number}
  sex: {type: category, categories: [m, f, x]}
  arm: {type: category, categories: [control, treated], level: ward}
  beds: {type: number, level: ward}
  town: {type: boolean, level: hospital}
description: {by: arm}
ladder: {covariates: [age, sex, arm, beds, town]}
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("described")
    rng = np.random.default_rng(7)
    n = 400
    hospital, ward = rng.integers(0, 6, n), rng.integers(0, 3, n)
    cluster = hospital * 3 + ward
    table = pd.DataFrame(
        {
            "hospital": hospital,
            "ward": ward,
            "y": rng.normal(size=n).round(3),
            "age": np.where(rng.random(n) < 0.1, "", rng.integers(20, 60, n).astype(str)),
            "sex": rng.choice(["m", "f", "x"], n, p=[0.5, 0.45, 0.05]),
            "arm": np.where(rng.permutation(18)[cluster] < 9, "control", "treated"),
            "beds": rng.integers(10, 40, 18)[cluster],
            "town": np.where(hospital % 2 == 0, "true", "false"),
        }
    )
    table.to_csv(folder / "t.csv", index=False)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    plan = load_plan(folder / "study.yaml")
    whole = table[table["age"] != ""].astype({"age": float})
    return description(plan, validate(plan, folder).rows), whole


def _one(variables: list[dict], name: str) -> dict:
    return next(one for one in variables if one["name"] == name)


def test_a_variable_of_units_is_counted_once_a_row(found: tuple[dict, pd.DataFrame]) -> None:
    made, table = found
    age = _one(made["variables"], "age")
    assert age["n"] == len(table)
    low, middle, high = np.percentile(table["age"], [25, 50, 75])
    assert [age[key] for key in ("mean", "sd", "q1", "median", "q3")] == pytest.approx(
        [table["age"].mean(), table["age"].std(), low, middle, high]
    )
    sex = _one(made["variables"], "sex")["categories"]
    assert {one["category"]: one["count"] for one in sex} == table["sex"].value_counts().to_dict()
    assert sum(one["share"] for one in sex) == pytest.approx(1)


def test_a_variable_of_a_level_is_counted_once_a_cluster(found: tuple[dict, pd.DataFrame]) -> None:
    made, table = found
    wards = table.drop_duplicates(["hospital", "ward"])
    beds = _one(made["variables"], "beds")
    assert (beds["n"], beds["mean"], beds["sd"]) == pytest.approx(
        (len(wards), wards["beds"].mean(), wards["beds"].std())
    )
    town = _one(made["variables"], "town")["categories"]
    hospitals = table.drop_duplicates("hospital")["town"].value_counts()
    assert {one["category"]: one["count"] for one in town} == hospitals.to_dict()


def test_by_exposure_each_group_is_described_by_itself(found: tuple[dict, pd.DataFrame]) -> None:
    made, table = found
    assert made["by"]["variable"] == "arm"
    assert [group["value"] for group in made["by"]["groups"]] == ["control", "treated"]
    assert sum(group["rows"] for group in made["by"]["groups"]) == len(table)
    for group in made["by"]["groups"]:
        own = table[table["arm"] == group["value"]]
        assert group["rows"] == len(own)
        assert group["clusters"] == {
            "hospital": own["hospital"].nunique(),
            "ward": len(own.drop_duplicates(["hospital", "ward"])),
        }
        variables = group["variables"]
        assert variables["age"]["mean"] == pytest.approx(own["age"].mean())
        assert variables["beds"]["mean"] == pytest.approx(own.drop_duplicates(["hospital", "ward"])["beds"].mean())
        assert {one["category"]: one["count"] for one in variables["sex"]["categories"]} == {
            sex: int((own["sex"] == sex).sum()) for sex in ("m", "f", "x")
        }
        assert "arm" not in variables


def test_clusters_that_hold_several_values_of_the_exposure_are_not_split(found: tuple[dict, pd.DataFrame]) -> None:
    """A hospital has wards of both arms, so that a variable of hospitals belongs to neither."""
    made, table = found
    assert (table.groupby("hospital")["arm"].nunique() > 1).any()
    assert all(group["variables"]["town"] is None for group in made["by"]["groups"])

"""Centring and description against arithmetic done by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from epiladder.study.centring import centre, cluster_mean
from epiladder.study.data import NestedData, validate
from epiladder.study.description import description
from epiladder.study.plan import Plan

TABLE = "h,w,y,x,a,s,b\n" + "\n".join(
    [
        "1,1,1,1,10,big,true",
        "1,1,2,3,20,big,false",
        "1,2,3,5,30,big,true",
        "2,3,4,7,40,small,true",
        "2,3,6,9,50,small,true",
    ]
)


@pytest.fixture
def nested(tmp_path: Path) -> NestedData:
    (tmp_path / "a.csv").write_text(TABLE + "\n", encoding="utf-8")
    plan = Plan.model_validate(
        {
            "id": "a",
            "data": {"path": "a.csv"},
            "unit": "row",
            "levels": ["h", "w"],
            "outcome": {"variable": "y"},
            "variables": {
                "y": {"type": "number"},
                "x": {"type": "number", "centre": "cluster_mean", "means": ["w", "h"]},
                "a": {"type": "number", "centre": "grand_mean"},
                "s": {"type": "category", "categories": ["small", "big"], "level": "h"},
                "b": {"type": "boolean"},
            },
            "ladder": {"covariates": ["x", "a", "s", "b"]},
        }
    )
    return validate(plan, tmp_path)


def test_centring(nested: NestedData) -> None:
    made = centre(nested.plan, nested.rows).sort_values(".row")
    assert made["x.within"].tolist() == [-1, 1, 0, -1, 1]
    assert made["x.mean.w"].tolist() == [2, 2, 5, 8, 8]
    assert made["x.mean.h"].tolist() == [3, 3, 3, 8, 8]
    assert made["a"].tolist() == [-20, -10, 0, 10, 20]
    assert made["x"].tolist() == [1, 3, 5, 7, 9]
    assert nested.rows.sort_values(".row")["a"].tolist() == [10, 20, 30, 40, 50]


def test_a_large_mean_does_not_cost_the_digits_of_deviations() -> None:
    deviations = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 0.25, -0.25])
    values = 2.0**40 + deviations
    codes = np.array([0, 0, 0, 0, 0, 1, 1])
    np.testing.assert_array_equal(values - cluster_mean(values, codes, np.ones(len(values))), deviations)


def test_description(nested: NestedData) -> None:
    by_name = {item["name"]: item for item in description(nested.plan, nested.rows)["variables"]}
    assert list(by_name) == ["y", "x", "a", "s", "b"]
    assert by_name["y"]["n"] == 5
    assert by_name["y"]["mean"] == pytest.approx(3.2)
    assert by_name["y"]["sd"] == pytest.approx(np.std([1, 2, 3, 4, 6], ddof=1))
    assert (by_name["a"]["q1"], by_name["a"]["median"], by_name["a"]["q3"]) == (20, 30, 40)
    assert by_name["s"]["n"] == 2
    assert by_name["s"]["categories"] == [
        {"category": "small", "count": 1, "share": 0.5},
        {"category": "big", "count": 1, "share": 0.5},
    ]
    assert [item["count"] for item in by_name["b"]["categories"]] == [1, 4]

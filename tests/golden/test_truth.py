"""hospital-mortality is simulated: its script makes its data again, and its fit holds the truth that made them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from epiladder import steps
from studies import STUDIES

FOLDER = STUDIES / "hospital-mortality"
TRUTH = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))


def test_the_script_makes_the_same_table() -> None:
    spec = importlib.util.spec_from_file_location("simulate", FOLDER / "simulate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.table() == (FOLDER / "patients.csv").read_text(encoding="utf-8")


def test_estimates_lie_where_the_truth_does(tmp_path: Path) -> None:
    steps.plan(study=FOLDER / "study.yaml", results=tmp_path)
    steps.validate(study=FOLDER / "study.yaml", results=tmp_path)
    for step in (steps.gate, steps.design, steps.approximate):
        step(results=tmp_path)
    steps.fit(results=tmp_path, rung="cross_level")
    found = json.loads((tmp_path / "fits" / "cross_level.json").read_text())["estimates"]["ML"]
    assert found["convergence"]["status"] == "converged"
    assert {row["term"] for row in found["fixed"]} == set(TRUTH["fixed"])
    for row in found["fixed"]:
        assert row["estimate"] == pytest.approx(TRUTH["fixed"][row["term"]], abs=3.5 * row["std_error"])
    for part in found["random"]:
        for i, term in enumerate(part["terms"]):
            truth = TRUTH["variances"][part["level"]][term]
            assert truth / 2.5 < part["covariance"][i][i] < truth * 2.5

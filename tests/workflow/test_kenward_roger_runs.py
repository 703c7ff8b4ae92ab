"""Kenward and Roger from the study file to the report, in every step that reads it; complete cases and imputations."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from epiladder import steps
from epiladder.files import read_json
from epiladder.inference.rubin import pool
from runs import ROOT

sys.path.insert(0, str(ROOT / "tests" / "unit"))
import gappy
from test_release import run_steps

FIXED = read_json(ROOT / "tests" / "golden" / "references" / "fixed_effects.json")["fits"]


def asking(study: Path) -> Path:
    """The study file with Kenward and Roger's degrees of freedom, and few replicates."""
    text = study.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("inference:")]
    lines.append("inference: {degrees_of_freedom: kenward_roger, bootstrap: 19}")
    study.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return study


@pytest.fixture(scope="module")
def sleep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every step of the bundled study of 18 persons."""
    folder = tmp_path_factory.mktemp("kenward")
    for path in (ROOT / "config" / "studies" / "sleep-deprivation").iterdir():
        shutil.copy(path, folder)
    run_steps(asking(folder / "study.yaml"), folder / "results", folder / "reports")
    return folder


def test_the_fits_are_those_of_pbkrtest(sleep: Path) -> None:
    theirs = FIXED["sleepstudy_rs"]["Kenward-Roger"]
    estimates = read_json(sleep / "results" / "fits" / "random_slope.json")["estimates"]
    assert estimates["REML"]["degrees_of_freedom"] == "kenward_roger"
    assert estimates["ML"]["degrees_of_freedom"] == "satterthwaite"
    for key in ("std_error", "df", "p_value"):
        assert [row[key] for row in estimates["REML"]["fixed"]] == pytest.approx(theirs[key], rel=1e-5)


def test_what_is_read_downstream_is_kenward_and_rogers(sleep: Path) -> None:
    """The rows of standard practice, and the report's table with its words and its citation."""
    fit = read_json(sleep / "results" / "fits" / "random_slope.json")["estimates"]["REML"]["fixed"][1]
    practice = read_json(sleep / "results" / "standard_practice.json")["rows"]
    row = next(row for row in practice if row["method"] == "random_slope" and row["term"] == "days")
    assert (row["std_error"], row["df"]) == (fit["std_error"], fit["df"])
    text = (sleep / "reports" / "report.md").read_text(encoding="utf-8")
    assert "degrees of freedom after Kenward and Roger" in text
    assert "Kenward MG, Roger JH" in text


@pytest.fixture(scope="module")
def imputed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Imputed, fitted on each data set and pooled."""
    folder = tmp_path_factory.mktemp("gaps")
    study = gappy.write(folder)
    asking(study)
    results = folder / "results"
    steps.plan(study=study, results=results, blind=False)
    steps.validate(study=study, results=results, blind=False)
    for number in (1, 2, 3):
        steps.impute(results=results, imputation=number)
    steps.gather(results=results)
    steps.approximate(results=results)
    for number in (1, 2, 3):
        steps.fit_imputed(results=results, imputation=number)
    steps.pool(results=results)
    return results


def rows(record: dict[str, Any]) -> list[dict[str, Any]]:
    return record["estimates"]["REML"]["fixed"]


def test_over_imputed_data_sets_each_ones_are_pooled_after_barnard_and_rubin(imputed: Path) -> None:
    pooled = json.loads((imputed / "fits" / "random_intercept.json").read_text(encoding="utf-8"))
    sets = [read_json(imputed / "fits" / "random_intercept" / f"{number}.json") for number in (1, 2, 3)]
    assert {one["estimates"]["REML"]["degrees_of_freedom"] for one in sets} == {"kenward_roger"}
    for i, row in enumerate(rows(pooled)):
        own = [rows(one)[i] for one in sets]
        assert all(one["std_error"] >= one["std_error_unadjusted"] * (1 - 1e-9) for one in own)
        complete = float(np.mean([one["df"] for one in own]))
        expected = pool([one["estimate"] for one in own], [one["std_error"] ** 2 for one in own], complete)
        assert (row["std_error"], row["df"]) == pytest.approx((expected.std_error, expected.df), rel=1e-12)
        assert row["df"] < complete

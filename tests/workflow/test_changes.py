"""After a finished run: nothing runs again, and an edit runs again just what depends on it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from runs import RUNGS, Outcome, contents, copy, dry_run, run

PAPERS = {"plan", "report", "provenance", "changes", "manifest", "index"}
AFTER_ROWS = {
    "validate",
    "gate",
    "design",
    "approximate",
    "fit",
    "infer",
    "standard_practice",
    "provenance",
    "changes",
    "report",
    "manifest",
    "index",
}


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return copy(finished, tmp_path / "copy")


def edit(path: Path, old: str, new: str) -> None:
    """Change a file as an editor would."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_run_says_where_its_report_lies(finished: Path, said: Outcome) -> None:
    assert f"Report: {finished / 'reports' / 'wards' / 'report.html'}" in said.said


def test_the_run_leaves_what_the_contract_names(finished: Path) -> None:
    results, reports = finished / "results" / "wards", finished / "reports" / "wards"
    for name in (
        "plan.json",
        "validation.json",
        "data/accounting.json",
        "data/rejected.csv",
        "screen.json",
        "comparisons.json",
        "decisions.json",
        "standard_practice.json",
        "pooling.parquet",
        "provenance.json",
        "manifest.json",
        *(f"fits/{rung}.json" for rung in RUNGS),
    ):
        assert (results / name).stat().st_size > 0, name
    assert (reports / "report.md").read_text(encoding="utf-8").startswith("#")
    assert list((reports / "tables").glob("*.csv"))
    assert list((reports / "figures").glob("*.svg"))


def test_a_second_run_does_nothing(folder: Path) -> None:
    before = contents(folder)
    again = run(folder)
    assert again.code == 0, again.said
    assert "Nothing to be done" in again.said
    assert contents(folder) == before


EDITS = {
    "title": ("title: Stress on wards", "title: Stress on hospital wards", PAPERS),
    "question": ("title: Stress on wards", "title: Stress on wards\nquestion: Does it help?", PAPERS),
    "label": ("age: {type: number,", "age: {label: Age in years, type: number,", PAPERS),
    "screen": ("disclosure:", "screen: {icc: 0.2}\ndisclosure:", PAPERS | {"infer"}),
    "confidence": ("disclosure:", "inference: {confidence: 0.9}\ndisclosure:", PAPERS | {"fit", "infer"}),
    "range": ("max: 20", "max: 25", PAPERS | AFTER_ROWS),
    "ladder": ("  cross_level: [[age, training]]\n", "", PAPERS | AFTER_ROWS),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_plan_runs_again_what_reads_the_key(folder: Path, name: str) -> None:
    old, new, expected = EDITS[name]
    edit(folder / "study.yaml", old, new)
    again = dry_run(folder)
    assert again.code == 0, again.said
    if name == "confidence":
        expected = expected | {"standard_practice"}
    assert again.rules == expected


def test_edited_data_run_again_everything_that_follows(folder: Path) -> None:
    edit(folder / "wards.csv", "w0,", "w00,")
    assert dry_run(folder).rules == AFTER_ROWS


def test_a_file_touched_but_not_changed_runs_nothing_again(folder: Path) -> None:
    later = time.time() + 2
    os.utime(folder / "wards.csv", (later, later))
    assert dry_run(folder).rules == set()


def test_a_lost_fit_runs_again_with_what_follows(folder: Path) -> None:
    (folder / "results" / "wards" / "fits" / "null.json").unlink()
    seen = dry_run(folder)
    assert seen.rules == {"fit", "infer", "standard_practice", "changes", "report", "manifest", "index"}
    assert seen.said.count("\nrule fit:") == 1


def test_after_an_edited_title_the_report_carries_it_and_the_fits_are_the_same(folder: Path) -> None:
    before = contents(folder)
    edit(folder / "study.yaml", "title: Stress on wards", "title: Stress on many wards")
    again = run(folder)
    assert again.code == 0, again.said
    after = contents(folder)
    assert "Stress on many wards" in after["reports/wards/report.md"].decode()
    fits = [f"results/wards/fits/{rung}.json" for rung in RUNGS]
    assert [before[name] for name in fits] == [after[name] for name in fits]

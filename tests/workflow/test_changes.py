"""After a finished run: nothing runs again, and an edit runs again just what depends on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from runs import ROOT, RUNGS, Outcome, command, contents, copy, dry_run, environment, run

PAPERS = {"plan", "report", "provenance", "changes", "manifest", "index"}
AFTER_INFER = {"likelihood", "infer", "influence", "diagnose", "measure"}
AFTER_ROWS = {
    "validate",
    "gate",
    "design",
    "approximate",
    "fit",
    "bootstrap",
    "infer",
    "standard_practice",
    "influence",
    "likelihood",
    "diagnose",
    "measure",
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
        "bootstrap.json",
        "replicates.parquet",
        "variance_tests.json",
        "decisions.json",
        "standard_practice.json",
        "measures.json",
        "cross_level.json",
        "reliability.parquet",
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
    "screen": ("disclosure:", "screen: {icc: 0.2}\ndisclosure:", PAPERS | AFTER_INFER),
    "confidence": (
        "disclosure:",
        "inference: {confidence: 0.9}\ndisclosure:",
        PAPERS | {"fit", "bootstrap", "standard_practice"} | AFTER_INFER,
    ),
    "range": ("max: 20", "max: 25", PAPERS | AFTER_ROWS),
    "ladder": ("  cross_level: [[age, training]]\n", "", PAPERS | AFTER_ROWS),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_plan_runs_again_what_reads_the_key(folder: Path, name: str) -> None:
    old, new, expected = EDITS[name]
    edit(folder / "study.yaml", old, new)
    again = dry_run(folder)
    assert again.code == 0, again.said
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
    again = {"fit", "bootstrap", "standard_practice", "changes", "report", "manifest", "index"}
    assert seen.rules == again | AFTER_INFER
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


def dry_run_with(folder: Path, home: Path = ROOT, **changes: str) -> Outcome:
    """What a run would do by the workflow in another folder, or in another environment."""
    asked = command(folder, "--dry-run", "--quiet", "host")
    answer = subprocess.run(
        [str(home / "Snakefile") if word == str(ROOT / "Snakefile") else word for word in asked],
        cwd=folder,
        env=environment(PWD=str(folder), **changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout
    return Outcome(answer.returncode, answer.stdout)


def test_an_edited_formula_runs_again_what_rests_on_it(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("workflow", "profiles", "config"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "Snakefile", home / "Snakefile")
    assert dry_run_with(folder, home).rules == set()  # the same code in another place
    edit(home / "workflow" / "epiladder" / "engine" / "gaussian.py", '"""', '"""Edited. ')
    again = dry_run_with(folder, home).rules
    assert again >= {"approximate", "fit", "infer", "standard_practice", "provenance", "changes", "report", "manifest"}
    assert not again & {"plan", "validate", "gate", "design"}


def test_another_version_of_a_library_runs_again_what_rests_on_it(folder: Path, tmp_path: Path) -> None:
    """statsmodels serves standard practice alone; every rule after it follows."""
    described = tmp_path / "other" / "statsmodels-999.0.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: statsmodels\nVersion: 999.0\n", encoding="utf-8")
    again = dry_run_with(folder, PYTHONPATH=str(described.parent)).rules
    assert again >= {"standard_practice", "provenance", "changes", "report", "manifest"}
    assert not again & {"plan", "validate", "gate", "design", "approximate", "fit", "infer"}

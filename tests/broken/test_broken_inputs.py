"""Every broken input of the corpus ends with its exit code and a message that names what is wrong and where."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from broken import CLINICS_TABLE, OUTCOMES, STUDY, TABLE, BrokenPlan, BrokenTable, clinics
from broken_hostile import FILES, HOSTILE_PLANS, HOSTILE_TABLES, ODD_BUT_SOUND
from broken_outcomes import OUTCOME_PLANS, OUTCOME_TABLES
from broken_plans import PLANS as GAUSSIAN_PLANS
from broken_tables import TABLES as GAUSSIAN_TABLES
from epiladder.cli import run
from epiladder.errors import PlanError
from epiladder.study.checks import CHECKS
from epiladder.study.config import load_plan
from epiladder.study.data import validate

PLANS = (*GAUSSIAN_PLANS, *OUTCOME_PLANS, *HOSTILE_PLANS)
TABLES = (*GAUSSIAN_TABLES, *OUTCOME_TABLES, *HOSTILE_TABLES)
WRITTEN = ["accounting.json", "description.json", "missingness.json", "rejected.csv", "rows.parquet"]
ONE_OF_EACH = tuple({case.check: case for case in TABLES}.values())


def _study(folder: Path, plan: str, table: bytes) -> Path:
    for name in ("nurses.csv", "clinics.csv"):
        (folder / name).write_bytes(table)
    path = folder / "study.yaml"
    path.write_text(plan, encoding="utf-8")
    return path


def test_the_sound_study_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(_study(tmp_path, STUDY, TABLE.encode()))]) == 0
    assert "60 read, 60 used" in capsys.readouterr().out


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_sound_outcomes_pass(outcome: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(_study(tmp_path, clinics(outcome), CLINICS_TABLE.encode()))]) == 0
    assert "72 read, 72 used" in capsys.readouterr().out


@pytest.mark.parametrize("case", PLANS, ids=lambda case: case.name)
def test_broken_plan(case: BrokenPlan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _study(tmp_path, case.text(), TABLE.encode())
    assert run(["check", str(path)]) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert str(path) in said
    for words in case.said:
        assert words in said


@pytest.mark.parametrize("case", [case for case in PLANS if case.is_alone], ids=lambda case: case.name)
def test_one_fault_has_one_message(case: BrokenPlan, tmp_path: Path) -> None:
    """No fault drags others behind it: what follows from a fault is not told as another."""
    path = _study(tmp_path, case.text(), b"")
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    assert str(caught.value).count(f"{path}:") == 1


@pytest.mark.parametrize("case", TABLES, ids=lambda case: case.name)
def test_broken_table(case: BrokenTable, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _study(tmp_path, case.study(), case.content())
    assert run(["check", str(path)]) == 3
    said = capsys.readouterr().err
    assert f"[{case.check}]" in said
    for words in case.said:
        assert words in said


@pytest.mark.parametrize("case", TABLES, ids=lambda case: case.name)
def test_accounting_of_a_broken_table_adds_up(case: BrokenTable, tmp_path: Path) -> None:
    path = _study(tmp_path, case.study(), case.content())
    nested = validate(load_plan(path), tmp_path)
    account = nested.accounting
    rejected = sum(item["rows"] for item in account["rows_rejected"])
    assert account["rows_read"] == rejected + account["rows_incomplete"] + account["rows_used"]
    assert account["rows_used"] == len(nested.rows)
    assert rejected == len(nested.rejected)


def test_the_corpus_covers_every_check_that_stops() -> None:
    stopping = {check.name for check in CHECKS.values() if check.severities[0] == "stop"}
    assert {case.check for case in TABLES} >= stopping
    assert len(PLANS) + len(TABLES) >= 100
    assert len(OUTCOME_PLANS) + len(OUTCOME_TABLES) >= 40


@pytest.mark.parametrize("case", ONE_OF_EACH, ids=lambda case: case.check)
def test_a_broken_table_stops_at_the_gate(
    case: BrokenTable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The workflow's own way: the findings are written whole, and nothing after the gate is."""
    path, results = _study(tmp_path, case.study(), case.content()), tmp_path / "results"
    assert run(["plan", str(path), "--results", str(results)]) == 0
    assert run(["validate", str(path), "--results", str(results)]) == 0
    assert run(["gate", "--results", str(results)]) == 3
    said = json.loads((results / "validation.json").read_text(encoding="utf-8"))
    assert said["status"] == "stopped"
    assert f"[{case.check}]" in capsys.readouterr().err
    assert not (results / "data" / "passed.json").exists()
    assert sorted(file.name for file in (results / "data").iterdir()) == WRITTEN


@pytest.mark.parametrize("case", HOSTILE_PLANS, ids=lambda case: case.name)
def test_a_broken_plan_leaves_nothing(case: BrokenPlan, tmp_path: Path) -> None:
    path, results = _study(tmp_path, case.text(), b""), tmp_path / "results"
    assert run(["plan", str(path), "--results", str(results)]) == 2
    assert not (results / "plan.json").exists()


@pytest.mark.parametrize(("name", "made", "words"), FILES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_file_that_is_another(
    name: str, made: Callable[[bytes], bytes], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _study(tmp_path, STUDY.replace("nurses.csv", name), b"")
    (tmp_path / name).write_bytes(made(TABLE.encode()))
    assert run(["check", str(path)]) == 3
    said = capsys.readouterr().err
    assert name in said
    assert words in said


def test_a_folder_by_the_name_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _study(tmp_path, STUDY.replace("nurses.csv", "x.csv"), b"")
    (tmp_path / "x.csv").mkdir()
    assert run(["check", str(path)]) == 3
    assert "is a folder, not a file" in capsys.readouterr().err


def test_a_folder_by_the_name_of_a_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("change", ODD_BUT_SOUND.values(), ids=ODD_BUT_SOUND)
def test_what_is_odd_and_sound(
    change: Callable[[bytes], bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No row is lost, whatever ends its line."""
    assert run(["check", str(_study(tmp_path, STUDY, change(TABLE.encode())))]) == 0
    assert "60 read, 60 used" in capsys.readouterr().out


def test_a_file_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The disk's own faults have their own code."""

    def refused(path: Path) -> bytes:
        if path.suffix == ".csv":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    real = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", refused)
    assert run(["check", str(_study(tmp_path, STUDY, TABLE.encode()))]) == 5
    assert "Permission denied" in capsys.readouterr().err


def test_a_baseline_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told when the study is checked, not when all is fitted."""
    path = _study(tmp_path, STUDY + "baseline: ../nowhere\n", TABLE.encode())
    assert run(["check", str(path)]) == 2
    assert f"{path}: baseline:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda path: path.symlink_to("gone.csv"), "is a link to gone.csv, and there is no such file"),
        (lambda path: path.symlink_to(path.name), "is a link to x.csv"),
        (os.mkfifo, "is no file but a device or a pipe"),
    ],
    ids=["link to nothing", "link to itself", "pipe"],
)
def test_what_is_no_file(
    made: Callable[[Path], object], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _study(tmp_path, STUDY.replace("nurses.csv", "x.csv"), b"")
    made(tmp_path / "x.csv")
    assert run(["check", str(path)]) == 3
    assert words in capsys.readouterr().err

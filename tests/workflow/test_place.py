"""Where a run cannot write: one clear message before any job, nothing lost, and the run goes on when it is mended."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from epiladder.audit import place
from epiladder.errors import DiskError
from runs import command, contents, copy, environment, run, write_study

SMALL = 60_000  # bytes that a file may have where the disk is said to be full: the report has more


def _file_for_logs(folder: Path) -> Path:
    shutil.rmtree(folder / "results" / "wards" / "logs")
    (folder / "results" / "wards" / "logs").write_text("notes of mine", encoding="utf-8")
    return folder / "results" / "wards" / "logs"


def _file_for_reports(folder: Path) -> Path:
    (folder / "reports").rename(folder / "mine")
    (folder / "reports").write_text("notes of mine", encoding="utf-8")
    return folder / "reports"


def _link_to_nothing(folder: Path) -> Path:
    (folder / "results").rename(folder / "mine")
    (folder / "results").symlink_to("unmounted")
    return folder / "results"


def _folder_for_a_log(folder: Path) -> Path:
    log = folder / "results" / "wards" / "logs" / "plan.log"
    log.unlink()
    log.mkdir()
    (log / "notes").write_text("mine", encoding="utf-8")
    return log


@pytest.mark.parametrize("fault", [_file_for_logs, _file_for_reports, _link_to_nothing, _folder_for_a_log])
def test_what_cannot_be_written_is_told_before_any_job(
    fault: Callable[[Path], Path], finished: Path, tmp_path: Path
) -> None:
    folder = copy(finished, tmp_path / "run")
    (folder / "wards.csv").write_text((folder / "wards.csv").read_text(encoding="utf-8") + "w0,30,control,3.1\n")
    wrong = fault(folder)
    before = contents(folder)
    stopped = run(folder)
    assert stopped.code != 0
    assert f"{wrong.relative_to(folder)}: is" in stopped.said and "--directory" in stopped.said
    assert "Traceback" not in stopped.said and "rule plan" not in stopped.said
    assert contents(folder) == before


def test_a_disk_that_fills_up_leaves_no_half_file_and_the_run_goes_on(finished: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: the report finds no room in the middle."""
    folder = copy(finished, tmp_path / "run")
    shutil.rmtree(folder / "reports")
    full = subprocess.run(
        command(folder, "--cores", "1"),
        cwd=folder,
        env=environment(PWD=str(folder)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert full.returncode != 0
    assert full.stdout.count("cannot be written (File too large). Free space or mend the permissions.") == 1
    assert "Traceback" not in full.stdout
    left = [path for path in (folder / "reports").rglob("*") if path.is_file()]
    assert not [path for path in left if path.name.startswith(".") or path.name == "report.html"]
    again = run(folder)
    assert again.code == 0, again.said
    assert contents(folder) == contents(finished)


def test_two_commands_at_once_on_one_folder_leave_what_one_leaves(finished: Path, tmp_path: Path) -> None:
    """Each file is written whole and renamed, so that two who do the same do each other no harm."""
    study = write_study(tmp_path)
    results = str(tmp_path / "results" / "wards")
    asked = [
        sys.executable,
        "-c",
        "from epiladder.cli import main; main()",
        "validate",
        str(study),
        "--results",
        results,
    ]
    both = [subprocess.Popen(asked, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(one.wait(), one.stderr.read() if one.stderr else b"") for one in both] == [(0, b""), (0, b"")]
    made = contents(tmp_path)
    assert made.keys() >= {"results/wards/validation.json", "results/wards/data/rows.parquet"}
    assert {name: content for name, content in contents(finished).items() if name in made} == made


@pytest.mark.parametrize("name", ["results", "results/wards", "results/wards/logs", "reports", "reports/wards"])
def test_every_folder_that_is_closed_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system says of a folder of somebody else; on a disk that is closed see tests/services."""
    closed, real = tmp_path / name, os.access
    (tmp_path / "results" / "wards" / "logs").mkdir(parents=True)
    (tmp_path / "reports" / "wards").mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed and real(path, mode))
    with pytest.raises(DiskError) as told:
        place.refuse_unwritable(tmp_path / "results", tmp_path / "reports", ["wards"])
    assert f"{closed}: cannot be written (permission denied)." in str(told.value)
    assert str(told.value).count("cannot be written") == 1

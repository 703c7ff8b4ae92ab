"""Disks that are full or closed, by real mounts: one clear message, nothing half-written, and the run goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))
from runs import contents, run, write_study


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """A file system in memory at `folder`, for the time of a test."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every output of a run that had room."""
    folder = tmp_path_factory.mktemp("whole")
    write_study(folder / "data")
    ended = run(folder, "--cores", "1", studies=str(folder / "data" / "study.yaml"))
    assert ended.code == 0, ended.said
    return contents(folder)


def results_only(made: dict[str, bytes]) -> dict[str, bytes]:
    """Without what names the place of the study file."""
    return {name: content for name, content in made.items() if "provenance" not in name and "report" not in name}


def test_a_disk_that_is_full_in_the_middle(tmp_path: Path, whole: dict[str, bytes]) -> None:
    study, there = write_study(tmp_path / "data"), tmp_path / "there"
    with mounted(there, "size=300k"):
        full = run(there, "--cores", "1", studies=str(study))
        assert full.code != 0
        assert "No space left on device" in full.said
        assert "Traceback" not in full.said
        made = contents(there)
        assert made and not [name for name, content in made.items() if not content or "/." in name]
        assert {name for name in results_only(made) if made[name] != whole[name]} == set()
        subprocess.run(["mount", "-o", "remount,size=80m", str(there)], check=True)
        again = run(there, "--cores", "1", studies=str(study))
        assert again.code == 0, again.said
        assert results_only(contents(there)) == results_only(whole)


@pytest.mark.parametrize("name", ["", "results", "results/wards", "results/wards/logs", "reports", "reports/wards"])
def test_a_folder_on_a_disk_that_is_closed(name: str, tmp_path: Path) -> None:
    study, there = write_study(tmp_path / "data"), tmp_path / "there"
    with mounted(there / name, "ro"):
        stopped = run(there, "--cores", "1", studies=str(study))
        assert stopped.code != 0
        said = "cannot be written (the file system is open for reading alone). Mend the permissions"
        assert stopped.said.count(said) == 1
        assert f"{there / name}: " in stopped.said
        assert "Traceback" not in stopped.said
        assert not contents(there)


def test_the_command_line_on_a_disk_that_is_full_or_closed(tmp_path: Path) -> None:
    study, there = write_study(tmp_path / "data"), tmp_path / "there"
    asked = [sys.executable, "-c", "from epiladder.cli import main; main()", "validate", str(study), "--results"]
    for option, reason in (("size=4k", "No space left on device"), ("ro", "Read-only file system")):
        with mounted(there, option):
            ended = subprocess.run([*asked, str(there / "wards")], capture_output=True, text=True, check=False)
            assert ended.returncode == 5
            assert f"cannot be written ({reason}). Free space or mend the permissions." in ended.stderr
            assert "Traceback" not in ended.stderr
            assert not [path for path in there.rglob("*") if path.is_file() and not path.stat().st_size]

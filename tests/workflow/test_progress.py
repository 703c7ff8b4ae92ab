"""How far a run has come: states, times and warnings from what its jobs leave, with and without a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from epiladder.audit import lock
from epiladder.audit.progress import KILLED, rows
from epiladder.cli import run as epiladder
from runs import RUNGS, copy

PROGRAM = Path(sys.executable).parent / "epiladder"


@pytest.fixture
def results(finished: Path, tmp_path: Path) -> Path:
    return copy(finished, tmp_path / "copy") / "results"


def states(results: Path, is_going_on: bool = False) -> dict[str, str]:
    return {row.part: row.state for row in rows(results, is_going_on, time.time())}


def begin(results: Path, verb: str) -> None:
    """As if the job had just begun."""
    (results / "wards" / "runs" / f"{verb}.json").unlink()
    (results / "wards" / "logs" / f"{verb}.log").write_text("")


def test_a_finished_run_is_done_with_its_times_and_warnings(results: Path) -> None:
    path = results / "wards" / "fits" / "random_slope.json"
    fit = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**fit, "warnings": ["one", "two"]}), encoding="utf-8")
    found = {row.part: row for row in rows(results, False, time.time())}
    assert list(found) == ["data", *RUNGS, "tests and measures", "report"]
    assert {row.state for row in found.values()} == {"done"}
    record = json.loads((results / "wards" / "runs" / "fit.null.json").read_text(encoding="utf-8"))
    took = lock.datetime.fromisoformat(record["ended"]) - lock.datetime.fromisoformat(record["started"])
    assert found["null"].seconds == pytest.approx(took.total_seconds())
    assert found["random_slope"].warnings == 2 and found["null"].warnings == len(fit["warnings"])


def test_what_works_waits_was_killed_or_stopped_is_told_apart(results: Path) -> None:
    begin(results, "fit.random_slope")
    for kind in ("runs/fit.cross_level.json", "logs/fit.cross_level.log"):
        (results / "wards" / kind).unlink()
    assert states(results, True)["random_slope"] == "running"
    assert states(results, True)["cross_level"] == "waiting"
    killed = next(row for row in rows(results, False, time.time()) if row.part == "random_slope")
    assert (killed.state, killed.said) == ("stopped", KILLED)
    record = results / "wards" / "runs" / "gate.json"
    kept = json.loads(record.read_text(encoding="utf-8"))
    (results / "wards" / "logs" / "gate.log").write_text("epiladder: The data break the plan in 1 way\n  1. more\n")
    record.write_text(json.dumps({**kept, "exit_code": 3}), encoding="utf-8")
    stopped = rows(results, True, time.time())[0]
    assert (stopped.part, stopped.state, stopped.said) == ("data", "stopped", "The data break the plan in 1 way")


def test_a_rung_that_was_not_fitted_says_why(results: Path) -> None:
    path = results / "wards" / "fits" / "cross_level.json"
    fit = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**fit, "status": "not_fitted", "message": "too few wards"}), encoding="utf-8")
    row = next(row for row in rows(results, False, time.time()) if row.part == "cross_level")
    assert (row.state, row.said) == ("done", "not fitted: too few wards")


def test_lines_follow_a_run_until_it_ends(results: Path) -> None:
    begin(results, "fit.null")
    lock.hold(results.parent)
    command = [str(PROGRAM), "progress", str(results), "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        first = [watcher.stdout.readline() for _ in range(len(RUNGS) + 3)]
        assert [line.split("  ")[1:3] for line in first][3] == ["null", "running"]
        ended = {"started": "2026-01-01T00:00:00+00:00", "ended": "2026-01-01T00:00:02+00:00", "exit_code": 0}
        (results / "wards" / "runs" / "fit.null.json").write_text(json.dumps(ended), encoding="utf-8")
        assert watcher.stdout.readline() == "wards  null  done  2.0 s\n"
        lock.HELD.pop((results.parent / ".snakemake" / "epiladder.lock").absolute()).close()
        assert watcher.wait(timeout=20) == 0
        assert watcher.stdout.read() == ""


def test_a_terminal_shows_a_table(results: Path) -> None:
    above, below = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    command = [str(PROGRAM), "progress", str(results)]
    with subprocess.Popen(command, stdin=below, stdout=below, stderr=below, env=environment) as shown:
        os.close(below)
        said = b""
        try:
            while piece := os.read(above, 4096):
                said += piece
        except OSError:  # the terminal is closed
            pass
        assert shown.wait(timeout=20) == 0
    os.close(above)
    text = said.decode()
    assert "\x1b[32mdone" in text and "warnings" in text and all(rung in text for rung in RUNGS)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert epiladder(["progress", str(tmp_path / "none")]) == 2
    assert "there is no such folder" in capsys.readouterr().err

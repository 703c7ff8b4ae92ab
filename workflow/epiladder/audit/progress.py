"""How far a run has come, from the records and logs that its jobs leave: a state for each study and rung.

A job's log is there, empty, from its start; its record, with times and exit code, from its end. A log without a record
is of a job that works, or, when no run goes on, of one that was killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from epiladder.errors import DiskError
from epiladder.files import read_json
from epiladder.study.gaps import data_sets
from epiladder.study.plan import Plan
from epiladder.study.terms import rung_ids

BEFORE = ("plan", "validate", "gate", "design", "approximate")
AFTER = ("bootstrap", "infer", "standard-practice", "influence", "diagnose", "likelihood", "measure")
PAPERS = ("provenance", "changes", "report", "manifest")
KILLED = "it was killed: its log was begun, and no run is going on"


@dataclass(frozen=True)
class Row:
    """A part of a study. state: waiting, running, done, stopped. seconds: that its jobs took, None before any.

    warnings: that its fit gave; None for what is no fit. said: why it stopped, or why a rung was not fitted.
    """

    study: str
    part: str
    state: str
    seconds: float | None
    warnings: int | None = None
    said: str = ""


@dataclass(frozen=True)
class _Job:
    state: str
    seconds: float = 0.0
    said: str = ""


def rows(results: Path, is_going_on: bool, now: float) -> list[Row]:
    """Of every study that has begun, by name. results: the folder of all studies. now: seconds since 1970."""
    folders = sorted(path.parent for path in results.glob("*/logs") if path.is_dir() and path.parent.name[0] != ".")
    return [row for folder in folders for row in _study(folder, is_going_on, now)]


def _study(folder: Path, is_going_on: bool, now: float) -> Iterator[Row]:
    def part(name: str, verbs: tuple[str, ...]) -> Row:
        jobs = [_job(folder, verb, is_going_on, now) for verb in verbs]
        begun = [job for job in jobs if job.state != "waiting"]
        seconds = sum(job.seconds for job in begun) if begun else None
        said = next((job.said for job in jobs if job.said), "")
        return Row(folder.name, name, _together([job.state for job in jobs]), seconds, None, said)

    plan = _plan(folder)
    imputed = data_sets(plan) if plan else ()
    yield part("data", BEFORE)
    if imputed:
        made = tuple(f"{verb}.{number}" for number in imputed for verb in ("impute", "fit-imputed"))
        yield part("imputed data sets", (*made, "gather"))
    for rung in rung_ids(plan) if plan else ():
        yield _fitted(folder, rung, part(rung, ("pool",) if imputed else (f"fit.{rung}",)))
    yield part("tests and measures", AFTER)
    yield part("report", (*PAPERS, "pdf") if plan and plan.report.pdf else PAPERS)


def _plan(folder: Path) -> Plan | None:
    try:
        return Plan.model_validate(read_json(folder / "plan.json"))
    except (DiskError, ValueError):
        return None


def _together(states: list[str]) -> str:
    for state in ("stopped", "running"):
        if state in states:
            return state
    return "done" if set(states) == {"done"} else "waiting"


def _fitted(folder: Path, rung: str, row: Row) -> Row:
    """A rung's row with what its fit says."""
    if row.state != "done":
        return row
    try:
        fit = read_json(folder / "fits" / f"{rung}.json")
        said = "" if fit["status"] == "fitted" else f"not fitted: {fit.get('message') or 'no reason was given'}"
        return Row(row.study, rung, "done", row.seconds, len(fit.get("warnings") or ()), said)
    except (DiskError, AttributeError, KeyError, TypeError):
        return Row(row.study, rung, "waiting", row.seconds)


def _job(folder: Path, name: str, is_going_on: bool, now: float) -> _Job:
    log, record = folder / "logs" / f"{name.replace('-', '_', 1)}.log", folder / "runs" / f"{name}.json"
    log = log if log.is_file() else folder / "logs" / f"{name}.log"
    (began, size), (ended, _) = _time_and_size(log), _time_and_size(record)
    if began is not None and (ended is None or (began > ended and size == 0)):
        return _Job("running", max(now - began, 0.0)) if is_going_on else _Job("stopped", 0.0, KILLED)
    if ended is None:
        return _Job("waiting")
    try:
        kept = read_json(record)
        seconds = (datetime.fromisoformat(kept["ended"]) - datetime.fromisoformat(kept["started"])).total_seconds()
        return _Job("done", seconds) if kept["exit_code"] == 0 else _Job("stopped", seconds, _reason(log))
    except (DiskError, KeyError, TypeError, ValueError):
        return _Job("waiting")


def _time_and_size(path: Path) -> tuple[float | None, int]:
    """Of a file that a run may take away at any moment; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None, 0
    return found.st_mtime, found.st_size


def _reason(log: Path) -> str:
    """The first line of what a job said."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return next((line.removeprefix("epiladder: ") for line in lines if line.strip()), "its log says nothing")

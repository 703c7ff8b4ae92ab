"""The plan lock: a plan written down before the data were seen, and how a later run departs from it.

`study.lock.json` beside the study file holds the resolved plan with its digest, the time and the commit. A run compares
the study file with it key by key; both are filled in by the same defaults, so that a key that is new to epiladder is no
deviation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from epiladder import __version__
from epiladder.audit.repository import commit_of, last_commit_of
from epiladder.errors import DiskError, PlanError
from epiladder.files import read_json, sha256_of, sha256_of_file, write_json
from epiladder.study.config import load_plan
from epiladder.study.plan import Plan
from epiladder.study.yaml12 import parsed

WORDING = ("title", "question", "notes", "label")


def lock_file(study: Path) -> Path:
    """Where the lock of a study file lies: `study.lock.json` beside `study.yaml`."""
    return study.with_suffix(".lock.json")


def lock(study: Path) -> Path:
    """Write the lock of a study file; returns its path.

    Raises PlanError for a plan that is wrong, and DiskError where a lock is there already: it is never written anew.
    """
    plan = load_plan(study).model_dump(mode="json")
    path = lock_file(study)
    if path.exists():
        record = read_json(path)
        since = record.get("locked") if isinstance(record, dict) else "a time that cannot be read"
        raise DiskError(
            f"{path}: the plan is locked already, since {since}, and a lock is not written anew. "
            "A run tells what has changed since; to begin again, take the file away yourself."
        )
    commit = commit_of(study.absolute().parent)
    record = {
        "study": plan["id"],
        "study_file": {"path": study.name, "sha256": sha256_of_file(study)},
        "text": study.read_bytes().decode("utf-8"),  # with its own ends of lines: the digest is of them too
        "plan": plan,
        "plan_sha256": sha256_of(plan),
        "locked": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.sha,
        "clean": commit.clean,
        "epiladder": __version__,
    }
    write_json(path, record)
    return path


def derived_lock(study: Path, source: Path, spread: Callable[[Plan, dict[str, Any]], dict[str, Any]]) -> None:
    """Lock a study that was derived from a locked one: beside its file, with the plan that the locked plan makes of it.

    spread: what a plan and its document make. Where the source is not locked, nor is this. Where the locked plan cannot
    be spread so, it stands itself for what was planned, so that all that differs from it is told.
    """
    path, above = lock_file(study), lock_file(source)
    if not above.is_file():
        path.unlink(missing_ok=True)
        return
    record = read_json(above)
    record = dict(record) if isinstance(record, dict) else {}
    record["derived_from"] = {"path": Path(os.path.relpath(source, study.parent)).as_posix()}
    if _is_whole(record):
        planned = _spread(record["plan"], _document(record), spread)
        record |= {"study": planned["id"], "plan": planned, "plan_sha256": sha256_of(planned)}
    if not path.is_file() or read_json(path) != record:
        write_json(path, record)


def _document(record: dict[str, Any]) -> dict[str, Any]:
    """The study file that was locked as it was written, so that what it leaves to defaults is left to them."""
    text, file = record.get("text"), record.get("study_file")
    file = file if isinstance(file, dict) else dict[str, Any]()
    if not isinstance(text, str) or sha256(text.encode("utf-8")).hexdigest() != file.get("sha256"):
        return record["plan"]
    return parsed(text.removeprefix("\ufeff"), Path(str(file.get("path")))).value


def _spread(
    locked: dict[str, Any], document: dict[str, Any], spread: Callable[[Plan, dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    try:
        return Plan.model_validate(spread(Plan.model_validate(locked), document)).model_dump(mode="json")
    except (PlanError, ValidationError, KeyError):
        return locked


def _is_whole(record: dict[str, Any]) -> bool:
    """Whether a lock holds the plan that its digest names."""
    return isinstance(record.get("plan"), dict) and sha256_of(record["plan"]) == record.get("plan_sha256")


def deviations(study: Path) -> dict[str, Any]:
    """deviations.json: whether the plan is locked, since when, and each key whose value is not what was planned.

    changed: when the study file was last committed, or where git does not know it as it is, last written.
    """
    path = lock_file(study)
    if not path.is_file():
        return {"locked": None, "deviations": [], "reason": "The plan was not locked before this run."}
    record = read_json(path)
    record = record if isinstance(record, dict) else dict[str, Any](locked="unknown")
    found = {key: record.get(key) for key in ("locked", "commit", "clean", "plan_sha256", "epiladder")}
    if not _is_whole(record):
        return {**found, "deviations": [], "reason": "The lock was changed after it was written: it proves nothing."}
    done = load_plan(study).model_dump(mode="json")
    rows = differences(record["plan"], done)
    written = study.parent / record["derived_from"]["path"] if "derived_from" in record else study
    return {**found, "deviations": rows, "changed": _changed(written) if rows else None, "reason": ""}


def differences(planned: dict[str, Any], done: dict[str, Any]) -> list[dict[str, Any]]:
    """Keys of two resolved plans whose values differ: key, planned, done, and whether it is `analysis` or `wording`."""
    return list(_rows(_filled(planned), _filled(done)))


def _filled(plan: dict[str, Any]) -> dict[str, Any]:
    """A locked plan with the defaults of keys that came later."""
    try:
        return Plan.model_validate(plan).model_dump(mode="json")
    except ValidationError:
        return plan


def _rows(planned: dict[str, Any], done: dict[str, Any]) -> Iterator[dict[str, Any]]:
    before, after = dict(_leaves(planned)), dict(_leaves(done))
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            parts = key.split(".")
            wording = parts[0] in WORDING or parts[-1] in WORDING
            kind = "wording" if wording else "analysis"
            yield {"key": key, "planned": before.get(key), "done": after.get(key), "kind": kind}


def _leaves(value: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Keys with their values, mappings taken apart; a list is one value."""
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from _leaves(inner, f"{above}{key}.")
        else:
            yield f"{above}{key}", inner


def _changed(study: Path) -> dict[str, str]:
    commit = last_commit_of(study)
    if commit is not None:
        return {"time": commit.time, "source": f"commit {commit.sha}"}
    written = datetime.fromtimestamp(int(study.stat().st_mtime), UTC)
    return {"time": written.isoformat(), "source": "the file's own time: git does not know it as it is"}

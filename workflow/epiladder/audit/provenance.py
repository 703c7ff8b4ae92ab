"""Provenance: what a report rests on. Hashes of plan and inputs, versions, commit; no times, so the same run again
gives the same bytes."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from epiladder.audit import environment
from epiladder.audit.digests import PACKAGE, code_of
from epiladder.audit.plan_lock import lock_file
from epiladder.audit.repository import commit_of
from epiladder.files import read_json, sha256_of, sha256_of_file
from epiladder.study.addresses import copies, kept_in
from epiladder.study.plan import Plan
from epiladder.study.sources import files_there

QUERY = "(query)"


def provenance(study_path: Path, results: Path) -> dict[str, Any]:
    """The record that the report prints: study, plan_sha256, inputs, versions, code_sha256, commit, clean, platform.

    Raises DiskError when the resolved plan in `results`, or an input, cannot be read.
    """
    plan = read_json(results / "plan.json")
    commit = commit_of(PACKAGE)
    return {
        "study": plan["id"],
        "plan_sha256": sha256_of(plan),
        "inputs": inputs(study_path, Plan.model_validate(plan), kept_in(results)),
        "versions": environment.versions(),
        "platform": environment.machine(),
        "code_sha256": code_of((".",)),
        "commit": commit.sha,
        "clean": commit.clean,
    }


def inputs(study_path: Path, plan: Plan, kept: Path) -> list[dict[str, Any]]:
    """Path (from the study file's folder), SHA-256 and bytes of the study file and of its data, in the plan's order.

    What lies at an address follows under its address, with digest and size of the copy in `kept` that was read.
    A query stands for a database's rows with its own text; a SQLite file has its place among the data.
    """
    folder = study_path.parent
    found = [fingerprint(path, folder) for path in (study_path, *files_there(plan.data, folder))]
    found += [{**fingerprint(path, folder), "path": name} for name, path in copies(plan.data, kept).items()]
    locked = lock_file(study_path)
    if locked.is_file():
        found.append(fingerprint(locked, folder))
    if plan.data.query is None:
        return found
    text = plan.data.query.encode("utf-8")
    return [*found, {"path": QUERY, "sha256": sha256(text).hexdigest(), "bytes": len(text)}]


def fingerprint(path: Path, folder: Path) -> dict[str, Any]:
    """A file's path from `folder`, its SHA-256 and its size in bytes. Raises DiskError when it cannot be read."""
    shown = Path(os.path.relpath(path, folder)).as_posix()
    return {"path": shown, "sha256": sha256_of_file(path), "bytes": path.stat().st_size}

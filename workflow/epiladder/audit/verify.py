"""Verification: every file that a manifest names is hashed again, and what is missing, changed or extra is told.

A study's two folders may have been moved since: paths of the manifest begin with the folders as they were called then
(`folders`), and are looked up in the folders as they lie now.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epiladder.audit.digests import code_of
from epiladder.audit.manifest import numbers, outputs
from epiladder.errors import DiskError, PlanError
from epiladder.files import read_json, sha256_of, sha256_of_file
from epiladder.study.addresses import is_address, kept_in, name_at
from epiladder.study.names import listing
from epiladder.study.plan import Plan
from epiladder.study.terms import rung_ids

NEEDED = ("folders", "inputs", "outputs", "plan", "plan_sha256", "code_sha256")
MARK = ".snakemake_timestamp"  # empty; Snakemake's own mark of when it made a folder


@dataclass(frozen=True)
class Kept:
    """A study's finished run: its manifest, and the folders of its results and of its reports."""

    manifest: dict[str, Any]
    results: Path
    reports: Path

    def now(self, shown: str) -> Path:
        """Where an output of the manifest lies now."""
        folders = self.manifest["folders"]
        for name, place in (("results", self.results), ("reports", self.reports)):
            if shown.startswith(f"{folders[name]}/"):
                return place / shown.removeprefix(f"{folders[name]}/")
        return Path(shown)

    def shown(self, path: Path) -> str:
        """An output as the manifest would call it."""
        folders = self.manifest["folders"]
        name, place = ("reports", self.reports) if path.is_relative_to(self.reports) else ("results", self.results)
        return f"{folders[name]}/{path.relative_to(place).as_posix()}"

    def input(self, row: dict[str, Any]) -> Path:
        """Where an input of the manifest lies now; of an address, its copy beside the results."""
        if is_address(row["path"]):
            return kept_in(self.results) / row["sha256"] / name_at(row["path"])
        return self.study_folder / row["path"]

    @property
    def study_folder(self) -> Path:
        """The folder of the study file, found from where the results lie."""
        folders = self.manifest["folders"]
        return Path(os.path.normpath(self.results / os.path.relpath(folders["study"], folders["results"])))


@dataclass(frozen=True)
class Differences:
    """What a verification found: names of files, and statements about the record itself.

    away: addresses of which no copy is here any more; that is said, and is no difference.
    """

    hashed: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    extra: tuple[str, ...]
    record: tuple[str, ...]
    away: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.missing or self.changed or self.extra or self.record)

    def lines(self) -> list[str]:
        """A line for the whole and one for each difference."""
        counts = f"{len(self.missing)} missing, {len(self.changed)} changed, {len(self.extra)} extra"
        kinds = (("missing", self.missing), ("changed", self.changed), ("extra", self.extra), ("record", self.record))
        named = [f"  {kind}: {name}" for kind, names in kinds for name in names]
        named += [f"  not at hand: {name}, for its copy is no longer here" for name in self.away]
        return [f"{self.hashed} files hashed again: {counts}.", *named]


def find(folder: Path) -> Kept:
    """The finished run that `reports/<study>` or `results/<study>` belongs to.

    Raises PlanError when there is no such folder or no manifest, DiskError when the manifest cannot be read.
    """
    folder = folder.absolute()
    beside = folder.parent.parent / "results" / folder.name
    if not folder.is_dir():
        raise PlanError(f"{folder}: there is no such folder. Name reports/<study> or results/<study>.")
    for results in (folder, beside):
        if (results / "manifest.json").is_file():
            return _kept(results, folder)
    raise PlanError(
        f"{folder}: no manifest belongs to it. Looked for {folder / 'manifest.json'} and {beside / 'manifest.json'}. "
        "Name the study's results folder, or let the workflow come to its end."
    )


def _kept(results: Path, asked: Path) -> Kept:
    manifest = read_json(results / "manifest.json")
    lacking = [key for key in NEEDED if not isinstance(manifest, dict) or key not in manifest]
    if lacking:
        said = f"lacks {listing(lacking)}: it is of an older version, or was changed by hand"
        raise DiskError(f"{results / 'manifest.json'}: {said}. Run the workflow again.")
    folders = manifest["folders"]
    way = os.path.relpath(folders["reports"], folders["results"])
    reports = asked if asked != results else Path(os.path.normpath(results / way))
    return Kept(manifest, results, reports)


def verify(kept: Kept) -> Differences:
    """Hash every input and output again, and look for files that the manifest does not name."""
    recorded = [*kept.manifest["outputs"], *kept.manifest.get("side_records", ())]
    rows = [(row["path"], kept.now(row["path"]), row["sha256"]) for row in recorded]
    inputs = [row for row in kept.manifest["inputs"] if row["path"] != "(query)"]
    away = tuple(row["path"] for row in inputs if is_address(row["path"]) and not kept.input(row).is_file())
    rows += [(f"input {row['path']}", kept.input(row), row["sha256"]) for row in inputs if row["path"] not in away]
    missing = tuple(name for name, path, _ in rows if not path.is_file())
    there = [(name, path, sha) for name, path, sha in rows if path.is_file()]
    changed = tuple(name for name, path, sha in there if sha256_of_file(path) != sha)
    named = {name for name, _, _ in rows}
    extra = tuple(name for name in sorted(map(kept.shown, _found(kept))) if name not in named)
    return Differences(len(there), missing, changed, extra, tuple(_record(kept.manifest)), away)


def _found(kept: Kept) -> Iterator[Path]:
    """What lies in the folders: outputs of the plan, and everything in reports, hidden files too."""
    plan = Plan.model_validate(kept.manifest["plan"])
    made = outputs(kept.results, kept.reports, rung_ids(plan), numbers(plan, kept.manifest.get("runs", [])))
    released = (path for path in kept.reports.rglob("*") if path.is_file() and path.name != MARK)
    yield from {*made, *released}


def other_code(kept: Kept) -> bool:
    """Whether the code that verifies is not the one that made the run, so that its pages may say other words."""
    return kept.manifest["code_sha256"] != code_of((".",))


def _record(manifest: dict[str, Any]) -> Iterator[str]:
    if sha256_of(manifest["plan"]) != manifest["plan_sha256"]:
        yield "the manifest's plan is not the one that its digest names"

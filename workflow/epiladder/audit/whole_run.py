"""The record of a run of many studies: the index hashed, and each study's manifest, so that one file vouches for all.

`results/index.json` is written with the index, last of all; `epiladder verify reports` goes from it to every file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from epiladder.audit.provenance import fingerprint
from epiladder.audit.verify import MARK, Differences
from epiladder.errors import DiskError
from epiladder.files import read_json, sha256_of_file

RECORD = "index.json"
FILES = ("index.html", "index.md", "RELEASE.json")


def record(folders: Sequence[Path], reports: Path) -> dict[str, Any]:
    """index.json: the files of the index with their hashes, and of every study its manifest's. Paths are from the
    results and reports folders. Raises DiskError for a file that is not there."""
    shown = Path(os.path.relpath(reports, folders[0].parent)).as_posix()
    return {
        "reports": shown,
        "outputs": [{**fingerprint(reports / name, reports), "label": "releasable"} for name in FILES],
        "studies": [
            {"study": folder.name, "manifest": fingerprint(folder / "manifest.json", folder.parent)}
            for folder in sorted(folders)
        ],
    }


def find(folder: Path) -> Path | None:
    """The results folder of a run of many studies that `reports` or `results` belongs to; None where it is none."""
    folder = folder.absolute()
    for results in (folder, folder.parent / "results"):
        if (results / RECORD).is_file():
            kept = _kept(results)
            reports = Path(os.path.normpath(results / kept["reports"]))
            if folder in (results, reports):
                return results
    return None


def _kept(results: Path) -> dict[str, Any]:
    """The record as it was written. Raises DiskError where somebody changed its shape."""
    kept = read_json(results / RECORD)
    try:
        rows = [*kept["outputs"], *(one["manifest"] for one in kept["studies"])]
        words = [kept["reports"], *(one["study"] for one in kept["studies"])]
        words += [row[key] for row in rows for key in ("path", "sha256")]
        spoilt = not all(isinstance(word, str) for word in words)
    except (KeyError, TypeError):
        spoilt = True
    if spoilt:
        raise DiskError(f"{results / RECORD}: was changed by hand, and names no run. Run the workflow again.")
    return kept


def verify(results: Path) -> tuple[Differences, list[Path]]:
    """Hash the index and every manifest again; also the results folders of the studies, to be verified in turn."""
    kept = _kept(results)
    reports = Path(os.path.normpath(results / kept["reports"]))
    rows = [(one["path"], reports / one["path"], one["sha256"]) for one in kept["outputs"]]
    manifests = [one["manifest"] for one in kept["studies"]]
    rows += [(one["path"], results / one["path"], one["sha256"]) for one in manifests]
    missing = tuple(name for name, path, _ in rows if not path.is_file())
    there = [(name, path, sha) for name, path, sha in rows if path.is_file()]
    changed = tuple(name for name, path, sha in there if sha256_of_file(path) != sha)
    known = {*FILES, MARK, *(f"{one['study']}.crate.zip" for one in kept["studies"])}
    extra = tuple(sorted(path.name for path in reports.glob("*") if path.is_file() and path.name not in known))
    folders = [results / one["study"] for one in kept["studies"]]
    return Differences(len(there), missing, changed, extra, ()), folders

"""Pinned files: whether what is about to be read is what the plan says, by its SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from epiladder.errors import DataError
from epiladder.files import sha256_of_file
from epiladder.study.addresses import copies
from epiladder.study.data_keys import Data
from epiladder.study.names import listing


def places(data: Data, names: Sequence[str], folder: Path, kept: Path | None) -> list[Path]:
    """Where the files lie: beside the study file in `folder`; of an address its copy. Raises DataError without one."""
    fetched = copies(data, kept or Path())
    for name, path in fetched.items():
        if kept is None or not path.is_file():
            raise DataError(f"{name}: no copy of it is here; a run of the workflow brings it.")
    return [fetched.get(name, folder / name) for name in names]


def refuse_unpinned(data: Data, names: Sequence[str]) -> None:
    """Raise DataError where one file is pinned and another, that a pattern matches, is not, or is no longer there."""
    lacking = [name for name in names if name not in data.sha256] if data.sha256 else []
    gone = [name for name in data.sha256 if name not in names]
    said = [f"{listing(lacking)} must be named there too"] if lacking else []
    said += [f"{listing(gone)} is named there and does not match `path`"] if gone else []
    if said:
        raise DataError(f"`data: sha256` is not of the files that there are: {'; '.join(said)}.")


def refuse_other(said: str, path: Path, pinned: str | None) -> None:
    """Raise DataError, with both digests, where a file is not the one that the plan pins. said: its name there."""
    if pinned is None:
        return
    found = sha256_of_file(path)
    if found != pinned:
        raise DataError(
            f"{said}: is not the file that the plan pins: its SHA-256 is {found}, and `data: sha256` says {pinned}. "
            "Nothing was read. Bring back the file of then, or write the new digest where the new file is meant."
        )

"""Whether a run can write where it will, asked before any job: Snakemake would answer with its own stack of frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from epiladder.errors import DiskError

MEND = "Mend the permissions, move away what stands there, or run in another place (`--directory`)."


def refuse_no_folders(results: Path, reports: Path, studies: Iterable[str]) -> None:
    """Raise DiskError, naming all, where something else stands in the place of a folder, or none can be made here.

    Asked of every run, dry ones too, for a plan of jobs cannot be made then.
    """
    wrong = [f"{path}: is there and is no folder." for path in _places(results, reports, studies) if _is_other(path)]
    here = Path().absolute()
    if not (here / ".snakemake").is_dir() and not _may_write(here):
        wrong.append(f"{here}: cannot be written ({_reason(here)}).")
    _refuse(wrong)


def refuse_unwritable(results: Path, reports: Path, studies: Iterable[str]) -> None:
    """Raise DiskError, naming all, for folders of results, reports and logs that cannot be written; before the jobs."""
    wrong = []
    for path in _places(results, reports, studies):
        nearest = next(place for place in (path.absolute(), *path.absolute().parents) if place.exists())
        if not _may_write(nearest):
            wrong.append(f"{nearest}: cannot be written ({_reason(nearest)}).")
        if path.name == "logs" and path.is_dir():
            wrong += [f"{log}: is a folder, where a log is to be written." for log in path.iterdir() if log.is_dir()]
    _refuse(wrong)


def _places(results: Path, reports: Path, studies: Iterable[str]) -> Iterator[Path]:
    """Folders of a run: those that are there already, and those that its rules make."""
    yield from (results, reports)
    for study in studies:
        yield from (results / study, results / study / "logs", reports / study)
        if (results / study).is_dir():
            yield from (path for path in (results / study).iterdir() if path.is_dir())


def _is_other(path: Path) -> bool:
    return os.path.lexists(path) and not path.is_dir()


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _reason(folder: Path) -> str:
    is_closed = os.statvfs(folder).f_flag & os.ST_RDONLY
    return "the file system is open for reading alone" if is_closed else "permission denied"


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise DiskError(" ".join([*dict.fromkeys(wrong), MEND]))

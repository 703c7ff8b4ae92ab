"""Where a plan's data lie: the files that its paths and patterns name, their formats, or the database of its query."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePath

from epiladder.errors import DataError
from epiladder.study.addresses import is_address
from epiladder.study.plan import Data

DELIMITED = ("csv", "tsv", "txt", "csv.gz", "tsv.gz", "txt.gz")
LABELLED = ("dta", "sav", "sas7bdat", "xpt")
FORMATS = (*DELIMITED, "parquet", *LABELLED)
DELIMITERS = ",;\t|"
NAMED_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "\\t": "\t"}
PATTERN = re.compile(r"[*?\[]")
PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
SQLITE = "sqlite:///"


def format_of(name: str) -> str | None:
    """The format that a file's name says, None for one that is not known."""
    lower = PurePath(name).name.lower()
    return next((known for known in sorted(FORMATS, key=len, reverse=True) if lower.endswith(f".{known}")), None)


def is_pattern(name: str) -> bool:
    """Whether a path stands for the files that match it."""
    return PATTERN.search(name) is not None


def files_named(data: Data, folder: Path) -> tuple[str, ...]:
    """Paths from the study file's folder, patterns replaced by the files that match, in the order of their names.

    Raises DataError for a pattern that nothing matches.
    """
    names: list[str] = []
    for name in data.path:
        if is_address(name) or not is_pattern(name):
            names.append(name)
            continue
        root = Path(name).anchor
        found = sorted(Path(root or folder).glob(name[len(root) :]))
        matching = [path for path in found if path.is_file() and format_of(path.name)]
        if not matching:
            raise DataError(f"{folder / name}: no file matches this pattern (`data: path`).")
        names += [str(path) if root else path.relative_to(folder).as_posix() for path in matching]
    return tuple(dict.fromkeys(names))


def files_there(data: Data, folder: Path) -> tuple[Path, ...]:
    """The data's files that lie here as far as they are there, a SQLite database among them; what is missing is told
    on reading."""
    try:
        files = [folder / name for name in files_named(data, folder) if not is_address(name)]
    except DataError:
        files = []
    if data.database and data.database.startswith(SQLITE):
        files.append(folder / data.database.removeprefix(SQLITE))
    return tuple(path for path in files if path.is_file())


def address(data: Data, folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The database's URL: `${NAME}` from the environment, a SQLite file from the study file's folder.

    Raises DataError for a name that the environment does not hold.
    """
    url = data.database or ""
    for name in PLACEHOLDER.findall(url):
        if name not in environment:
            raise DataError(
                f"The database's address needs `${{{name}}}`, but the environment has no {name}: "
                f"call with `{name}=... snakemake ...`, or `export {name}` first."
            )
    if url.startswith(SQLITE):
        return SQLITE + str((folder / url.removeprefix(SQLITE)).absolute())
    from urllib.parse import quote

    return PLACEHOLDER.sub(lambda found: quote(environment[found[1]], safe=""), url)

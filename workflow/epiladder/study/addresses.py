"""Data at addresses, `s3://bucket/visits.csv`: which there are, where their copies lie, and what a digest must be.

A copy is kept under its own SHA-256, which the plan pins: `<results>/kept_inputs/<sha256>/visits.csv`. So studies of
one table share one copy, an auditor finds the bytes that were read, and no copy is of another version than was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from epiladder.errors import DataError, PlanError
from epiladder.files import sha256_of_file
from epiladder.study.data_keys import Data
from epiladder.study.names import listing

PLUGINS = {"s3": "s3", "http": "http", "https": "http"}  # a scheme, and Snakemake's storage plugin for it
KEPT = "kept_inputs"
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_address(name: str) -> bool:
    """Whether a path is an address, of whatever kind."""
    return ADDRESS.match(name) is not None


def name_at(address: str) -> str:
    """The name of the file at an address: the last part of its path."""
    return PurePosixPath(urlsplit(address).path).name


def copies(data: Data, kept: Path) -> dict[str, Path]:
    """Each address of the data and where its copy lies, or will. kept: the folder of copies."""
    return {name: kept / data.sha256[name] / name_at(name) for name in data.path if is_address(name)}


def kept_in(results: Path) -> Path:
    """The folder of copies beside a study's results folder."""
    return results.parent / KEPT


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


def refuse_no_plugin(data: Data) -> None:
    """Raise PlanError where Snakemake lacks what fetches from an address."""
    for name in filter(is_address, data.path):
        plugin = PLUGINS[urlsplit(name).scheme.lower()]
        if find_spec(f"snakemake_storage_plugin_{plugin}") is None:
            raise PlanError(
                f"{name}: to read data there needs snakemake-storage-plugin-{plugin}, which is not installed beside "
                "Snakemake. Call `make setup-storage`, or save the file beside the study file and name that."
            )


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


def address_faults(address: str, pins: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with an address, in words; its digest among it."""
    parts = urlsplit(address)
    if parts.scheme.lower() not in PLUGINS:
        yield (
            f"`{address}` is an address of a kind that is not known here (known: s3, https, http); save the file "
            "beside the study file, and name that"
        )
    elif "@" in parts.netloc:
        yield (
            "an address must not hold a name or a password, which a study file would give away; take them out, and "
            "set them in the environment (README, Data at an address)"
        )
    elif parts.query or parts.fragment:
        yield (
            "an address must have no `?` or `#`, behind which keys are often written that a study file would give "
            "away; name the file alone"
        )
    elif not parts.netloc or not name_at(address) or re.search(r"[\s*?\[\]{}\\]|/\.\.?/", address):
        yield (
            f"`{address}` must name one file, as s3://bucket/folder/visits.csv or https://host/folder/visits.csv do: "
            "no pattern, no blank, no brace"
        )
    elif address not in pins:
        fetch = f"aws s3 cp {address} -" if parts.scheme.lower() == "s3" else f"curl -sL {address}"
        yield (
            f"`{address}` needs its SHA-256 (`data: sha256`), for what lies at an address can change unseen; "
            f"`{fetch} | sha256sum` tells it"
        )

"""Data at addresses, `s3://bucket/visits.csv`: which there are, where their copies lie, and what a digest must be.

A copy is kept under its own SHA-256, which the plan pins: `<results>/kept_inputs/<sha256>/visits.csv`. So studies of
one table share one copy, an auditor finds the bytes that were read, and no copy is of another version than was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from epiladder.errors import PlanError
from epiladder.study.data_keys import Data

PLUGINS = {"s3": "s3", "http": "http", "https": "http"}  # a scheme, and Snakemake's storage plugin for it
KEPT = "kept_inputs"
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_address(name: str) -> bool:
    """Whether a path is an address, of whatever kind."""
    return ADDRESS.match(name) is not None


def name_at(address: str) -> str:
    """The name of the file at an address: the last part of its path."""
    return PurePosixPath(urlsplit(address).path).name


@dataclass(frozen=True)
class Copy:
    """What shall be kept of an address: the file with this SHA-256."""

    address: str
    sha256: str

    @property
    def name(self) -> str:
        """Of the copy, from the folder of copies."""
        return f"{self.sha256}/{name_at(self.address)}"


def copies_of(data: Data) -> list[Copy]:
    """What is to be kept of the data's addresses, in the plan's order."""
    return [Copy(name, data.sha256[name]) for name in data.path if is_address(name)]


def copies(data: Data, kept: Path) -> dict[str, Path]:
    """Each address of the data and where its copy lies, or will. kept: the folder of copies."""
    return {copy.address: kept / copy.name for copy in copies_of(data)}


def kept_in(results: Path) -> Path:
    """The folder of copies beside a study's results folder."""
    return results.parent / KEPT


def refuse_no_plugin(data: Data) -> None:
    """Raise PlanError where Snakemake lacks what fetches from an address."""
    for name in filter(is_address, data.path):
        plugin = PLUGINS[urlsplit(name).scheme.lower()]
        if find_spec(f"snakemake_storage_plugin_{plugin}") is None:
            raise PlanError(
                f"{name}: to read data there needs snakemake-storage-plugin-{plugin}, which is not installed beside "
                "Snakemake. Call `make setup-storage`, or save the file beside the study file and name that."
            )


def address_faults(address: str, pins: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with an address, in words; its digest among it."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        yield "an address cannot be read where its host or its port is written wrongly; write it anew"
        return
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

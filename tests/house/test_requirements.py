"""The pinned libraries are hashed, are those that pyproject.toml asks for, and are the ones installed here."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).resolve().parents[2] / "requirements"
PINNED = sorted(FOLDER.glob("*.txt"))


def entries(path: Path) -> dict[str, list[str]]:
    """Requirement text -> its hashes."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            current = line.rstrip("\\ ")
            found[current] = []
        elif "--hash=" in line:
            found[current].append(line.strip(" \\"))
    return found


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_each_library_is_pinned_and_hashed_and_nothing_else_is_said(path: Path) -> None:
    for text, hashes in entries(path).items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[\w.!+]+( ;.*)?", text), text
        assert hashes and all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", item) for item in hashes), text


def test_files_agree_on_versions() -> None:
    versions: dict[str, set[str]] = {}
    for path in PINNED:
        for text in entries(path):
            requirement = Requirement(text)
            versions.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    assert not {name: found for name, found in versions.items() if len(found) > 1}


def test_what_pyproject_asks_for_is_pinned_and_keeps_to_its_bounds() -> None:
    project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {canonicalize_name(Requirement(text).name): Requirement(text) for text in entries(FOLDER / "run.txt")}
    for text in project["dependencies"]:
        asked = Requirement(text)
        version = next(iter(pinned[canonicalize_name(asked.name)].specifier)).version
        assert asked.specifier.contains(version), f"{text} is pinned at {version}"


def test_the_pinned_versions_are_what_runs_here() -> None:
    for text in entries(FOLDER / "run.txt"):
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(metadata.version(requirement.name)), text

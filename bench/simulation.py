"""What the simulations share: cells that are kept on disk, so that a run may be broken off, and how shares are told.

A cell lies in build/simulation as JSON, and stands for as long as its seed, its replicates and the code that made it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import epiladder
import numpy as np
from epiladder.files import write_json

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "simulation"
FLOORS = ("design", "engine", "inference")
Counts = Mapping[str, tuple[int, int]]  # by method: how often it happened, of how many


@functools.cache
def code() -> str:
    """A digest of what the simulations run: the floors that estimate and test, and what is simulated."""
    package = Path(epiladder.__file__).parent
    files = [path for floor in FLOORS for path in sorted((package / floor).rglob("*.py"))]
    files += [package / "families.py", *sorted(Path(__file__).parent.glob("simulat*_*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def kept(name: str, seed: int, replicates: int, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A cell as it was kept, or made now and kept."""
    path, basis = FOLDER / f"{name}.json", {"seed": seed, "replicates": replicates, "code": code()}
    if path.exists():
        cell = json.loads(path.read_text(encoding="utf-8"))
        if basis.items() <= cell.items():
            return cell
    started = time.process_time()
    cell = {**make(), **basis}
    write_json(path, cell)
    print(f"{name}: {time.process_time() - started:.0f} s of processor time", file=sys.stderr, flush=True)
    return cell


def versions() -> str:
    """What the figures were made with."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("epiladder", "numpy", "scipy"))
    return f"{libraries}, Python {platform.python_version()}"


def share(count: tuple[int, int] | None) -> str:
    """A share with its Monte Carlo standard error."""
    if count is None or not count[1]:
        return ""
    p, n = count[0] / count[1], count[1]
    return f"{p:.3f} ({np.sqrt(p * (1 - p) / n):.3f})"


def ends(counts: Iterable[tuple[int, int]]) -> str:
    """From the least share to the largest."""
    shares = [hits / asked for hits, asked in counts if asked]
    if not shares:
        return "none"
    low, high = f"{min(shares):.3f}", f"{max(shares):.3f}"
    return low if low == high else f"{low} to {high}"


def table(heads: tuple[str, ...], names: tuple[str, ...], rows: list[tuple[tuple[str, ...], Counts]]) -> str:
    """Markdown: the heads of a cell, then its shares by name."""
    lines = ["| " + " | ".join((*heads, *names)) + " |", "| --: | :-- |" + " --: |" * (len(heads) + len(names) - 2)]
    lines += ["| " + " | ".join((*head, *(share(found.get(name)) for name in names))) + " |" for head, found in rows]
    return "\n".join(lines)

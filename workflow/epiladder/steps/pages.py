"""From results to the report."""

from __future__ import annotations

from pathlib import Path


def report(*, results: Path, out: Path) -> None:
    """The page in its renderings, its tables and figures."""
    from epiladder.report.build import build

    build(results, out)


def index(*, folders: list[Path], out: Path) -> None:
    """The index over the studies of a run, from their results folders."""
    from epiladder.report import index as studies

    studies.build(tuple(folders), out)

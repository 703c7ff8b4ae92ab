"""From results to the report."""

from __future__ import annotations

from pathlib import Path

from epiladder.files import write_json


def report(*, results: Path, out: Path) -> None:
    """The page in its renderings, its tables and figures."""
    from epiladder.report.build import build

    build(results, out)


def pdf(*, results: Path, out: Path) -> None:
    """The page as an accessible PDF, which the report's record then vouches for (needs make setup-pdf)."""
    from epiladder.report.build import build_pdf

    build_pdf(results, out)


def index(*, folders: list[Path], out: Path) -> None:
    """The index over the studies of a run, from their results folders, and the record that vouches for all of them."""
    from epiladder.audit import whole_run
    from epiladder.report import index as studies

    studies.build(tuple(folders), out)
    if all((folder / "manifest.json").is_file() for folder in folders):
        write_json(folders[0].parent / whole_run.RECORD, whole_run.record(folders, out))

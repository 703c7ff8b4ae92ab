"""From results to the report."""

from __future__ import annotations

from pathlib import Path


def report(*, results: Path, out: Path) -> None:
    """The page in its renderings, its tables and figures."""
    from epiladder.report.build import build

    build(results, out)

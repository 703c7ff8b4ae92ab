"""What a run says at its end: where the reports lie, or which studies stopped at their data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def where_reports_lie(studies: Iterable[str], reports: Path) -> str:
    """One line for each report that is there."""
    pages = [(reports / study / "report.html").absolute() for study in studies]
    return "\n".join(f"Report: {page}" for page in pages if page.is_file())


def what_went_wrong(studies: Iterable[str], results: Path) -> str:
    """One line for each study that the gate stopped, and where its findings lie."""
    lines = []
    for study in studies:
        folder = results / study
        if (folder / "validation.json").is_file() and not (folder / "data" / "passed.json").is_file():
            lines.append(
                f"Study {study} stopped: its data break its plan. Findings: {folder / 'logs' / 'gate.log'}; "
                f"rejected rows: {folder / 'data' / 'rejected.csv'}"
            )
    return "\n".join(lines)

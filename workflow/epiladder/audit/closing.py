"""What a run says at its end: where the reports lie, what changed, or which studies stopped at their data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from epiladder.errors import DiskError
from epiladder.files import read_json


def where_reports_lie(studies: Iterable[str], reports: Path, results: Path) -> str:
    """One line for each report that is there, one where it departs from a locked plan, and one for its changes."""
    return "\n".join(line for study in studies for line in _of(study, reports, results / study))


def _of(study: str, reports: Path, results: Path) -> Iterator[str]:
    page = (reports / study / "report.html").absolute()
    if not page.is_file():
        return
    yield f"Report: {page}"
    departed = _departed(_read(results / "deviations.json"))
    if departed:
        yield f"Study {study} {departed}"
    changed = _read(results / "changes.json")
    if changed.get("baseline") is not None:
        yield f"Study {study} since its baseline: {changes_in_words(changed)}"


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except DiskError:
        return {}


def _departed(found: dict[str, Any]) -> str:
    if found.get("locked") is None:
        return ""
    if found["reason"]:
        return f"has a lock that is not whole. {found['reason']}"
    keys = [row["key"] for row in found["deviations"]]
    return f"departs from the plan locked on {found['locked'][:10]}: {', '.join(keys)}" if keys else ""


def changes_in_words(found: dict[str, Any]) -> str:
    """A study's changes in one line, for a terminal: counts, ICCs, decisions, the coefficient that moved most."""
    changed, rows = found["changed"], found["rows"]
    causes = [name for name in ("data", "plan", "code", "libraries") if changed[name]]
    said = [f"changed {', '.join(causes) or 'nothing'}", f"rows {rows['before']} to {rows['after']}"]
    if rows["come"] is not None:
        said[-1] += f" (+{rows['come']} -{rows['gone']})"
    said += [f"{one['level']} +{one['come']} -{one['gone']}" for one in found["levels"] if one["come"] or one["gone"]]
    said += [f"ICC {one['level']} {_pair(one['icc'])}" for one in found["screen"]]
    turned = sum(one["before"] != one["after"] for one in found["decisions"])
    said.append(f"decisions turned {turned}")
    moves = [row for row in found["coefficients"] if row["in_errors"] is not None]
    if moves:
        most = max(moves, key=lambda row: abs(row["in_errors"]))
        said.append(f"largest move {most['in_errors']:+.2f} standard errors ({most['term']}, {most['rung']})")
    return "; ".join(said)


def _pair(icc: dict[str, float | None]) -> str:
    return " to ".join("none" if icc[key] is None else f"{icc[key]:.3f}" for key in ("before", "after"))


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

"""Deviations: how what was done departs from the plan that was locked, and when the plan was changed."""

from __future__ import annotations

import json
from typing import Any

from epiladder.report import numbers
from epiladder.report.page import (
    Block,
    Code,
    Column,
    Name,
    Note,
    Paragraph,
    Parts,
    Row,
    RowGroup,
    Section,
    Table,
    say,
)
from epiladder.report.results import Results

LONGEST = 160


def section(results: Results) -> Section | None:
    """Planned and done, key by key; nothing where no plan was locked."""
    found = results.deviations
    if found is None or found.get("locked") is None:
        return None
    if found["reason"]:
        blocks: list[Block] = [Note("warning", say(found["reason"]))]
    elif not found["deviations"]:
        blocks = [Paragraph((*_locked(found), *say(" This run followed it in every key.")))]
    else:
        blocks = [Paragraph((*_locked(found), *_departed(found))), _table(found["deviations"])]
    return Section("deviations", "Deviations from the locked plan", tuple(blocks))


def cautions(results: Results) -> list[Parts]:
    """A sentence for the first page where the analysis is not the one that was locked."""
    found = results.deviations
    if found is None or found.get("locked") is None:
        return []
    if found["reason"]:
        return [say(found["reason"])]
    rows = [row for row in found["deviations"] if row["kind"] == "analysis"]
    if not rows:
        return []
    words = "The analysis departs from the plan that was locked on {day}, in {n} {keys}."
    keys = "key" if len(rows) == 1 else "keys"
    return [say(words, day=found["locked"][:10], n=numbers.count(len(rows)), keys=(keys,))]


def _locked(found: dict[str, Any]) -> Parts:
    commit = found.get("commit")
    at = say(" at commit {commit}", commit=Code(commit[:12])) if commit else ()
    return say("The plan was locked on {time}{at}, digest {sha}.", time=found["locked"], at=at, sha=_short(found))


def _short(found: dict[str, Any]) -> Code:
    return Code(str(found["plan_sha256"])[:12])


def _departed(found: dict[str, Any]) -> Parts:
    changed = found.get("changed") or {}
    words = " The study file was changed on {time} ({source})."
    return say(words, time=str(changed.get("time")), source=str(changed.get("source")))


def _table(rows: list[dict[str, Any]]) -> Table:
    groups = []
    for kind, heading in (("analysis", "Analysis"), ("wording", "Wording")):
        own = tuple(
            Row(row["key"], (_shown(row["planned"]), _shown(row["done"]))) for row in rows if row["kind"] == kind
        )
        groups += [RowGroup(heading, own)] if own else []
    return Table(
        id="deviations",
        caption=say("What was planned, and what was done."),
        stub="Key of the study file",
        columns=(Column("Planned", numeric=False), Column("Done", numeric=False)),
        groups=tuple(groups),
    )


def _shown(value: Any) -> Name:
    if value is None:
        return Name("not said")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return Name(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")

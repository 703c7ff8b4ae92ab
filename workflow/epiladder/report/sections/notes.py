"""Notes: what the authors of the study wrote into its plan, as they wrote it."""

from __future__ import annotations

from epiladder.report.names import capital
from epiladder.report.page import Definitions, Name, Section
from epiladder.report.results import Results


def section(results: Results) -> Section | None:
    """The plan's notes by their heading; nothing when there are none."""
    notes = results.plan.get("notes") or {}
    items = tuple((capital(str(key).replace("_", " ")), (Name(str(text)),)) for key, text in notes.items())
    return Section("notes", "Notes of the authors", (Definitions(items),)) if items else None

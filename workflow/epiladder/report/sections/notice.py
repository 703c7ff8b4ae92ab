"""The notice at the head of a page whose data were made up: no reader may take them for people."""

from __future__ import annotations

from epiladder.report.page import Parts, say
from epiladder.report.results import Results


def notice(results: Results) -> Parts | None:
    """A notice where the plan says that the data are simulated; nothing otherwise."""
    source = str((results.plan.get("data") or {}).get("source") or "")
    if "simulated" not in source.lower():
        return None
    return say(
        "**Simulated data.** These data were made by a computer programme to show the method. No real {unit} stands "
        "behind any number on this page, and nothing on it may be cited as a finding.",
        unit=results.names.unit(),
    )

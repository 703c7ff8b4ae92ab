"""The notice at the head of a page whose data were made up: no reader may take them for people."""

from __future__ import annotations

from epiladder.report.language import word
from epiladder.report.page import Parts, join, say
from epiladder.report.results import Results


def notice(results: Results) -> Parts | None:
    """A notice where the plan says that the data are simulated; nothing otherwise."""
    if watermark(results):
        return say(
            "**Blinded run.** The outcome was given to the rows by lot{strata}, to prove the analysis before outcomes "
            "are seen. No number on this page says anything about the question, and none may be cited.",
            strata=_strata(results),
        )
    source = str((results.plan.get("data") or {}).get("source") or "")
    if "simulated" not in source.lower():
        return None
    return say(
        "**Simulated data.** These data were made by a computer programme to show the method. No real {unit} stands "
        "behind any number on this page, and nothing on it may be cited as a finding.",
        unit=results.names.unit(),
    )


def watermark(results: Results) -> str | None:
    """What stands across every printed page and every picture of a blinded run; None for any other."""
    return word("BLINDED") if (results.plan.get("blind") or {}).get("on") else None


def _strata(results: Results) -> Parts:
    names: list[Parts] = [(results.names.variable(name),) for name in results.plan["blind"].get("strata") or ()]
    return (*say(" within each value of "), *join(names)) if names else ()

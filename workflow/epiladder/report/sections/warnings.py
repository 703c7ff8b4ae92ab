"""Warnings: what the checks of the data and the fits found, that a reader must weigh."""

from __future__ import annotations

from epiladder.report.page import Name, Note, Paragraph, Parts, Section, say
from epiladder.report.results import Results
from epiladder.report.sections import few_clusters
from epiladder.report.sections.trouble import trouble


def section(results: Results) -> Section:
    """All warnings, or the statement that there are none."""
    notes = gather(results)
    words = "No check of the data left a warning, and every rung was fitted and converged."
    blocks = tuple(notes) if notes else (Paragraph(say(words)),)
    return Section("warnings", "Warnings", blocks)


def gather(results: Results) -> tuple[Note, ...]:
    """Findings of the data's checks, then few clusters, then troubles of the fits."""
    findings = [one for one in results.findings if one["severity"] != "ignore" and one["check"] != "few_clusters"]
    found = [Note("warning", _finding(results, one)) for one in findings]
    found += [Note("warning", parts) for parts in few_clusters.told(results)]
    found += [Note("warning", parts) for parts in trouble(results)]
    return tuple(found)


def _finding(results: Results, finding: dict) -> Parts:
    """The finding's own words where data are public; else what was checked and on how many rows."""
    if results.disclosure.public or not _of_persons(finding):
        mend = (finding.get("mend") or "").strip()
        return say("{text}{mend}", text=Name(_stop(finding["message"])), mend=Name(f" {_stop(mend)}" if mend else ""))
    column = finding.get("column") or finding.get("level") or ""
    name = ", ".join(column) if isinstance(column, list) else str(column)
    return say(
        "The check “{check}” found something{where}: {rows} rows. Details stay with the data.",
        check=Name(finding["check"]),
        where=Name(f" in {name}" if name else ""),
        rows=results.disclosure.count(finding.get("rows")),
    )


def _of_persons(finding: dict) -> bool:
    """Whether a finding's words may tell of single persons: what it says of the table as a whole does not."""
    return bool(finding.get("rows")) or finding["check"] in ("user_missing", "encoding")


def _stop(text: str) -> str:
    return text.strip().rstrip(".") + "." if text.strip() else ""

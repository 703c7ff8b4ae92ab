"""Provenance: what this page was made from, by which code, on which libraries. No times: same input, same page."""

from __future__ import annotations

from epiladder.report.language import word
from epiladder.report.page import Cell, Code, Column, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.results import Results


def section(results: Results) -> Section:
    """Digests of plan and inputs, versions and commit."""
    words = "The manifest beside the results ({path}) holds the digest of every output, the commands, seeds and times."
    return Section(
        "provenance",
        "Provenance",
        (Paragraph(say(words, path=Code(f"results/{results.plan['id']}/manifest.json"))), _table(results)),
    )


def identity(results: Results) -> str:
    """One line that names who answers for the study, and the run: version, commit, plan."""
    record = results.provenance
    version = (record.get("versions") or {}).get("epiladder")
    commit = record.get("commit")
    state = "" if record.get("clean", True) else f" {word('with local changes')}"
    parts = [
        ", ".join((results.plan.get("report") or {}).get("authors") or ()),
        f"epiladder {version}" if version else "epiladder",
        f"{word('commit')} {commit[:12]}{state}" if commit else "",
        f"{word('plan')} {record['plan_sha256'][:12]}" if record.get("plan_sha256") else "",
    ]
    return " · ".join(part for part in parts if part)


def _table(results: Results) -> Table:
    record = results.provenance
    run: list[tuple[str, str]] = [("Plan, SHA-256", record.get("plan_sha256") or "")]
    run += [("Code, SHA-256", record.get("code_sha256") or ""), ("Commit", record.get("commit") or "none")]
    run += [("Tree", "clean" if record.get("clean") else "with local changes")] if record.get("commit") else []
    inputs = [(str(one["path"]), one["sha256"]) for one in record.get("inputs") or ()]
    versions = sorted((record.get("versions") or {}).items())
    groups = (("Run", run), ("Inputs, SHA-256", inputs), ("Versions", versions))
    return Table(
        id="provenance",
        caption=say("What was run, and on what."),
        stub="",
        columns=(Column("Value", numeric=False),),
        groups=tuple(RowGroup(head, tuple(Row(k, (_code(v),)) for k, v in rows)) for head, rows in groups if rows),
    )


def _code(value: object) -> Cell:
    parts: Parts = (Code(str(value)),)
    return parts

"""Findings as a terminal shows them: what stops the run first, each with its place, then how to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]
BESIDE = (
    ("reject", "Rows left out, as the plan says"),
    ("warn", "Beside that, told in the report"),
)


def stops(findings: Sequence[Record]) -> list[Record]:
    """Those that stop the run."""
    return [finding for finding in findings if finding["severity"] == "stop"]


def findings_text(findings: Sequence[Record]) -> str:
    """All findings, those that stop the run numbered; rows are numbered as a spreadsheet does."""
    grave = stops(findings)
    lines: list[str] = []
    if grave:
        many = "1 way" if len(grave) == 1 else f"{len(grave)} ways"
        lines.append(f"The data break the plan in {many}{_where(grave)}:")
        lines += [line for i, finding in enumerate(grave, start=1) for line in _item(f"{i}.", finding)]
    for severity, heading in BESIDE:
        found = [finding for finding in findings if finding["severity"] == severity]
        if found:
            lines.append(f"{heading} ({len(found)}){_where(found)}:")
            lines += [line for finding in found for line in _item("-", finding)]
    return "\n".join(lines)


def _where(findings: Sequence[Record]) -> str:
    """The file whose rows are named, where it is one; with several each row's place says its own."""
    files = dict.fromkeys(file for finding in findings for file in finding["files"])
    return f" (rows of {next(iter(files))}, whose header is row 1)" if len(files) == 1 else ""


def _item(mark: str, finding: Record) -> list[str]:
    message, examples = finding["message"], finding["examples"]
    if examples and examples[0] not in message:  # what a report must not show, the data's own keeper may see
        message = f"{message.removesuffix('.')}: {', '.join(examples)}."
    indent = " " * (3 + len(mark))
    return [f"  {mark} [{finding['check']}] {message}", *([f"{indent}{finding['mend']}"] if finding["mend"] else [])]

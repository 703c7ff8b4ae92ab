"""Parts and cells as plain text, for CSV and for measuring."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.page import Cell, Cite, Code, Inline, Link, Name, Parts, Strong


def plain(value: Cell | Parts | Inline | None) -> str:
    """The text of a cell, of prose or of one of its parts, without any mark-up."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "".join(plain(part) for part in value)
    if isinstance(value, str):
        return value
    if isinstance(value, (numbers.Number, numbers.Estimate, numbers.Interval)):
        return numbers.show(value)
    if isinstance(value, Cite):
        return f"[{value.number}]"
    if isinstance(value, (Strong, Code, Name, Link)):
        return value.text
    raise TypeError(value)

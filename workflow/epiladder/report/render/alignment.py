"""Alignment on the decimal mark: how much room a number lacks behind its mark, within a column of a group of rows."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.page import Cell, RowGroup

FIGURE = "\u2007"  # as wide as a digit
MARK = "\u2008"  # as wide as a decimal mark


def padding(group: RowGroup) -> tuple[tuple[str, ...], ...]:
    """For each row and column of a group, the invisible text to set behind the number; empty for words."""
    behind = [[_behind(cell) for cell in row.cells] for row in group.rows]
    longest = [max((found for found in column if found is not None), default=0) for column in zip(*behind, strict=True)]
    return tuple(tuple(_room(found, most) for found, most in zip(row, longest, strict=True)) for row in behind)


def _room(found: int | None, most: int) -> str:
    if found is None or most == found:
        return ""
    return (MARK if found == 0 else "") + FIGURE * (most - found)


def _behind(cell: Cell | None) -> int | None:
    """Digits behind the mark of a number, or of an estimate before its interval; None for all else."""
    if isinstance(cell, numbers.Estimate):
        cell = numbers.Number(cell.value, cell.format)
    if not isinstance(cell, numbers.Number) or cell.value is None:
        return None
    shown = numbers.show(cell)
    if "10" in shown and "×" in shown:  # a power of ten stands by itself
        return None
    return len(shown.rstrip("%").partition(numbers.decimal_mark())[2])

"""A table as CSV: unrounded numbers, an estimate in three columns, text that no spreadsheet will run.

The numbers behind a picture have seven digits, more than any eye can tell apart: they can be thousands.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return is read as a formula by spreadsheets; text like
that gets a leading apostrophe. Numbers of ours are written bare, the minus sign included.
"""

from __future__ import annotations

from epiladder.files import csv_text
from epiladder.report import numbers
from epiladder.report.page import Cell, Row, Table
from epiladder.report.render.plain import plain

DRAWN = 7  # digits of a number behind a picture
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv(table: Table) -> str:
    """CSV text of a table: group, row label, then its columns."""
    widths = [_width(table, at) for at in range(len(table.columns))]
    grouped = any(group.label for group in table.groups)
    header = [*(["group"] if grouped else []), table.stub or "row"]
    for column, width in zip(table.columns, widths, strict=True):
        header += _heads(column.label, width)
    rows = [
        [*([group.label or ""] if grouped else []), row.label.strip(), *_values(row, widths, table.shown)]
        for group in table.groups
        for row in group.rows
    ]
    return csv_text([str(safe(cell)) for cell in header], [[safe(cell) for cell in row] for row in rows])


def safe(cell: object) -> object:
    """Text that a spreadsheet would run, made text; numbers and other text as they are."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(DANGEROUS):
        return "'" + cell
    return cell


def _width(table: Table, at: int) -> int:
    cells = [row.cells[at] for group in table.groups for row in group.rows]
    return max([1, *(len(_raw(cell)) for cell in cells if cell is not None)])


def _heads(label: str, width: int) -> list[str]:
    if width == 3:
        base = label.replace(" (CI)", "")
        return [base, f"{base}, lower", f"{base}, upper"]
    return [f"{label}, lower", f"{label}, upper"] if width == 2 else [label]


def _values(row: Row, widths: list[int], whole: bool) -> list[object]:
    values: list[object] = []
    for cell, width in zip(row.cells, widths, strict=True):
        found = () if cell is None else _raw(cell)
        values += [*found, *([None] * (width - len(found)))]
    return values if whole else [_drawn(value) for value in values]


def _drawn(value: object) -> object:
    return float(f"{value:.{DRAWN}g}") if isinstance(value, float) else value


def _raw(cell: Cell) -> tuple[object, ...]:
    if isinstance(cell, (numbers.Number, numbers.Estimate, numbers.Interval)):
        return numbers.raw(cell)
    return (plain(cell),)

"""Reading a delimited text file: every cell as text, every row with the number that a spreadsheet gives it.

Nothing is converted here. A file whose rows cannot be told apart for sure (cells that do not fit the header, a quote
that is never closed) is refused, since a guess would move values between columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from epiladder.errors import DataError
from epiladder.study.header import read_header
from epiladder.study.plan import Data
from epiladder.study.text import read_text

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import csv as pacsv

NEWLINE, RETURN, QUOTE = 10, 13, 34


@dataclass(frozen=True)
class Delimited:
    """header: all names. positions: those of the wanted columns. table: these, as text, named by their positions.

    numbers: (n,) the row of each in a spreadsheet (the header's is 1). delimiter: what parted the cells. guessed: line
    and words that show whether the encoding was guessed well, None where nothing was.
    """

    header: list[str]
    positions: list[int]
    table: pa.Table
    numbers: np.ndarray
    delimiter: str
    guessed: tuple[int, str] | None


def read_delimited(path: Path, wanted: Sequence[str] | None, data: Data) -> Delimited:
    """Read the wanted columns as text, all if None. Raises DataError where the file is no table beyond doubt."""
    text = read_text(path, data.encoding)
    content = text.content
    header = read_header(path, content, wanted, data.delimiter)
    body, names = content[header.start :], header.names
    positions = [i for i, name in enumerate(names) if wanted is None or name in wanted]
    table, ragged, blank = _parse(path, body, header.delimiter, len(names), positions)
    numbers = _row_numbers(body, header.row, table.num_rows + len(ragged) + blank)
    _refuse_open_quote(path, body, header.delimiter, header.row)
    if ragged:
        raise DataError(_ragged(path, ragged, numbers))
    return Delimited(names, positions, table, numbers[: table.num_rows], header.delimiter, text.guessed)


def _row_numbers(body: bytes, header_row: int, n_rows: int) -> np.ndarray:
    """Spreadsheet numbers of the rows: blank lines are no rows, but a spreadsheet counts them.

    A line break inside quotes ends no row. Where single quotes inside cells (5" pipe) make that count fail, every
    line is taken for a row, and where that fails too rows are counted without the blank ones.
    """
    if b'"' not in body and b"\n\n" not in body and b"\n\r" not in body and body[:1] not in (b"\n", b"\r"):
        return np.arange(n_rows) + header_row + 1  # a row is a line
    signs = np.frombuffer(body, dtype=np.uint8)
    breaks = np.flatnonzero(signs == NEWLINE)
    quotes = np.flatnonzero(signs == QUOTE)
    for ends in (breaks[np.searchsorted(quotes, breaks) % 2 == 0] if len(quotes) else breaks, breaks):
        numbers = _filled_lines(signs, ends) + header_row + 1
        if len(numbers) == n_rows:
            return numbers
    return np.arange(n_rows) + header_row + 1


def _filled_lines(signs: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Positions, from 0, of the lines that are not blank, given where lines end (in bytes)."""
    if not len(ends) or ends[-1] != len(signs) - 1:
        ends = np.append(ends, len(signs))
    starts = np.concatenate([[0], ends[:-1] + 1])
    length = ends - starts
    returned = (length == 1) & (signs[np.minimum(starts, len(signs) - 1)] == RETURN)
    return np.flatnonzero((length > 0) & ~returned)


def _parse(
    path: Path, body: bytes, delimiter: str, width: int, positions: list[int]
) -> tuple[pa.Table, list[pacsv.InvalidRow], int]:
    """The wanted columns, the rows that do not fit the header, and how many lines hold spaces alone."""
    import pyarrow as pa
    from pyarrow import csv as pacsv

    unfit: list[pacsv.InvalidRow] = []

    def keep(row: pacsv.InvalidRow) -> str:
        unfit.append(row)
        return "skip"

    names = [str(i) for i in range(width)]
    included = [names[i] for i in positions]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(body),
            read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=1 << 24),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, newlines_in_values=b'"' in body, invalid_row_handler=keep
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(included, pa.string()),
                include_columns=included or names[:1],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise DataError(f"{path}: cannot be read as a table ({str(error).splitlines()[0]}).") from None
    ragged = [row for row in unfit if row.text.strip(" \t\r\n\x1a")]
    return table, ragged, len(unfit) - len(ragged)


def _refuse_open_quote(path: Path, body: bytes, delimiter: str, header_row: int) -> None:
    """A quote that is never closed would swallow every row after it."""
    if body.count(b'"') % 2 == 0:
        return
    reader = csv.reader(io.StringIO(body.decode("utf-8"), newline=""), delimiter=delimiter, strict=True)
    last = 0
    try:
        for _ in reader:
            last = reader.line_num
    except csv.Error:
        raise DataError(
            f"{path}: a quote is opened in line {header_row + last + 1} and is wrong or never closed. Mend it."
        ) from None


def _ragged(path: Path, rows: list, numbers: np.ndarray) -> str:
    examples = []
    for row in rows[:5]:
        index = row.number - 1 if row.number is not None else None
        number = numbers[index] if index is not None and index < len(numbers) else row.number
        examples.append(f"row {number} has {row.actual_columns}")
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    width = rows[0].expected_columns
    return (
        f"{path}: the header names {width} column{'' if width == 1 else 's'}, but {', '.join(examples)}{more}. "
        "Mend these rows; a text that holds the delimiter must stand in double quotes."
    )

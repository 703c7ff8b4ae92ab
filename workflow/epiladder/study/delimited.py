"""Reading a delimited text file: every cell as text, every row with the number that a spreadsheet gives it.

Nothing is converted here. A file whose rows cannot be told apart for sure (cells that do not fit the header, a quote
that is never closed) is refused, since a guess would move values between columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from epiladder.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

NEWLINE, RETURN, QUOTE = 10, 13, 34
SIGNATURES = {
    b"PK": "is a workbook or an archive, not text; save the sheet as CSV UTF-8",
    b"PAR1": "is a Parquet file; give it the ending .parquet",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook, not text; save the sheet as CSV UTF-8",
    b"\x1f\x8b": "is compressed; unpack it first",
    b"\xff\xfe": "is UTF-16 text; save it as CSV UTF-8",
    b"\xfe\xff": "is UTF-16 text; save it as CSV UTF-8",
}


def read_delimited(path: Path, wanted: Sequence[str]) -> tuple[list[str], list[int], pa.Table, np.ndarray]:
    """Read the wanted columns as text.

    Returns the header's names, the positions of the wanted columns that are there, a table of them (strings, columns
    named by their positions), and for every row its number in a spreadsheet (the header's is 1). Raises DataError.
    """
    content = _content(path)
    delimiter, header, start, header_row = _header(path, content, wanted)
    body = content[start:]
    positions = [i for i, name in enumerate(header) if name in wanted]
    numbers = _row_numbers(body, header_row)
    table = _parse(path, body, delimiter, len(header), positions, numbers)
    return header, positions, table, numbers[: table.num_rows]


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from None
    for signature, said in SIGNATURES.items():
        if content.startswith(signature):
            raise DataError(f"{path}: {said}.")
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(f"{path}:{line}: is not UTF-8 text (perhaps Latin-1). Save it as CSV UTF-8.") from None
    if not content.strip():
        raise DataError(f"{path}: is empty. It needs a header and rows.")
    return content if b"\n" in content else content.replace(b"\r", b"\n")


def _header(path: Path, content: bytes, wanted: Sequence[str]) -> tuple[str, list[str], int, int]:
    """The delimiter, the header's names, where the rows begin (in bytes), and the header's row number."""
    first = len(content) - len(content.lstrip(b"\r\n"))
    header_row = content[:first].count(b"\n") + 1
    end = _end_of_record(content, first)
    text = content[first:end].decode("utf-8").rstrip("\r\n")
    candidates = "\t" if path.suffix.lower() == ".tsv" else ",;\t"
    read = {sign: [name.strip() for name in next(csv.reader([text], delimiter=sign))] for sign in candidates}
    best = max(read, key=lambda sign: (len(set(read[sign]) & set(wanted)), len(read[sign])))
    if not content[end:].strip(b"\r\n"):
        raise DataError(f"{path}: has a header but no rows.")
    return best, read[best], end, header_row


def _end_of_record(content: bytes, start: int) -> int:
    end = start
    while True:
        found = content.find(b"\n", end)
        if found < 0:
            return len(content)
        end = found + 1
        if content.count(b'"', start, end) % 2 == 0:
            return end


def _row_numbers(body: bytes, header_row: int) -> np.ndarray:
    """Spreadsheet numbers of the rows: blank lines are no rows, but a spreadsheet counts them."""
    signs = np.frombuffer(body, dtype=np.uint8)
    ends = np.flatnonzero(signs == NEWLINE)
    quotes = np.flatnonzero(signs == QUOTE)
    if len(quotes):
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    if not len(ends) or ends[-1] != len(signs) - 1:
        ends = np.append(ends, len(signs))
    starts = np.concatenate([[0], ends[:-1] + 1])
    length = ends - starts
    returned = (length == 1) & (signs[np.minimum(starts, len(signs) - 1)] == RETURN)
    is_row = (length > 0) & ~returned
    return np.flatnonzero(is_row) + header_row + 1


def _parse(path: Path, body: bytes, delimiter: str, width: int, positions: list[int], numbers: np.ndarray) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv as pacsv

    ragged: list[pacsv.InvalidRow] = []

    def keep(row: pacsv.InvalidRow) -> str:
        if row.text.strip(" \t\r\n\x1a"):
            ragged.append(row)
        return "skip"

    names = [str(i) for i in range(width)]
    included = [names[i] for i in positions]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(body),
            read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=1 << 24),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(included, pa.string()),
                include_columns=included or names[:1],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise DataError(f"{path}: cannot be read as a table ({str(error).splitlines()[0]}).") from None
    _refuse_open_quote(path, body, delimiter)
    if ragged:
        raise DataError(_ragged(path, ragged, numbers))
    return table


def _refuse_open_quote(path: Path, body: bytes, delimiter: str) -> None:
    """A quote that is never closed would swallow every row after it."""
    if body.count(b'"') % 2 == 0:
        return
    reader = csv.reader(io.StringIO(body.decode("utf-8"), newline=""), delimiter=delimiter, strict=True)
    last = 1
    try:
        for _ in reader:
            last = reader.line_num + 1
    except csv.Error:
        raise DataError(
            f"{path}: a quote is opened in line {last + 1} and is wrong or never closed. Mend it."
        ) from None


def _ragged(path: Path, rows: list, numbers: np.ndarray) -> str:
    examples = []
    for row in rows[:5]:
        index = row.number - 1 if row.number is not None else None
        number = numbers[index] if index is not None and index < len(numbers) else row.number
        examples.append(f"row {number} has {row.actual_columns}")
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return (
        f"{path}: the header names {rows[0].expected_columns} columns, but {', '.join(examples)}{more}. "
        "Mend these rows; a text that holds the delimiter must stand in double quotes."
    )

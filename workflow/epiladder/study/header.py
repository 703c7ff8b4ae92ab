"""The header of a delimited text file: its delimiter, its names, where the rows begin, and whether it is one at all.

Extracts come with titles above their header, with Excel's line `sep=;`, with delimiters of their own. What is beyond
doubt is read; what only looks like a header elsewhere is told, since a guess would move values between columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from epiladder.errors import DataError
from epiladder.study.names import listing
from epiladder.study.sources import DELIMITERS, NAMED_DELIMITERS, format_of

SEARCHED = 20  # lines in which a header is looked for
ENOUGH = 2  # names of the plan by which a line is known for a header
EXCEL = b"sep="
LEADING = re.compile(rb"[\r\n]*")
LONGEST = 1 << 22  # bytes in which a header and the lines beside it lie


@dataclass(frozen=True)
class Header:
    """names: of all columns. start: where the rows begin, in bytes. row: the header's number in a spreadsheet."""

    delimiter: str
    names: list[str]
    start: int
    row: int


def read_header(path: Path, content: bytes, wanted: Sequence[str] | None, said: str | None) -> Header:
    """The header of a text (lines ended by newlines). wanted: names that the plan knows. said: the plan's delimiter.

    Raises DataError where there are no rows, or where the header plainly is another line or parted otherwise.
    """
    first = len(LEADING.match(content)[0])  # type: ignore[index]
    row = content[:first].count(b"\n") + 1
    told, length = _told(content[first : first + LONGEST])
    first += length  # a spreadsheet reads Excel's line and shows it in no row
    start = content[first : first + LONGEST]
    candidates = [NAMED_DELIMITERS.get(said, said)] if said else [told] if told else list(DELIMITERS)
    if not said and not told and str(format_of(path.name)).startswith("tsv"):
        candidates = ["\t"]
    read = {sign: _first_record(path, start, sign) for sign in candidates}
    best = max(read, key=lambda sign: (_known(read[sign][0], wanted), len(read[sign][0])))
    names, length = read[best]
    if wanted is not None and _known(names, wanted) < min(ENOUGH, len(wanted)):
        _refuse_other(path, start, best, wanted, row)
    if LEADING.fullmatch(content, first + length):
        raise DataError(f"{path}: has a header but no rows.")
    return Header(best, names, first + length, row)


def _known(names: Sequence[str], wanted: Sequence[str] | None) -> int:
    return len(set(names) & set(wanted or ()))


def _told(content: bytes) -> tuple[str | None, int]:
    """The delimiter that Excel's first line `sep=;` tells, and that line's length; None and 0 without one."""
    line, _, _ = content.partition(b"\n")
    sign = line.strip().strip(b'"').removeprefix(EXCEL)
    is_told = line.strip().strip(b'"').lower().startswith(EXCEL) and len(sign) == 1
    return (sign.decode("utf-8"), len(line) + 1) if is_told else (None, 0)


def _first_record(path: Path, content: bytes, delimiter: str) -> tuple[list[str], int]:
    """The names of a header parted by `delimiter`, and its length in bytes."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise DataError(f"{path}: the header cannot be read ({error}).") from None
    end = 0
    for _ in range(reader.line_num):
        end = content.find(b"\n", end) + 1 or len(content)
    return names, end


def _refuse_other(path: Path, content: bytes, delimiter: str, wanted: Sequence[str], row: int) -> None:
    """Tell where a header that holds hardly any of the plan's names plainly is to be found."""
    lines = content.split(b"\n", SEARCHED)[:SEARCHED]
    enough = min(ENOUGH, len(wanted))
    for sign in dict.fromkeys([*DELIMITERS, *_signs(lines[0].decode("utf-8"))]):
        if _known(_parted(lines[0], sign), wanted) >= enough:
            raise DataError(
                f"{path}: the names of the header are parted by {_shown(sign)}, not by {_shown(delimiter)}. "
                f"Write `data: {{delimiter: {_shown(sign)}}}`."
            )
    for at, line in enumerate(lines[1:], start=1):
        for sign in DELIMITERS:
            found = [name for name in wanted if name in _parted(line, sign)]
            if len(found) >= enough:
                raise DataError(
                    f"{path}: the header must be the first line, but row {row + at} looks like it (it names "
                    f"{listing(found[:3])}). Delete what stands above it."
                )


def _shown(sign: str) -> str:
    return "tab" if sign == "\t" else f"'{sign}'"


def _signs(line: str) -> list[str]:
    return [sign for sign in dict.fromkeys(line) if sign.isascii() and not sign.isalnum() and sign not in "\"'\r\n_.-"]


def _parted(line: bytes, sign: str) -> list[str]:
    return [name.strip().strip('"') for name in line.decode("utf-8", errors="replace").split(sign)]

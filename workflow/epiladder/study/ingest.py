"""From the plan's files to one raw table: the columns that the plan names, as they were written, row by row.

`Raw` keeps the pieces as they were read (text from delimited files, typed columns from Parquet) and the number of
every row as a spreadsheet counts, so that messages and rejected.csv can show the file's own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from epiladder.errors import DataError, DiskError
from epiladder.study.arrow import refuse_unreadable
from epiladder.study.decimals import has_decimal_commas
from epiladder.study.delimited import read_delimited
from epiladder.study.memory import refuse_too_large
from epiladder.study.names import listing, nearest, suggestion
from epiladder.study.pins import places, refuse_other, refuse_unpinned
from epiladder.study.plan import Data, Plan
from epiladder.study.sources import DELIMITED, FORMATS, files_named, format_of
from epiladder.trail import TRAIL

if TYPE_CHECKING:
    import pyarrow as pa


BYTES_A_CELL = 32  # of a typed column, its converted copy and what is made on the way


class MissingColumnsError(DataError):
    """Columns that the plan names are not in the data: (column, sentence) pairs, without a column where all are."""

    def __init__(self, absent: Sequence[tuple[str | None, str]]) -> None:
        self.absent = tuple(absent)
        super().__init__(" ".join(sentence for _, sentence in absent))


class DuplicateColumnsError(DataError):
    """A column that the plan names stands in the data more than once."""


@dataclass(frozen=True)
class Raw:
    """pieces: one table a file, the same columns in each. files: their names. numbers: (n,) spreadsheet rows.

    With several files `numbers` go on counting from file to file as if the tables stood below each other in one;
    before: for each piece, how far they had come before it. declared: for each column, the values that the files
    themselves declare missing, with their counts. commas: for each piece, whether a comma is its decimal mark. guessed:
    line and words of each file whose encoding was guessed.
    """

    pieces: tuple[pa.Table, ...]
    files: tuple[str, ...]
    numbers: np.ndarray
    declared: dict[str, dict[str, int]] = field(default_factory=dict)
    commas: tuple[bool, ...] = ()
    before: tuple[int, ...] = (0,)
    guessed: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """Rows read, header and blank lines not counted."""
        return len(self.numbers)

    def column(self, name: str) -> list[pa.ChunkedArray]:
        """A column's pieces."""
        return [piece.column(name) for piece in self.pieces]

    def place(self, row: int) -> str:
        """Where a row stands, in words: `row 7`, or `row 7 of b.csv` when there are several files."""
        files, numbers = self.places(np.array([row]))
        return f"row {numbers[0]}" if len(self.files) == 1 else f"row {numbers[0]} of {files[0]}"

    def places(self, rows: np.ndarray) -> tuple[list[str], np.ndarray]:
        """The file of each row, and its number there as a spreadsheet counts (the header is row 1)."""
        bounds = np.cumsum([piece.num_rows for piece in self.pieces])
        file = np.searchsorted(bounds, rows, side="right")
        return [self.files[one] for one in file], self.numbers[rows] - np.array(self.before)[file]


def columns_named(plan: Plan) -> tuple[str, ...]:
    """Every column of the data that the plan names: ids of levels and units, then variables."""
    ids = [level.id for level in plan.levels] + ([plan.unit.id] if plan.unit.id else [])
    return tuple(dict.fromkeys([*ids, *plan.variables]))


@dataclass(frozen=True)
class _Piece:
    """One file as it was read: all its names, the positions of the wanted ones, these columns, their row numbers."""

    header: list[str]
    positions: list[int]
    table: pa.Table
    numbers: np.ndarray
    declared: dict[str, dict[str, int]] = field(default_factory=dict)
    comma: bool = False
    guessed: tuple[int, str] | None = None

    def columns(self, wanted: Sequence[str]) -> pa.Table:
        """The wanted columns by their names, in their order."""
        at = {self.header[position]: i for i, position in enumerate(self.positions)}
        chosen = self.table.select([at[column] for column in wanted]).rename_columns(list(wanted))
        for i, name in enumerate(wanted):
            chosen = chosen.set_column(i, name, _plain_dates(chosen.column(i)))
        return chosen


def read_raw(plan: Plan, folder: Path, kept: Path | None = None) -> Raw:
    """Read the plan's files, which lie beside the study file in `folder`, or its query. kept: the copies of addresses.

    Raises DataError for a file that is not there, is not the one that the plan pins, is empty or unreadable, or lacks
    or repeats a column (its kinds).
    """
    wanted = columns_named(plan)
    if plan.data.database is not None:
        return _one_table(["the query"], [_query(plan, folder, wanted)], [Path("the query")], wanted)
    names = files_named(plan.data, folder)
    paths = places(plan.data, names, folder, kept)
    refuse_unpinned(plan.data, names)
    for name, path in zip(names, paths, strict=True):
        _refuse_absent(path)
        refuse_other(name, path, plan.data.sha256.get(name))
        TRAIL.was_read(path)
    return _one_table(names, [_read(path, wanted, plan) for path in paths], paths, wanted)


def _one_table(names: Sequence[str], pieces: list[_Piece], paths: Sequence[Path], wanted: Sequence[str]) -> Raw:
    """The pieces below each other; what is missing in any of them is told at once."""
    absent: list[tuple[str | None, str]] = []
    numbers, before, last = [], [], 1
    declared: dict[str, dict[str, int]] = {}
    for path, piece in zip(paths, pieces, strict=True):
        _refuse_duplicates(path, piece.header, wanted)
        absent += _absent(path, wanted, piece.header)
        before.append(last - 1)
        numbers.append(piece.numbers + before[-1])
        last = int(numbers[-1][-1])
        for column, counts in piece.declared.items():
            known = declared.setdefault(column, {})
            known.update({label: known.get(label, 0) + count for label, count in counts.items()})
    if absent:
        raise MissingColumnsError(absent)
    tables = tuple(piece.columns(wanted) for piece in pieces)
    guessed = {name: piece.guessed for name, piece in zip(names, pieces, strict=True) if piece.guessed}
    commas = tuple(piece.comma for piece in pieces)
    return Raw(tables, tuple(names), np.concatenate(numbers), declared, commas, tuple(before), guessed)


def _read(path: Path, wanted: Sequence[str] | None, plan: Plan) -> _Piece:
    kind = format_of(path.name)
    if kind in DELIMITED:
        return _delimited(path, wanted, plan)
    if kind == "parquet":
        return _Piece(*_read_parquet(path, wanted))
    from epiladder.study.labelled import read_labelled

    found = read_labelled(path, str(kind), wanted, plan)
    return _Piece(found.header, found.positions, found.table, _numbered(found.table), found.declared)


def _delimited(path: Path, wanted: Sequence[str] | None, plan: Plan) -> _Piece:
    found = read_delimited(path, wanted, plan.data)
    comma = plan.data.decimal == ","
    if plan.data.decimal is None and found.delimiter != ",":
        numbers = [name for name, variable in plan.variables.items() if variable.type in ("number", "integer")]
        at = [i for i, position in enumerate(found.positions) if found.header[position] in numbers]
        comma = has_decimal_commas([found.table.column(i) for i in at])
    return _Piece(found.header, found.positions, found.table, found.numbers, {}, comma, found.guessed)


def read_everything(path: Path) -> tuple[list[str], pa.Table]:
    """All columns of one file before there is a plan: their names, and a table in the same order.

    Raises DataError for a file that is not there or cannot be read.
    """
    _refuse_absent(path)
    kind = format_of(path.name)
    if kind is None:
        listed = ", ".join(f".{known}" for known in FORMATS)
        raise DataError(f"{path}: is none of {listed}; save the table in one of these formats.")
    if kind in DELIMITED:
        found = read_delimited(path, None, Data.model_validate({"path": path.name}))
        return found.header, found.table
    if kind == "parquet":
        header, _, table, _ = _read_parquet(path, None)
        return header, table
    from epiladder.study.labelled import read_labelled

    labelled = read_labelled(path, kind, None, None)
    return labelled.header, labelled.table


def _query(plan: Plan, folder: Path, wanted: Sequence[str]) -> _Piece:
    from epiladder.study.database import read_query

    header, positions, table = read_query(plan.data, folder, wanted)
    return _Piece(header, positions, table, _numbered(table))


def _plain_dates(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments that are all at midnight as the dates that they are, as text files write them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_timestamp(column.type) or column.type.tz is not None:
        return column
    days = column.cast(pa.date32(), safe=False)
    at_midnight = pc.all(pc.equal(days.cast(column.type), column), min_count=0).as_py()
    return days if at_midnight else column


def _numbered(table: pa.Table) -> np.ndarray:
    """Rows as a spreadsheet would count them, the names in row 1."""
    return np.arange(2, table.num_rows + 2)


def _refuse_absent(path: Path) -> None:
    if path.is_file():
        return
    if path.is_dir():
        raise DataError(f"{path}: is a folder, not a file. Name its files as a list under `data: path`.")
    if path.is_symlink():
        raise DataError(f"{path}: is a link to {path.readlink()}, and there is no such file. Mend the link.")
    if path.exists():
        raise DataError(f"{path}: is no file but a device or a pipe. Save the table in a file.")
    beside = sorted(p.name for p in path.parent.glob("*") if format_of(p.name))
    known = suggestion(path.name, beside, "that folder holds") if beside else "that folder holds no table"
    raise DataError(f"{path}: there is no such file; {known} (`data: path`, from where the study file lies).")


def _refuse_duplicates(path: Path, header: list[str], wanted: Sequence[str]) -> None:
    twice = [name for name in wanted if header.count(name) > 1]
    if twice:
        raise DuplicateColumnsError(
            f"{path}: the header names {listing(twice)} more than once, so nobody can tell which is meant. "
            "Give each column its own name."
        )


def _absent(path: Path, wanted: Sequence[str], header: list[str]) -> Iterator[tuple[str | None, str]]:
    """A sentence for each column that is not there; what the header names is said once."""
    names = [name for name in header if name]
    lacking = [column for column in wanted if column not in header]
    if len(lacking) == len(wanted) and not any(nearest(column, names) for column in lacking):
        known = f"the header names {listing(names[:12])}" if names else "the header names none"
        yield None, f"{path}: holds none of the {len(wanted)} columns that the plan names; {known}."
        return
    is_said = False
    for column in lacking:
        near = nearest(column, names)
        known = f"; {suggestion(column, names, 'the header names')}" if near or not is_said else ""
        is_said = is_said or near is None
        yield column, f"{path}: there is no column `{column}`{known}{'' if known.endswith('?') else '.'}"


def _read_parquet(path: Path, wanted: Sequence[str] | None) -> tuple[list[str], list[int], pa.Table, np.ndarray]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        header = list(file.schema_arrow.names)
        chosen = [i for i, name in enumerate(header) if wanted is None or name in wanted]
        refuse_too_large(path, file.metadata.num_rows * max(1, len(chosen)) * BYTES_A_CELL)
        table = file.read() if len(set(header)) < len(header) else file.read([header[i] for i in chosen])
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise DiskError(f"{path}: cannot be read ({error.strerror}).") from None
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path}: cannot be read as Parquet ({reason}).") from None
    if file.metadata.num_rows == 0:
        raise DataError(f"{path}: has columns but no rows.")
    if table.num_columns == len(header):
        table = table.select(chosen)
    refuse_unreadable(path, zip((header[i] for i in chosen), table.schema.types, strict=True))
    return header, chosen, table, np.arange(2, file.metadata.num_rows + 2)

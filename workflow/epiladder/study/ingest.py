"""From the plan's files to one raw table: the columns that the plan names, as they were written, row by row.

`Raw` keeps the pieces as they were read (text from delimited files, typed columns from Parquet) and the number of
every row as a spreadsheet counts, so that messages and rejected.csv can show the file's own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from epiladder.errors import DataError
from epiladder.study.delimited import read_delimited
from epiladder.study.names import listing, suggestion
from epiladder.study.plan import Plan

if TYPE_CHECKING:
    import pyarrow as pa


class MissingColumnsError(DataError):
    """Columns that the plan names are not in the data: (column, sentence) pairs."""

    def __init__(self, absent: Sequence[tuple[str, str]]) -> None:
        self.absent = tuple(absent)
        super().__init__(" ".join(sentence for _, sentence in absent))


class DuplicateColumnsError(DataError):
    """A column that the plan names stands in the data more than once."""


@dataclass(frozen=True)
class Raw:
    """pieces: one table a file, the same columns in each. files: their names. numbers: (n,) spreadsheet rows.

    With several files `numbers` go on counting from file to file as if the tables stood below each other in one.
    """

    pieces: tuple[pa.Table, ...]
    files: tuple[str, ...]
    numbers: np.ndarray

    @property
    def n_rows(self) -> int:
        """Rows read, header and blank lines not counted."""
        return len(self.numbers)

    def column(self, name: str) -> list[pa.ChunkedArray]:
        """A column's pieces."""
        return [piece.column(name) for piece in self.pieces]

    def place(self, row: int) -> str:
        """Where a row stands, in words: `row 7`, or `row 7 of b.csv` when there are several files."""
        if len(self.files) == 1:
            return f"row {self.numbers[row]}"
        bounds = np.cumsum([piece.num_rows for piece in self.pieces])
        file = int(np.searchsorted(bounds, row, side="right"))
        first = 0 if file == 0 else int(bounds[file - 1])
        before = 0 if file == 0 else int(self.numbers[first - 1]) - 1
        return f"row {self.numbers[row] - before} of {self.files[file]}"


def columns_named(plan: Plan) -> tuple[str, ...]:
    """Every column of the data that the plan names: ids of levels and units, then variables."""
    ids = [level.id for level in plan.levels] + ([plan.unit.id] if plan.unit.id else [])
    return tuple(dict.fromkeys([*ids, *plan.variables]))


def read_raw(plan: Plan, folder: Path) -> Raw:
    """Read the plan's files, which lie beside the study file in `folder`.

    Raises DataError for a file that is not there, is empty or unreadable, or lacks or repeats a column (its kinds).
    """
    wanted = columns_named(plan)
    pieces, numbers, last, absent = [], [], 1, []
    for name in plan.data.path:
        path = folder / name
        _refuse_absent(path)
        header, positions, table, rows = _read(path, wanted)
        _refuse_duplicates(path, header, wanted)
        absent += [(column, _absent(path, column, header)) for column in wanted if column not in header]
        if not absent:
            at = {header[position]: i for i, position in enumerate(positions)}
            pieces.append(table.select([at[column] for column in wanted]).rename_columns(list(wanted)))
            numbers.append(rows + (last - 1))
            last = int(numbers[-1][-1])
    if absent:
        raise MissingColumnsError(absent)
    return Raw(tuple(pieces), tuple(plan.data.path), np.concatenate(numbers))


def _read(path: Path, wanted: Sequence[str]) -> tuple[list[str], list[int], pa.Table, np.ndarray]:
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, wanted)
    return read_delimited(path, wanted)


def _refuse_absent(path: Path) -> None:
    if path.is_file():
        return
    if path.is_dir():
        raise DataError(f"{path}: is a folder, not a file. Name its files as a list under `data: path`.")
    beside = sorted(p.name for p in path.parent.glob("*") if p.suffix.lower() in (".csv", ".tsv", ".parquet"))
    known = suggestion(path.name, beside, "that folder holds") if beside else "that folder holds no table"
    raise DataError(f"{path}: there is no such file; {known} (`data: path`, from where the study file lies).")


def _refuse_duplicates(path: Path, header: list[str], wanted: Sequence[str]) -> None:
    twice = [name for name in wanted if header.count(name) > 1]
    if twice:
        raise DuplicateColumnsError(
            f"{path}: the header names {listing(twice)} more than once, so nobody can tell which is meant. "
            "Give each column its own name."
        )


def _absent(path: Path, column: str, header: list[str]) -> str:
    known = suggestion(column, [name for name in header if name], "the header names")
    return f"{path}: there is no column `{column}`; {known}{'' if known.endswith('?') else '.'}"


def _read_parquet(path: Path, wanted: Sequence[str]) -> tuple[list[str], list[int], pa.Table, np.ndarray]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path}: cannot be read as Parquet ({reason}).") from None
    if table.num_rows == 0:
        raise DataError(f"{path}: has columns but no rows.")
    header = list(table.column_names)
    positions = [i for i, name in enumerate(header) if name in wanted]
    for position in positions:
        if pa.types.is_nested(table.schema.types[position]):
            said = f"{path}: the column `{header[position]}` holds lists or records; a cell must hold one value."
            raise DataError(said)
    return header, positions, table.select(positions), np.arange(2, table.num_rows + 2)

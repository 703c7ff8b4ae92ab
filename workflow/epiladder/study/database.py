"""Reading a query's result from a database, by SQLAlchemy: SQLite with what Python has, others with their drivers.

Names and passwords come from the environment alone; no message, record or log holds the address that they make.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from epiladder.errors import DataError
from epiladder.study.arrow import as_array, as_words, refuse_unreadable
from epiladder.study.memory import refuse_too_large
from epiladder.study.plan import Data
from epiladder.study.sources import SQLITE, address

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_A_TIME = 50_000
COPIES = 3  # of a typed column, that are made until its cells are values of the plan's types
SHOWN = "the database"


def read_query(data: Data, folder: Path, wanted: Sequence[str]) -> tuple[list[str], list[int], pa.Table]:
    """The query's columns that are wanted. Raises DataError, without the address, for whatever the database says."""
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    url = address(data, folder)
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_file():
        raise DataError(f"{url.removeprefix(SQLITE)}: there is no such database (`data: database`).")
    try:
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            result = connection.execution_options(stream_results=True).execute(sqlalchemy.text(str(data.query)))
            header = list(result.keys())
            positions = [i for i, name in enumerate(header) if name in wanted]
            table = _table(result.partitions(ROWS_AT_A_TIME), positions)
    except (ArgumentError, NoSuchModuleError):
        raise DataError(
            f"{SHOWN}: its address is none that SQLAlchemy knows; write `dialect+driver://host/name`."
        ) from None
    except ImportError as error:
        driver = error.name or "its driver"
        raise DataError(
            f"{SHOWN}: the driver `{driver}` is not installed; `pip install {driver}` beside epiladder."
        ) from None
    except SQLAlchemyError as error:
        raise DataError(f"{SHOWN}: the query failed ({_reason(error, url)}).") from None
    if table is None:
        raise DataError(f"{SHOWN}: the query has columns but no rows.")
    refuse_unreadable(SHOWN, zip((header[i] for i in positions), table.schema.types, strict=True))
    return header, positions, table


def _table(batches: Iterable[Sequence], positions: list[int]) -> pa.Table | None:
    """All rows, None if there are none; a column whose batches are of different kinds is one of words.

    Raises DataError before they need more memory than there is.
    """
    import pyarrow as pa

    columns: list[list[pa.Array]] = [[] for _ in positions]
    needed = 0
    for rows in batches:
        cells = list(zip(*rows, strict=True))
        for column, position in zip(columns, positions, strict=True):
            column.append(as_array(cells[position]))
            needed += COPIES * column[-1].nbytes
        refuse_too_large(Path("the query"), needed)
    if not needed and not any(columns):
        return None
    return pa.table([_joined(column) for column in columns], names=[str(i) for i in positions])


def _joined(column: list[pa.Array]) -> pa.ChunkedArray:
    import pyarrow as pa

    parts = [pa.table([part], names=["x"]) for part in column]
    try:
        return pa.concat_tables(parts, promote_options="permissive").column(0)
    except pa.ArrowException:
        return pa.chunked_array([chunk for part in parts for chunk in as_words(part.column(0)).chunks])


def _reason(error: Exception, url: str) -> str:
    """The database's own first line, without anything that the address holds."""
    text = str(getattr(error, "orig", None) or error).strip().splitlines()
    said = text[0] if text else type(error).__name__
    secret = url.partition("://")[2].rpartition("@")[0]
    for part in (secret, *secret.split(":")):
        said = said.replace(part, "...") if len(part) > 2 else said
    return said

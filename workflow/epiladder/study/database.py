"""Reading a query's result from a database, by SQLAlchemy: SQLite with what Python has, others with their drivers.

Names and passwords come from the environment alone; no message, record or log holds the address that they make.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from epiladder.errors import DataError
from epiladder.study.plan import Data
from epiladder.study.sources import SQLITE, address

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_A_TIME = 50_000
SHOWN = "the database"


def read_query(data: Data, folder: Path, wanted: Sequence[str]) -> tuple[list[str], list[int], pa.Table]:
    """The query's columns that are wanted. Raises DataError, without the address, for whatever the database says."""
    import pyarrow as pa
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
            batches = [_batch(rows, positions) for rows in result.partitions(ROWS_AT_A_TIME)]
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
    if not batches:
        raise DataError(f"{SHOWN}: the query has columns but no rows.")
    return header, positions, pa.concat_tables(batches, promote_options="permissive")


def _batch(rows: Sequence, positions: list[int]) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True))
    return pa.table([pa.array(columns[i]) for i in positions], names=[str(i) for i in positions])


def _reason(error: Exception, url: str) -> str:
    """The database's own first line, without anything that the address holds."""
    text = str(getattr(error, "orig", None) or error).strip().splitlines()
    said = text[0] if text else type(error).__name__
    secret = url.partition("://")[2].rpartition("@")[0]
    for part in (secret, *secret.split(":")):
        said = said.replace(part, "...") if len(part) > 2 else said
    return said

"""Files in and out: canonical JSON, Parquet, CSV and text, each written whole or not at all, and their digests.

Every write goes to a temporary name in the same folder and is renamed, so that a killed run leaves no half file that
a later one would believe. JSON is canonical: sorted keys, floats as `repr`, no NaN (absent is null), one final newline.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epiladder.errors import DiskError
from epiladder.trail import TRAIL

if TYPE_CHECKING:
    import pyarrow as pa


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically, making its folder. Raises DiskError with the reason in words."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise DiskError(f"{path}: cannot be written ({error.strerror}). Free space or mend the permissions.") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
        TRAIL.was_written(path, content)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DiskError(
                f"{path}: cannot be written ({error.strerror}). Free space or mend the permissions."
            ) from None
        raise


def copy_file(source: Path, path: Path) -> None:
    """Copy a file of any size, whole or not at all. Raises DiskError with the reason in words."""
    fresh = path.with_name(f".{path.name}.new")
    TRAIL.was_read(source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, fresh)
        with fresh.open("rb") as stream:
            os.fsync(stream.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise DiskError(f"{path}: cannot be written ({error.strerror}). Free space or mend the permissions.") from None
    TRAIL.written[path] = sha256_of_file(path)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, text.encode("utf-8"))


def canonical_json(value: Any) -> str:
    """Canonical JSON text of a value; raises ValueError for NaN or infinity, which JSON does not have."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write canonical JSON atomically."""
    write_text(path, canonical_json(value))


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises DiskError when it is not there or is no JSON."""
    TRAIL.was_read(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DiskError(f"{path}: cannot be read ({error.strerror}). Run the workflow again from the start.") from None
    except json.JSONDecodeError as error:
        raise DiskError(f"{path}: is not JSON (line {error.lineno}). Delete it and run the workflow again.") from None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV text (comma, LF) of a header and rows; None becomes an empty cell."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return stream.getvalue()


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a pyarrow table atomically, with the same bytes for the same table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", store_schema=True)
    write_bytes(path, sink.getvalue().to_pybytes())


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file, or some of its columns. Raises DiskError when it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    TRAIL.was_read(path)
    try:
        # a single file needs no dataset reader, whose import costs more than a small rung's whole job
        with pq.ParquetFile(path, memory_map=True) as file:
            return file.read(None if columns is None else list(columns))
    except (OSError, pa.ArrowInvalid) as error:
        raise DiskError(f"{path}: cannot be read as Parquet ({error}). Delete it and run the workflow again.") from None


def parquet_columns(path: Path) -> list[str]:
    """Names of a Parquet file's columns. Raises DiskError when it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(path).names
    except (OSError, pa.ArrowInvalid) as error:
        raise DiskError(f"{path}: cannot be read as Parquet ({error}). Delete it and run the workflow again.") from None


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DiskError(f"{path}: cannot be read ({error.strerror}).") from None


def sha256_of(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()

"""Columns between NumPy and Arrow by their buffers.

Arrow's own conversions import pandas wherever it is installed, which costs more than the whole fit of a small rung.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def numbers(values: np.ndarray) -> pa.Array:
    """A float64 or int64 column; what is not finite becomes null."""
    import pyarrow as pa

    values = np.ascontiguousarray(values, dtype=np.int64 if values.dtype.kind in "iu" else np.float64)
    kind = pa.int64() if values.dtype == np.int64 else pa.float64()
    known = np.isfinite(values)
    valid = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])


def texts(values: Sequence[str]) -> pa.Array:
    """A string column without nulls, of any size."""
    import pyarrow as pa

    encoded = [value.encode("utf-8") for value in values]
    buffers = [None, _ends(encoded, np.int64), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.large_string(), len(encoded), buffers)


def repeated(value: str, number: int) -> pa.Array:
    """A column of one word, again and again."""
    import pyarrow as pa

    encoded = value.encode("utf-8")
    offsets = pa.py_buffer(np.arange(number + 1, dtype=np.int32) * np.int32(len(encoded)))
    return pa.Array.from_buffers(pa.string(), number, [None, offsets, pa.py_buffer(encoded * number)])


def lists(values: Sequence[Sequence[float] | None]) -> pa.Array:
    """A column of lists of float64; None becomes null."""
    import pyarrow as pa

    found = [[] if value is None else value for value in values]
    known = np.array([value is not None for value in values], dtype=bool)
    valid = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    inner = np.array([item for value in found for item in value], dtype=np.float64)
    whole = pa.Array.from_buffers(pa.float64(), len(inner), [None, pa.py_buffer(inner)])
    kind = pa.list_(pa.float64())
    return pa.Array.from_buffers(kind, len(found), [valid, _ends(found, np.int32)], children=[whole])


def _ends(values: Sequence[Sequence[Any] | bytes], kind: type[np.integer]) -> pa.Buffer:
    """Where each value begins, and the last ends, in one array of all of them."""
    import pyarrow as pa

    offsets = np.zeros(len(values) + 1, dtype=kind)
    np.cumsum([len(value) for value in values], out=offsets[1:])
    return pa.py_buffer(offsets)


def to_numpy(column: pa.ChunkedArray) -> np.ndarray:
    """A numeric column without nulls."""
    chunks = [np.from_dlpack(chunk) for chunk in column.chunks if len(chunk)]
    return np.concatenate(chunks) if chunks else np.empty(0)

"""Columns between NumPy and Arrow by their buffers.

Arrow's own conversions import pandas wherever it is installed, which costs more than the whole fit of a small rung.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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
    """A string column without nulls."""
    import pyarrow as pa

    encoded = [value.encode("utf-8") for value in values]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(value) for value in encoded], out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.large_string(), len(encoded), buffers)


def to_numpy(column: pa.ChunkedArray) -> np.ndarray:
    """A numeric column without nulls."""
    chunks = [np.from_dlpack(chunk) for chunk in column.chunks if len(chunk)]
    return np.concatenate(chunks) if chunks else np.empty(0)

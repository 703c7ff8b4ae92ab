"""Columns as the words that were written: codes into distinct labels, numbers of typed files as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def words(pieces: Sequence[pa.ChunkedArray]) -> tuple[np.ndarray, np.ndarray, bool]:
    """Codes (-1 for null), distinct labels in order of appearance, and whether the file had typed numbers."""
    import pyarrow as pa

    texts = [as_text(piece) for piece in pieces]
    typed = any(is_number(piece.type) for piece in pieces)
    chunks = [chunk for text in texts for chunk in text.chunks]
    encoded = pa.chunked_array(chunks, type=pa.string()).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes, encoded.dictionary.to_numpy(zero_copy_only=False), typed


def is_number(kind: pa.DataType) -> bool:
    """Whether cells of this kind are numbers."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return is_number(kind.value_type)
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def as_text(piece: pa.ChunkedArray) -> pa.ChunkedArray:
    """Cells as text: whole numbers without a decimal point, NaN as null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(piece.type):
        piece = piece.cast(piece.type.value_type)
    if pa.types.is_floating(piece.type) or pa.types.is_decimal(piece.type):
        values = piece.cast(pa.float64())
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
        whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), 2.0**63))
        if pc.all(whole, min_count=0).as_py():
            return values.cast(pa.int64()).cast(pa.string())
        safe = pc.if_else(whole, values, 0.0).cast(pa.int64()).cast(pa.string())
        return pc.if_else(whole, safe, values.cast(pa.string()))
    if pa.types.is_binary(piece.type) or pa.types.is_large_binary(piece.type):
        return piece.cast(pa.large_string()).cast(pa.string())
    return piece.cast(pa.string())

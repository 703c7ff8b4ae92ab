"""Which kinds of Arrow columns can be read (numbers, words, booleans, days); all others are refused in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from epiladder.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


def refuse_unreadable(place: object, columns: Iterable[tuple[str, pa.DataType]]) -> None:
    """Raise DataError, naming `place`, for a column of lists, records, bytes or spans of time."""
    import pyarrow.types as types

    for name, kind in columns:
        if types.is_nested(kind) and not types.is_dictionary(kind):
            raise DataError(f"{place}: the column `{name}` holds lists or records; a cell must hold one value.")
        if not is_readable(kind):
            said = f"{place}: the column `{name}` holds cells of the kind `{kind}`"
            raise DataError(f"{said}, which are no numbers, words or days. Save it as one of these.")


def is_readable(kind: pa.DataType) -> bool:
    """Whether cells of this kind can be read as numbers, words, booleans or days."""
    import pyarrow.types as types

    if types.is_dictionary(kind):
        return is_readable(kind.value_type)
    held = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null, types.is_date)
    written = (types.is_string, types.is_large_string, types.is_string_view, types.is_timestamp, types.is_time)
    return any(test(kind) for test in (*held, *written))


def as_array(values: Sequence[Any]) -> pa.Array:
    """Values of a program as a column; as words where they are of several kinds, or of one that Arrow does not know."""
    import pyarrow as pa

    try:
        made = pa.array(values)
    except (pa.ArrowException, OverflowError):
        made = None
    if made is not None and (is_readable(made.type) or pa.types.is_nested(made.type)):
        return made
    if any(isinstance(value, (bytes, bytearray, memoryview)) for value in values):
        return pa.nulls(len(values), pa.binary())
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def as_words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as the words of its values."""
    import pyarrow as pa

    return pa.chunked_array([[None if value is None else str(value) for value in column.to_pylist()]], pa.string())

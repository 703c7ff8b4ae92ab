"""Decimal commas: whether a file's numbers have them, and the same numbers with points.

`1,5` can only be one and a half; `1,234` may be a thousand and more. A file is taken to write commas where some number
shows that it does and none shows that it does not; a column that leaves it open decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

COMMA = r"^\s*[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?\s*$"
THOUSANDS = r"^\s*[-+]?[0-9]{1,3}(,[0-9]{3})+\s*$"
POINT = r"^\s*[-+]?[0-9,]*\.[0-9]"
NONE = "no number"  # what a number with a point becomes, where commas are the decimal mark


def has_decimal_commas(columns: Sequence[pa.ChunkedArray]) -> bool:
    """Whether columns of numbers, as text, are written with decimal commas beyond doubt."""
    import pyarrow.compute as pc

    shown = False
    for column in columns:
        if pc.any(pc.match_substring_regex(column, POINT), min_count=0).as_py():
            return False
        commas = pc.match_substring_regex(column, COMMA)
        if not pc.any(commas, min_count=0).as_py():
            continue
        clear = pc.and_not(commas, pc.match_substring_regex(column, THOUSANDS))
        shown = shown or bool(pc.any(clear, min_count=0).as_py())
    return shown


def with_points(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers with commas as numbers with points; one that has a point already is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    pointed = pc.match_substring(text, ".")
    return pc.if_else(pointed, pa.scalar(NONE), pc.replace_substring(text, ",", "."))

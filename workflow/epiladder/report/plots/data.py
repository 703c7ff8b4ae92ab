"""The table of numbers behind a picture: no part of the page's text, but a CSV file that the picture leads to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from epiladder.report.page import Column, Row, RowGroup, Table, say


def behind(
    name: str, caption: str, stub: str, heads: Sequence[str], rows: Iterable[Row] = (), groups: Iterable[RowGroup] = ()
) -> Table:
    """The data of the picture `name`, in rows or in groups of rows; a head that ends in `(CI)` is an estimate's."""
    return Table(
        id=name,
        caption=say(caption),
        stub=stub,
        columns=tuple(Column(head) for head in heads),
        groups=tuple(groups) or (RowGroup(None, tuple(rows)),),
        shown=False,
    )

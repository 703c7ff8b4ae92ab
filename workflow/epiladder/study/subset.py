"""The rows that a study is about (`data.only`): the others are left out before anything is checked."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from epiladder.errors import DataError
from epiladder.study.conditions import days, is_one_of
from epiladder.study.convert import Column, convert, convert_id
from epiladder.study.ingest import Raw
from epiladder.study.only import Only
from epiladder.study.plan import Plan


class NoRowsError(DataError):
    """No row is of those that the study is about."""


def chosen(plan: Plan, raw: Raw) -> tuple[Raw, int]:
    """The rows that the study is about, and the number of the others.

    A cell that is not of its column's type stays, so that its check can tell; an empty one is outside. Raises
    NoRowsError where nothing is left.
    """
    import pyarrow as pa

    inside = np.ones(raw.n_rows, dtype=bool)
    for name, only in plan.data.only.items():
        column = _column(plan, raw, name)
        inside &= _kept(only, column) | column.bad
    if inside.all():
        return raw, 0
    if not inside.any():
        raise NoRowsError(
            f"`data.only` leaves none of {raw.n_rows:,} rows: {in_words(plan)}. Mend it, or see how the values are "
            "written in the data."
        )
    bounds = np.cumsum([0, *(piece.num_rows for piece in raw.pieces)])
    parts = [inside[first:last] for first, last in pairwise(bounds)]
    pieces = tuple(piece.filter(pa.array(part)) for piece, part in zip(raw.pieces, parts, strict=True))
    return replace(raw, pieces=pieces, numbers=raw.numbers[inside]), int((~inside).sum())


def in_words(plan: Plan) -> str:
    """What the rows have in common: `sex is female; age from 65`."""
    return "; ".join(f"{name} {_said(only)}" for name, only in plan.data.only.items())


def _said(only: Only) -> str:
    if only.values:
        return f"is {' or '.join(only.values)}"
    ends = (("from", only.min), ("to", only.max), ("from", only.earliest), ("to", only.latest))
    return " ".join(f"{word} {end if isinstance(end, str) else f'{end:g}'}" for word, end in ends if end is not None)


def _column(plan: Plan, raw: Raw, name: str) -> Column:
    variable = plan.variables.get(name)
    return convert_id(raw.column(name)) if variable is None else convert(variable, raw.column(name), raw.commas)


def _kept(only: Only, column: Column) -> np.ndarray:
    """(n,) whether a row's cell is one of the values, or lies between the ends."""
    kept = is_one_of(column, only.values) if only.values else column.present
    if only.min is not None or only.max is not None:
        assert column.numbers is not None
        kept = kept & (column.numbers >= (-np.inf if only.min is None else only.min))
        kept &= column.numbers <= (np.inf if only.max is None else only.max)
    if only.earliest is not None:
        kept = kept & (days(column) >= np.datetime64(only.earliest))
    if only.latest is not None:
        kept = kept & (days(column) <= np.datetime64(only.latest))
    return kept & column.present

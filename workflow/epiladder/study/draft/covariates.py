"""Covariates of which none is a combination of those before it, so that a drafted ladder can be fitted."""

from __future__ import annotations

import numpy as np

from epiladder.study.draft.kinds import Kind
from epiladder.study.draft.table import Words

MOST_ROWS = 5_000
OWN = 1e-6  # share of a column's length that must be left by the columns before it


def independent(columns: list[Words], kinds: dict[str, Kind]) -> list[str]:
    """Names of the columns, in their order, that add to those before them, over rows complete on all."""
    if not columns:
        return []
    complete = np.logical_and.reduce([_present(column, kinds[column.name]) for column in columns])
    rows = np.flatnonzero(complete)
    rows = rows[:: max(1, len(rows) // MOST_ROWS)]
    basis = np.ones((len(rows), 1)) / np.sqrt(max(1, len(rows)))
    kept = []
    for column in columns:
        extended = basis
        for values in _columns(column, kinds[column.name], rows).T:
            left = values - extended @ (extended.T @ values)
            left -= extended @ (extended.T @ left)
            if np.linalg.norm(left) <= OWN * max(float(np.linalg.norm(values)), 1e-300):
                break
            extended = np.column_stack([extended, left / np.linalg.norm(left)])
        else:
            kept.append(column.name)
            basis = extended
    return kept


def _present(column: Words, kind: Kind) -> np.ndarray:
    values = _values(column, kind)
    return column.filled if values is None else ~np.isnan(values)


def _values(column: Words, kind: Kind) -> np.ndarray | None:
    return None if kind.values is None else np.append(kind.values, np.nan)[column.codes]


def _columns(column: Words, kind: Kind, rows: np.ndarray) -> np.ndarray:
    """(n, k) a number as it is, an indicator of each word but one."""
    values = _values(column, kind)
    if values is not None:
        return values[rows][:, None]
    codes = column.codes[rows]
    return np.array([codes == code for code in np.unique(codes)[1:]], dtype=float).T.reshape(len(rows), -1)

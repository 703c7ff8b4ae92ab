"""Pooling: for each cluster its value under complete, no and partial pooling, from a rung's conditional modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.columns import numbers, repeated

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("rung", "level", "cluster", "term", "n", "complete", "none", "none_se", "partial", "partial_se", "shrinkage")


def pooling_table(fits: dict[str, dict[str, Any]], modes: dict[str, pa.Table]) -> pa.Table:
    """One row a rung, level, cluster and term. complete: the fixed effect, the same for all; none: the cluster alone,
    other fixed effects as the rung has them; partial: fixed effect and conditional mode. Null where none can be had.
    """
    import pyarrow as pa

    tables = []
    for rung, table in modes.items():
        if not table.num_rows:
            continue
        estimate = fits[rung]["estimates"].get("REML") or fits[rung]["estimates"]["ML"]
        fixed = {row["term"]: row["estimate"] for row in estimate["fixed"]}
        complete = [fixed.get(term, 0.0) for term in table.column("term").to_pylist()]
        columns = [
            repeated(rung, table.num_rows),
            table.column("level"),
            table.column("cluster"),
            table.column("term"),
            table.column("rows"),
            numbers(np.array(complete)),
            _sum(table.column("alone"), complete),
            table.column("alone_std_error"),
            _sum(table.column("mode"), complete),
            table.column("std_error"),
            table.column("shrinkage"),
        ]
        tables.append(pa.Table.from_arrays(columns, names=list(COLUMNS)))
    return pa.concat_tables(tables) if tables else _empty()


def _sum(column: pa.ChunkedArray, complete: list[float]) -> pa.Array:
    """With what is complete added; null stays null. Arrow's own sum imports more than the step takes."""
    pairs = zip(column.to_pylist(), complete, strict=True)
    return numbers(np.array([np.nan if value is None else value + fixed for value, fixed in pairs]))


def _empty() -> pa.Table:
    import pyarrow as pa

    text = ("rung", "level", "cluster", "term")
    return pa.table({name: pa.array([], pa.string() if name in text else pa.float64()) for name in COLUMNS})

"""Reliability: the share of a cluster's own mean (or slope) that is signal, by cluster, and in summary by level.

For a random intercept V/(V + s2/n_j) given the fixed effects (Raudenbush and Bryk 2002, equation 3.42); generally one
less the conditional variance of the cluster's effect over its variance, which is the same there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.columns import repeated

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("level", "cluster", "term", "rows", "shrinkage")


def reliability_table(modes: dict[str, pa.Table]) -> pa.Table:
    """rung level cluster term rows reliability, one row a cluster and term of each rung."""
    import pyarrow as pa

    parts = []
    for rung, table in modes.items():
        chosen = table.select(list(COLUMNS)).rename_columns([*COLUMNS[:-1], "reliability"])
        parts.append(chosen.add_column(0, "rung", repeated(rung, table.num_rows)))
    return pa.concat_tables(parts)


def summary(table: pa.Table) -> list[dict[str, Any]]:
    """rung level term clusters mean smallest q1 median q3 largest; null with a reason where the variance is zero."""
    rows: dict[tuple[str, str, str], list[float | None]] = {}
    names = [table.column(name).to_pylist() for name in ("rung", "level", "term", "reliability")]
    for rung, level, term, value in zip(*names, strict=True):
        rows.setdefault((rung, level, term), []).append(value)
    return [_summary(*key, values) for key, values in rows.items()]


def _summary(rung: str, level: str, term: str, values: list[float | None]) -> dict[str, Any]:
    known = np.array([value for value in values if value is not None])
    head = {"rung": rung, "level": level, "term": term, "clusters": len(values), "references": ["raudenbush2002"]}
    keys = ("mean", "smallest", "q1", "median", "q3", "largest")
    if not len(known):
        return {**head, **dict.fromkeys(keys), "reason": "the variance between clusters is estimated as zero"}
    quartiles = np.percentile(known, (0, 25, 50, 75, 100))
    return {**head, **dict(zip(keys, map(float, (known.mean(), *quartiles)), strict=True)), "reason": None}

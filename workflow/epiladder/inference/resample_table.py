"""Refitted replicates as a table: one row a refit, so that chunks made by different jobs are stacked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.columns import lists, numbers, texts
from epiladder.design.model import Model
from epiladder.families import FAMILIES
from epiladder.inference.resample import Refitted

if TYPE_CHECKING:
    import pyarrow as pa

    from epiladder.design.load import Designed

Record = dict[str, Any]
TEXTS = ("drawn", "fitted", "criterion")
NUMBERS = ("log_likelihood", "variance", "dispersion", "singular")
LISTS = ("fixed", "covariances")


def table_of(rows: Sequence[Record]) -> pa.Table:
    """drawn fitted criterion replicate log_likelihood variance dispersion singular fixed covariances.

    Null is what failed, or what an outcome's family does not have.
    """
    import pyarrow as pa

    columns = {name: texts([row[name] for row in rows]) for name in TEXTS}
    columns["replicate"] = numbers(np.array([row["replicate"] for row in rows], dtype=np.int64))
    columns |= {name: numbers(np.array([row.get(name, np.nan) for row in rows], dtype=float)) for name in NUMBERS}
    columns |= {name: lists([row[name] for row in rows]) for name in LISTS}
    return pa.table(columns)


def flat(covariances: Sequence[np.ndarray]) -> list[float]:
    """Covariance matrices of a replicate, outermost level first, in one list."""
    return np.concatenate([np.empty(0), *(raw.ravel() for raw in covariances)]).tolist()


def replicates_table(tables: Sequence[pa.Table], gaussian: bool) -> pa.Table:
    """replicates.parquet: of the refits of all chunks those of a rung, and of the null rung, to what the rung drew.

    By REML where outcomes are Gaussian, as the estimates that are read are.
    """
    criterion = "REML" if gaussian else "ML"
    rows = [
        row
        for table in tables
        for row in table.to_pylist()
        if row["criterion"] == criterion and row["fitted"] in (row["drawn"], "null")
    ]
    return table_of(sorted(rows, key=lambda row: (row["drawn"], row["fitted"], row["replicate"])))


def refitted(designed: Designed, tables: Sequence[pa.Table], family: str) -> list[Refitted]:
    """The refits of all chunks, by rung drawn from, rung fitted and criterion, in the order of replicates."""
    rows = [row for table in tables for row in table.to_pylist()]
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for row in sorted(rows, key=lambda row: row["replicate"]):
        groups.setdefault((row["drawn"], row["fitted"], row["criterion"]), []).append(row)
    order = {rung: at for at, rung in enumerate(designed.rungs)}
    ordered = sorted(groups.items(), key=lambda item: (order[item[0][0]], order[item[0][1]], item[0][2] != "REML"))
    return [_gathered(key, designed.model(key[1]), found, family) for key, found in ordered]


def _gathered(key: tuple[str, str, str], model: Model, rows: Sequence[Record], family: str) -> Refitted:
    sizes = [len(part.names) for part in model.random]
    total = sum(q * q for q in sizes)
    values = np.array([[np.nan] * total if row["covariances"] is None else row["covariances"] for row in rows])
    p = len(model.fixed)
    fixed = np.array([[np.nan] * p if row["fixed"] is None else row["fixed"] for row in rows])
    covariances, used = [], 0
    for q in sizes:
        covariances.append(values[:, used : used + q * q].reshape(-1, q, q))
        used += q * q
    found = {name: np.array([np.nan if row[name] is None else row[name] for row in rows]) for name in NUMBERS}
    gaussian = FAMILIES[family].has_residual_variance
    return Refitted(
        *key,
        found["log_likelihood"],
        fixed,
        tuple(covariances),
        found["singular"] == 1.0,
        found["variance"] if gaussian else None,
        found["dispersion"] if family == "negative_binomial" else None,
    )

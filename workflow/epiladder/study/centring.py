"""Centring, over the rows used: grand means keep the name, cluster means give `x.within` and `x.mean`.

`x.within` is the deviation from the mean of the innermost cluster; `x.mean` (or `x.mean.ward`) is the raw mean of the
rows of a cluster. Enders and Tofighi (2007, Psychological Methods 12, 121-138).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from epiladder.study.plan import Plan
from epiladder.study.terms import mean_columns


def centre(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with centred variables and cluster means added; `rows` itself is left as it is.

    A frequency weight counts a row as often in every mean as repeated rows would.
    """
    made = rows.copy(deep=False)
    counts = np.ones(len(rows)) if plan.data.weights is None else rows[plan.data.weights].to_numpy(dtype=float)
    for name, variable in plan.variables.items():
        if name not in rows.columns or variable.centre == "none":
            continue
        values = rows[name].to_numpy(dtype=float)
        if variable.centre == "grand_mean":
            made[name] = values - _mean(values, counts)
            continue
        made[f"{name}.within"] = values - cluster_mean(values, _codes(rows, plan.levels[-1].name), counts)
        for column, level in mean_columns(plan, name):
            made[column] = cluster_mean(values, _codes(rows, level), counts)
    return made


def _codes(rows: pd.DataFrame, level: str) -> np.ndarray:
    return rows[level].cat.codes.to_numpy().astype(np.int64)


def _mean(values: np.ndarray, counts: np.ndarray) -> float:
    """The mean in two passes, so that a large mean does not cost the digits of the deviations."""
    if not len(values):
        return 0.0
    first = float(np.average(values, weights=counts))
    return first + float(np.average(values - first, weights=counts))


def cluster_mean(values: np.ndarray, codes: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Each row's cluster mean, in two passes. values, counts: (n,); codes number clusters from 0."""
    totals = np.maximum(np.bincount(codes, weights=counts), 1)
    first = np.bincount(codes, weights=counts * values) / totals
    rest = np.bincount(codes, weights=counts * (values - first[codes])) / totals
    return (first + rest)[codes]

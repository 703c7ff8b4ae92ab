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
    """The rows with centred variables and cluster means added; `rows` itself is left as it is."""
    made = rows.copy(deep=False)
    for name, variable in plan.variables.items():
        if name not in rows.columns or variable.centre == "none":
            continue
        values = rows[name].to_numpy(dtype=float)
        if variable.centre == "grand_mean":
            made[name] = values - _mean(values)
            continue
        made[f"{name}.within"] = values - cluster_mean(values, _codes(rows, plan.levels[-1].name))
        for column, level in mean_columns(plan, name):
            made[column] = cluster_mean(values, _codes(rows, level))
    return made


def _codes(rows: pd.DataFrame, level: str) -> np.ndarray:
    return rows[level].cat.codes.to_numpy().astype(np.int64)


def _mean(values: np.ndarray) -> float:
    """The mean in two passes, so that a large mean does not cost the digits of the deviations."""
    first = float(values.mean()) if len(values) else 0.0
    return first + float((values - first).mean()) if len(values) else 0.0


def cluster_mean(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Each row's cluster mean, in two passes. values, codes: (n,); codes count clusters from 0."""
    counts = np.maximum(np.bincount(codes), 1)
    first = np.bincount(codes, weights=values) / counts
    rest = np.bincount(codes, weights=values - first[codes]) / counts
    return (first + rest)[codes]

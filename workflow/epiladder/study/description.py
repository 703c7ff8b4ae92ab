"""description.json: the variables that rungs read, described over the rows used.

A variable of a higher level is counted once a cluster, one of the units once a row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from epiladder.study.plan import Plan, Variable
from epiladder.study.terms import columns_needed


def description(plan: Plan, rows: pd.DataFrame) -> dict[str, Any]:
    """Number, mean and quartiles, or counts by category, of each variable; `missing` is 0 on complete rows."""
    return {"variables": [_variable(plan, rows, name) for name in columns_needed(plan)]}


def _variable(plan: Plan, rows: pd.DataFrame, name: str) -> dict[str, Any]:
    variable = plan.variables[name]
    values = pd.Series(rows[name])
    if variable.level in [level.name for level in plan.levels]:
        values = pd.Series(values[~pd.Series(rows[variable.level]).duplicated()])
    head = {
        "name": name,
        "label": variable.label,
        "unit": variable.unit,
        "type": variable.type,
        "level": variable.level,
        "n": int(values.notna().sum()),
        "missing": int(values.isna().sum()),
    }
    if variable.type in ("category", "boolean"):
        return {**head, "categories": _categories(variable, values)}
    return {**head, **_numbers(values.to_numpy(dtype=float))}


def _categories(variable: Variable, values: pd.Series) -> list[dict[str, Any]]:
    if variable.type == "boolean":
        numbers = values.to_numpy(dtype=float)
        counts = {"false": int((numbers == 0).sum()), "true": int((numbers == 1).sum())}
    else:
        tally = np.bincount(values.cat.codes.to_numpy() + 1, minlength=len(variable.categories) + 1)[1:]
        counts = {category: int(count) for category, count in zip(variable.categories, tally, strict=True)}
    total = sum(counts.values())
    return [
        {"category": category, "count": count, "share": count / total if total else None}
        for category, count in counts.items()
    ]


def _numbers(values: np.ndarray) -> dict[str, float | None]:
    values = values[~np.isnan(values)]
    if not len(values):
        return dict.fromkeys(("mean", "sd", "median", "q1", "q3"))
    low, middle, high = (float(value) for value in np.quantile(values, [0.25, 0.5, 0.75]))
    spread = float(values.std(ddof=1)) if len(values) > 1 else None
    return {"mean": float(values.mean()), "sd": spread, "median": middle, "q1": low, "q3": high}

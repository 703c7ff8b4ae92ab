"""Simulated studies for the benchmarks: two levels, twenty rows a cluster, six fixed effects and a random slope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from epiladder.study.config import Plan

ROWS_A_CLUSTER = 20
FIXED = ("(Intercept)", "x1", "x2", "x3", "x4", "w")
BETA = np.array([1.0, 0.5, -0.3, 0.2, 0.0, 0.4])
SPREAD = np.array([[0.30, 0.05], [0.05, 0.10]])
PLAN: dict[str, Any] = {
    "id": "bench",
    "data": {"path": "simulated.csv"},
    "unit": "row",
    "levels": ["g"],
    "outcome": {"variable": "y"},
    "variables": {
        **{name: {"type": "number"} for name in ("y", "x1", "x2", "x3", "x4")},
        "w": {"type": "number", "level": "g"},
    },
    "ladder": {
        "covariates": ["x1", "x2", "x3", "x4", "w"],
        "random_slopes": [{"of": "x1", "over": "g"}],
        "cross_level": [["x1", "w"]],
    },
    "inference": {"seed": 1},
}


@dataclass(frozen=True)
class Simulated:
    """Columns of equal length, sorted by the cluster's code."""

    cluster: np.ndarray
    columns: dict[str, np.ndarray]

    @property
    def n_rows(self) -> int:
        """Rows in all."""
        return len(self.cluster)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The same as a data frame, the cluster as labels, as a validated study has it."""
        import pandas as pd

        labels = pd.Categorical.from_codes(self.cluster, [str(code) for code in range(self.cluster[-1] + 1)])
        return pd.DataFrame({"g": labels.astype(object), **self.columns})


def simulate(n_rows: int, seed: int = 20) -> Simulated:
    """A study of `n_rows` rows, the same for the same seed."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_rows // ROWS_A_CLUSTER), ROWS_A_CLUSTER)
    within = {name: rng.normal(size=n_rows) for name in ("x1", "x2", "x3", "x4")}
    between = rng.normal(size=cluster[-1] + 1)[cluster]
    effects = rng.multivariate_normal(np.zeros(2), SPREAD, size=cluster[-1] + 1)[cluster]
    x = np.column_stack([np.ones(n_rows), *within.values(), between])
    y = x @ BETA + effects[:, 0] + effects[:, 1] * within["x1"] + rng.normal(size=n_rows)
    return Simulated(cluster, {**within, "w": between, "y": y})


def plan() -> Plan:
    """The plan of a simulated study: every rung from the single level to the cross-level interaction."""
    import copy

    from epiladder.study.config import Plan

    return Plan.model_validate(copy.deepcopy(PLAN))

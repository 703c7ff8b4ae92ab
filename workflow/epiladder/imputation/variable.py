"""A variable of the analysis as numbers at its own level, and the standardised columns that it gives to others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.imputation.nest import Nest
from epiladder.study.gaps import may_have_gaps
from epiladder.study.outcome import events_of_trials
from epiladder.study.roles import exposure_column, kind, outcome_name

if TYPE_CHECKING:
    import pandas as pd

    from epiladder.study.plan import Plan

OUTCOME, EXPOSURE = ".outcome", ".exposure"


@dataclass(frozen=True)
class Variable:
    """values: (n,), one for each cluster or unit of its level, NaN where there is a gap; categories as their numbers.

    kind: `number`, `binary` or `category`. limits: the smallest and largest right value of a number.
    """

    name: str
    kind: str
    level: int
    values: np.ndarray
    limits: tuple[float, float] = (-np.inf, np.inf)
    categories: tuple[str, ...] = ()

    @property
    def gaps(self) -> np.ndarray:
        """Where there is a gap, (n,)."""
        return np.isnan(self.values)

    @property
    def seen(self) -> np.ndarray:
        """The values that are there."""
        return self.values[~self.gaps]

    @property
    def centre(self) -> float:
        """The mean of the values seen, of a number."""
        return float(self.seen.mean())

    @property
    def scale(self) -> float:
        """The standard deviation of the values seen, of a number; one where they are all the same."""
        spread = float(self.seen.std())
        return spread if spread > 1e-12 * max(1.0, abs(self.centre)) else 1.0

    def columns(self, values: np.ndarray) -> list[np.ndarray]:
        """Completed values as columns: a standardised number, or an indicator of each category but the first."""
        if self.kind == "category":
            return [(values == k) - float((self.seen == k).mean()) for k in range(1, len(self.categories))]
        return [(values - self.centre) / self.scale]


def variables_of(plan: Plan, rows: pd.DataFrame, nest: Nest) -> list[Variable]:
    """The outcome on its scale, the log exposure where it varies, then every covariate that a rung reads."""
    covariates = [_covariate(plan, rows, nest, name) for name in may_have_gaps(plan)]
    return [*_outcome(plan, rows, nest), *covariates]


def _outcome(plan: Plan, rows: pd.DataFrame, nest: Nest) -> list[Variable]:
    """A number as it is, an event as 0 and 1, events of trials as an empirical logit, a count as a log rate."""
    what, exposure = kind(plan), exposure_column(plan)
    if what == "number":
        values = rows[outcome_name(plan)].to_numpy(dtype=float)
    elif what == "count":
        values = np.log(rows[outcome_name(plan)].to_numpy(dtype=float) + 0.5)
    else:
        events, trials = events_of_trials(plan, rows)
        values = events if what == "binary" else np.log((events + 0.5) / (trials - events + 0.5))
    found = [Variable(OUTCOME, "number", nest.units, values)]
    if exposure is not None:
        logs = np.log(rows[exposure].to_numpy(dtype=float))
        found = [Variable(OUTCOME, "number", nest.units, values - logs), Variable(EXPOSURE, "number", nest.units, logs)]
    return found


def _covariate(plan: Plan, rows: pd.DataFrame, nest: Nest, name: str) -> Variable:
    variable = plan.variables[name]
    levels = [level.name for level in plan.levels]
    level = levels.index(variable.level) if variable.level in levels else nest.units
    values = _of_level(_numbers(rows[name]), nest, level)
    if variable.type == "category":
        binary = len(variable.categories) == 2
        return Variable(name, "binary" if binary else "category", level, values, categories=variable.categories)
    if variable.type == "boolean":
        return Variable(name, "binary", level, values, categories=("false", "true"))
    low = -np.inf if variable.min is None else variable.min
    high = np.inf if variable.max is None else variable.max
    return Variable(name, "number", level, values, (low, high))


def _numbers(column: Any) -> np.ndarray:
    """A column as numbers, its categories numbered from 0, NaN in gaps."""
    if hasattr(column, "cat"):
        codes = column.cat.codes.to_numpy()
        return np.where(codes < 0, np.nan, codes.astype(float))
    return column.to_numpy(dtype=float)


def _of_level(values: np.ndarray, nest: Nest, level: int) -> np.ndarray:
    """One value for each cluster: that of its first row that has one."""
    if level == nest.units:
        return values
    found = np.full(nest.size(level), np.nan)
    there = np.flatnonzero(~np.isnan(values))[::-1]
    found[nest.codes[level][there]] = values[there]
    return found

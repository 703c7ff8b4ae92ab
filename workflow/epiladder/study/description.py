"""description.json: the variables that rungs read, described over the rows used, and the outcome in its family's words.

A variable of a higher level is counted once a cluster, one of the units once a row, or as often as its weight says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from epiladder.study.outcome import event_mask, events_of_trials, weights_of
from epiladder.study.plan import Plan, Variable
from epiladder.study.roles import exposure_column, kind, outcome_name, roles
from epiladder.study.terms import columns_needed

QUARTILES = (0.25, 0.5, 0.75)


def description(plan: Plan, rows: pd.DataFrame) -> dict[str, Any]:
    """The outcome, and for each variable number, mean and quartiles, or counts by category.

    `missing` is 0 on complete rows. `role` is outcome, events, trials, exposure, weights or covariate. by: of the
    plan's exposure its values, each with the same variables over its rows; a variable of clusters that hold several
    values of it is null there.
    """
    by = plan.description.by
    return {
        "outcome": _outcome(plan, rows),
        "variables": [_variable(plan, rows, name) for name in columns_needed(plan)],
        "by": None if by is None or by not in rows else {"variable": by, "groups": list(_groups(plan, rows, by))},
    }


def _groups(plan: Plan, rows: pd.DataFrame, by: str) -> Iterator[dict[str, Any]]:
    mixed = [level.name for level in plan.levels if _is_mixed(rows, level.name, by)]
    for label, value in _values(plan, by):
        own = pd.DataFrame(rows[(rows[by] == value).to_numpy(dtype=bool)])
        variables = [name for name in columns_needed(plan) if name != by]
        found = {
            name: None if plan.variables[name].level in mixed else _variable(plan, own, name) for name in variables
        }
        clusters = {level.name: int(pd.Series(own[level.name]).nunique()) for level in plan.levels}
        yield {"value": label, "rows": len(own), "clusters": clusters, "variables": found}


def _is_mixed(rows: pd.DataFrame, level: str, by: str) -> bool:
    """Whether clusters of a level hold several values of a column."""
    pairs = pd.DataFrame(rows[[level, by]]).drop_duplicates()
    return bool(pd.Series(pairs[level]).duplicated().any())


def _values(plan: Plan, by: str) -> list[tuple[str, str | float]]:
    if plan.variables[by].type == "boolean":
        return [("false", 0.0), ("true", 1.0)]
    return [(category, category) for category in plan.variables[by].categories]


def _outcome(plan: Plan, rows: pd.DataFrame) -> dict[str, Any]:
    """The outcome as a whole: units, and by its kind events of trials with their share, or counts with their rate."""
    outcome, name = plan.outcome, outcome_name(plan)
    weights = weights_of(plan, rows)
    head = {
        "variable": name,
        "kind": kind(plan),
        "family": outcome.family,
        "link": outcome.link,
        "event": outcome.event,
        "trials": outcome.trials,
        "exposure": outcome.exposure,
        "weights": plan.data.weights,
        "n": int(_ones(rows, weights).sum()),
    }
    if head["kind"] in ("binary", "events"):
        return {**head, **_share(plan, rows, weights)}
    return {**head, **_rate(plan, rows, weights)} if head["kind"] == "count" else head


def _ones(rows: pd.DataFrame, weights: np.ndarray | None) -> np.ndarray:
    return np.ones(len(rows)) if weights is None else weights


def _share(plan: Plan, rows: pd.DataFrame, weights: np.ndarray | None) -> dict[str, Any]:
    times = _ones(rows, weights)
    events, trials = (int(values @ times) for values in events_of_trials(plan, rows))
    return {"n_events": events, "n_trials": trials, "share": events / trials if trials else None}


def _rate(plan: Plan, rows: pd.DataFrame, weights: np.ndarray | None) -> dict[str, Any]:
    """Events counted, rows without any, exposure in all (null without one), and the crude rate."""
    times = _ones(rows, weights)
    counts = rows[outcome_name(plan)].to_numpy(dtype=float)
    events, column, exposure = int(counts @ times), exposure_column(plan), plan.outcome.exposure
    exposed = float(rows[column].to_numpy(dtype=float) @ times) if column is not None else None
    if isinstance(exposure, float):
        exposed = exposure * float(times.sum())
    return {
        "n_events": events,
        "n_zero": int(times[counts == 0].sum()),
        "exposed": exposed,
        "rate": events / exposed if exposed else None,
    }


def _variable(plan: Plan, rows: pd.DataFrame, name: str) -> dict[str, Any]:
    variable = plan.variables[name]
    values = pd.Series(rows[name])
    role = roles(plan).get(name, "covariate")
    weights = weights_of(plan, rows) if role != "weights" else None
    if variable.level in [level.name for level in plan.levels]:
        values, weights = pd.Series(values[~pd.Series(rows[variable.level]).duplicated()]), None
    there = values.notna().to_numpy()
    times = np.ones(len(values)) if weights is None else weights
    head = {
        "name": name,
        "unit": variable.unit,
        "type": variable.type,
        "level": variable.level,
        "role": role,
        "n": int(times[there].sum()),
        "missing": int(times[~there].sum()),
    }
    if variable.type in ("category", "boolean"):
        return {**head, "categories": _categories(variable, values, weights)}
    numbers = values.to_numpy(dtype=float)
    if role == "outcome" and kind(plan) == "binary":
        return {**head, "categories": _codes(plan, rows, numbers, weights)}
    kept = None if weights is None else weights[there]
    return {**head, **_numbers(numbers[there], kept)}


def _categories(variable: Variable, values: pd.Series, weights: np.ndarray | None) -> list[dict[str, Any]]:
    if variable.type == "boolean":
        numbers = values.to_numpy(dtype=float)
        times = np.ones(len(numbers)) if weights is None else weights
        counts = {"false": int(times[numbers == 0].sum()), "true": int(times[numbers == 1].sum())}
    else:
        codes = values.cat.codes.to_numpy() + 1
        tally = np.bincount(codes, weights=weights, minlength=len(variable.categories) + 1)[1:]
        counts = {category: int(count) for category, count in zip(variable.categories, tally, strict=True)}
    return _shares(counts)


def _codes(plan: Plan, rows: pd.DataFrame, numbers: np.ndarray, weights: np.ndarray | None) -> list[dict[str, Any]]:
    """The two numbers of a binary outcome as categories, the event last."""
    times, event = _ones(rows, weights), event_mask(plan, rows)
    others = [f"{value:g}" for value in np.unique(numbers[event == 0])]
    counts = dict.fromkeys(others[:1], int(times[event == 0].sum()))
    return _shares({**counts, f"{float(str(plan.outcome.event)):g}": int(times[event == 1].sum())})


def _shares(counts: dict[str, int]) -> list[dict[str, Any]]:
    total = sum(counts.values())
    return [
        {"category": category, "count": count, "share": count / total if total else None}
        for category, count in counts.items()
    ]


def _numbers(values: np.ndarray, weights: np.ndarray | None) -> dict[str, float | None]:
    if not len(values):
        return dict.fromkeys(("mean", "sd", "median", "q1", "q3"))
    if weights is None:
        low, middle, high = (float(value) for value in np.quantile(values, QUARTILES))
        spread = float(values.std(ddof=1)) if len(values) > 1 else None
        return {"mean": float(values.mean()), "sd": spread, "median": middle, "q1": low, "q3": high}
    low, middle, high = _quantiles(values, weights)
    number, mean = float(weights.sum()), float(np.average(values, weights=weights))
    spread = float(np.sqrt(weights @ (values - mean) ** 2 / (number - 1))) if number > 1 else None
    return {"mean": mean, "sd": spread, "median": middle, "q1": low, "q3": high}


def _quantiles(values: np.ndarray, weights: np.ndarray) -> tuple[float, ...]:
    """Quartiles of values each repeated as often as its whole weight, as `np.quantile` gives them."""
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(weights[order])
    at = np.array(QUARTILES) * (ends[-1] - 1)
    below, above = (values[order][np.searchsorted(ends, np.trunc(p), side="right")] for p in (at, np.ceil(at)))
    return tuple(float(value) for value in below + (at - np.trunc(at)) * (above - below))

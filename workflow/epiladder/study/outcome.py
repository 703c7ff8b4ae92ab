"""The outcome's values by row: in which rows the event is, and what is counted out of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from epiladder.study.convert import BOOLEANS
from epiladder.study.plan import Plan

if TYPE_CHECKING:
    import pandas as pd


def event_mask(plan: Plan, rows: pd.DataFrame) -> np.ndarray:
    """(n,) float64 of rows used: 1 where a binary outcome is the plan's event, 0 elsewhere."""
    outcome = plan.outcome
    name, event = str(outcome.variable), str(outcome.event)
    kind = plan.variables[name].type
    if kind == "category":
        at = plan.variables[name].categories.index(event)
        return (rows[name].cat.codes.to_numpy() == at).astype(float)
    value = BOOLEANS[event.lower()] if kind == "boolean" else float(event)
    return (rows[name].to_numpy(dtype=float) == value).astype(float)


def events_of_trials(plan: Plan, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Events and trials of each row, (n,) both, of a binomial outcome; a row's weight is in neither."""
    outcome = plan.outcome
    if outcome.events is not None:
        return np.asarray(rows[outcome.events], dtype=float), np.asarray(rows[str(outcome.trials)], dtype=float)
    events = event_mask(plan, rows)
    return events, np.ones(len(events))


def weights_of(plan: Plan, rows: pd.DataFrame) -> np.ndarray | None:
    """(n,) how often each row stands; None where the plan has no weights."""
    return rows[plan.data.weights].to_numpy(dtype=float) if plan.data.weights is not None else None

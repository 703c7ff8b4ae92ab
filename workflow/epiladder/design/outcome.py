"""The outcome as numbers: what is counted at each row, out of how many, over which exposure, with which weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from epiladder.study.config import Plan

TRIALS, OFFSET, WEIGHT = ".trials", ".offset", ".weight"


@dataclass(frozen=True)
class OutcomeValues:
    """name: the outcome's column. y: (N,). Each of trials, offset (log exposure) and weights (N,) or None.

    kind: number, binary, events or count.
    """

    name: str
    kind: str
    y: np.ndarray
    trials: np.ndarray | None
    offset: np.ndarray | None
    weights: np.ndarray | None

    def extra(self) -> dict[str, np.ndarray]:
        """The columns beside y, by the names under which the design stores them."""
        named = {TRIALS: self.trials, OFFSET: self.offset, WEIGHT: self.weights}
        return {name: values for name, values in named.items() if values is not None}


def outcome_values(plan: Plan, rows: pd.DataFrame) -> OutcomeValues:
    """Read the outcome of valid rows as the plan says."""
    outcome = plan.outcome

    def column(name: str) -> np.ndarray:
        return rows[name].to_numpy(dtype=float)

    weights = column(plan.data.weights) if plan.data.weights else None
    if outcome.events and outcome.trials:
        return OutcomeValues(outcome.events, "events", column(outcome.events), column(outcome.trials), None, weights)
    name = str(outcome.variable)
    if outcome.family == "binomial":
        from epiladder.study.outcome import event_mask

        return OutcomeValues(name, "binary", np.asarray(event_mask(plan, rows), dtype=float), None, None, weights)
    kind = "number" if outcome.family == "gaussian" else "count"
    return OutcomeValues(name, kind, column(name), None, _log_exposure(outcome.exposure, rows), weights)


def _log_exposure(exposure: Any, rows: pd.DataFrame) -> np.ndarray | None:
    """A column's name or one number for all rows."""
    if exposure is None:
        return None
    try:
        return np.full(len(rows), np.log(float(exposure)))
    except ValueError:
        return np.log(rows[exposure].to_numpy(dtype=float))

"""Checks of the outcome over the rows used: does it vary, within clusters too, and is there enough of it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from epiladder.study.findings import Failure, counted, plural
from epiladder.study.outcome import events_of_trials, weights_of
from epiladder.study.plan import Plan
from epiladder.study.roles import exposure_column, kind, outcome_name
from epiladder.study.separation import scarce_events, separated


@dataclass(frozen=True)
class Units:
    """The units of the rows used, of which a row with a weight holds several. weights: (n,) or None."""

    codes: np.ndarray
    weights: np.ndarray | None

    @classmethod
    def of(cls, plan: Plan, rows: pd.DataFrame) -> Units:
        """The units of the rows by their innermost cluster."""
        return cls(rows[plan.levels[-1].name].cat.codes.to_numpy(), weights_of(plan, rows))

    @property
    def number(self) -> float:
        """How many units there are."""
        return len(self.codes) if self.weights is None else float(self.weights.sum())

    @property
    def by_cluster(self) -> np.ndarray:
        """(k,) units of each innermost cluster."""
        return np.bincount(self.codes, weights=self.weights)


def outcome_failures(plan: Plan, rows: pd.DataFrame, units: Units) -> Iterator[Failure]:
    """What is wrong with the outcome of the rows used."""
    constant = list(_constant(plan, rows, units))
    yield from constant
    yield from _singletons(plan, units)
    if not constant and kind(plan) != "number":
        yield from separated(plan, rows)
    if not constant and kind(plan) in ("binary", "events"):
        yield from scarce_events(plan, rows)


def _constant(plan: Plan, rows: pd.DataFrame, units: Units) -> Iterator[Failure]:
    name, innermost = outcome_name(plan), plan.levels[-1].name
    says = _nothing_to_explain(plan, rows)
    if says is not None:
        yield Failure("constant_outcome", name, says, "Check the column, and which rows were left out.")
    elif kind(plan) in ("number", "binary"):
        values = _values(plan, rows)
        if units.by_cluster.max() > 1 and _is_constant_within(values, units.codes):
            says = f"The outcome `{name}` does not vary within any {innermost}: it is a variable of that level"
            mend = f"Make {plural(innermost)} the units (a row each), and leave the level `{innermost}` out."
            yield Failure("constant_outcome", name, says, mend, level=innermost)


def _values(plan: Plan, rows: pd.DataFrame) -> np.ndarray:
    if kind(plan) == "binary":
        return events_of_trials(plan, rows)[0]
    return rows[outcome_name(plan)].to_numpy(dtype=float)


def _nothing_to_explain(plan: Plan, rows: pd.DataFrame) -> str | None:
    """Why the outcome has no variation at all, in a sentence without an end; None when it has."""
    name, what = outcome_name(plan), kind(plan)
    if what in ("binary", "events"):
        return _never_or_always(plan, rows)
    values = rows[name].to_numpy(dtype=float)
    if what == "count" and values.max() == 0:
        return f"The outcome `{name}` is 0 in every row used: no event was counted, and there is nothing to explain"
    if values.min() == values.max() and exposure_column(plan) is None:
        return f"The outcome `{name}` is {values[0]:g} in every row used: there is nothing to explain"
    return None


def _never_or_always(plan: Plan, rows: pd.DataFrame) -> str | None:
    events, trials = events_of_trials(plan, rows)
    outcome = plan.outcome
    event = f"event `{outcome.event}` of `{outcome.variable}`" if outcome.events is None else "event"
    where = "row used" if outcome.events is None else "trial of the rows used"
    if events.max() == 0:
        return f"The {event} occurs in no {where}: there is nothing to explain"
    if (events == trials).all():
        return f"The {event} occurs in every {where}: there is nothing to explain"
    return None


def _is_constant_within(values: np.ndarray, codes: np.ndarray) -> bool:
    first = np.empty(codes.max() + 1)
    first[codes[::-1]] = values[::-1]
    return bool((values == first[codes]).all())


def _singletons(plan: Plan, units: Units) -> Iterator[Failure]:
    """Clusters of one unit; a row of events or of a count tells much by itself, so there nothing is said."""
    if kind(plan) not in ("number", "binary"):
        return
    innermost, sizes = plan.levels[-1].name, units.by_cluster
    single, clusters = int((sizes == 1).sum()), len(sizes)
    if not single or clusters == 1 or clusters == units.number:
        return
    hold = "holds" if single == 1 else "hold"
    says = f"{counted(single, innermost)} of {clusters:,} {hold} a single {plan.unit.name} in the rows used"
    tell = "nothing of the variance within" if kind(plan) == "number" else "little of the variance between"
    yield Failure(
        "singletons",
        None,
        says,
        f"They tell {tell} {plural(innermost)}; they stay in the model.",
        level=innermost,
        clusters=single,
    )

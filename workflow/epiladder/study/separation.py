"""Too few events for the covariates: categories without an event or full of them, and few events for each column.

A category in which nobody, or everybody, has the event has no finite coefficient (Albert and Anderson 1984,
Biometrika 71, 1-10). Ten events for each column are a rule of thumb (Peduzzi and others 1996, Journal of Clinical
Epidemiology 49, 1373-1379), so a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from epiladder.study.findings import Failure
from epiladder.study.names import listing
from epiladder.study.outcome import events_of_trials, weights_of
from epiladder.study.plan import Plan
from epiladder.study.roles import kind, outcome_name, roles
from epiladder.study.terms import columns_needed
from epiladder.study.width import fixed_columns

EVENTS_PER_COLUMN = 10


def separated(plan: Plan, rows: pd.DataFrame) -> Iterator[Failure]:
    """Covariates with a category in which there is no event, or nothing but events."""
    events = rows[outcome_name(plan)].to_numpy(dtype=float) if kind(plan) == "count" else None
    trials = None
    if events is None:
        events, trials = events_of_trials(plan, rows)
    used = roles(plan)
    for name in columns_needed(plan):
        groups = _groups(plan, rows, name) if name not in used else None
        if groups is None:
            continue
        codes, labels = groups
        there = _tally(codes, labels) > 0
        total = _tally(codes, labels, events)
        none = there & (total == 0)
        full = np.zeros(len(labels), dtype=bool)
        if trials is not None:
            full = there & (total == _tally(codes, labels, trials))
        if none.any() or full.any():
            yield _separation(plan, name, _named(labels, none), _named(labels, full))


def _tally(codes: np.ndarray, labels: list[str], weights: np.ndarray | None = None) -> np.ndarray:
    """(k,) sums by category; rows of code -1, whose cell is to be imputed, count nowhere."""
    return np.bincount(codes + 1, weights=weights, minlength=len(labels) + 1)[1:]


def _named(labels: list[str], flags: np.ndarray) -> list[str]:
    return [label for label, flag in zip(labels, flags, strict=True) if flag]


def _groups(plan: Plan, rows: pd.DataFrame, name: str) -> tuple[np.ndarray, list[str]] | None:
    """Codes by row and labels of a covariate's categories, also of numbers with two values; None of other numbers."""
    variable = plan.variables[name]
    if variable.type == "category":
        return rows[name].cat.codes.to_numpy(), list(variable.categories)
    values = rows[name].to_numpy(dtype=float)
    if variable.type == "boolean":
        return np.where(np.isnan(values), -1, values).astype(np.int64), ["false", "true"]
    gaps = np.isnan(values)
    low, high = np.nanmin(values), np.nanmax(values)
    if not ((values == low) | (values == high) | gaps).all():
        return None
    return np.where(gaps, -1, values == high).astype(np.int64), [f"{low:g}", f"{high:g}"]


def _separation(plan: Plan, name: str, none: list[str], full: list[str]) -> Failure:
    nobody, everybody = {
        "binary": (f"no {plan.unit.name} has the event", f"every {plan.unit.name} has the event"),
        "events": ("there is no event", "every trial is an event"),
        "count": ("every count is 0", ""),
    }[kind(plan)]
    parts = [
        f"{said} where `{name}` is {listing(found)}" for said, found in ((nobody, none), (everybody, full)) if found
    ]
    says = f"In the rows used {', and '.join(parts)}: that coefficient has no finite value (separation)"
    mend = (
        "Join the category with another that is like it, or leave the variable out; its coefficient, standard error "
        "and interval mean nothing as they are."
    )
    return Failure("separation_in_table", name, says, mend)


def scarce_events(plan: Plan, rows: pd.DataFrame) -> Iterator[Failure]:
    """Fewer than ten events, or non-events, for each column of the fixed effects of the largest rung."""
    events, trials = events_of_trials(plan, rows)
    weights = weights_of(plan, rows)
    weights = np.ones(len(events)) if weights is None else weights
    with_event, without = float(events @ weights), float((trials - events) @ weights)
    columns = fixed_columns(plan)
    fewer, called = (with_event, "events") if with_event <= without else (without, "non-events")
    if not columns or fewer >= EVENTS_PER_COLUMN * columns:
        return
    of = "column" if columns == 1 else "columns"
    says = (
        f"There are {_shown(plan, fewer)} {called} for {columns} {of} of fixed effects, fewer than {EVENTS_PER_COLUMN} "
        "for each: estimates will lie too far from no effect, and intervals will be wide"
    )
    mend = "Leave covariates out, join categories, or read the larger rungs with care."
    yield Failure("events_per_variable", outcome_name(plan), says, mend)


def _shown(plan: Plan, number: float) -> str:
    """A number of persons as the plan's disclosure lets a report show it."""
    rule = plan.disclosure
    if rule.public:
        return f"{number:,.0f}"
    if number < rule.minimum_count:
        return f"fewer than {rule.minimum_count}"
    return f"about {rule.round_to * round(number / rule.round_to):,}"

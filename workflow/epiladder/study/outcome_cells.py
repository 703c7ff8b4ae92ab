"""Checks of the outcome's cells: what counts as an event, whole counts, events of trials, exposures and weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from epiladder.study.cells import examples_of, some_rows
from epiladder.study.convert import Column
from epiladder.study.findings import SHOWN, Failure
from epiladder.study.ingest import Raw
from epiladder.study.mends import REJECT
from epiladder.study.plan import Plan
from epiladder.study.roles import kind, roles


def check_outcome(plan: Plan, raw: Raw, columns: Mapping[str, Column]) -> list[Failure]:
    """All failures of the outcome's cells; a cell that failed before is NaN in `columns` and is not told again."""
    failures = [] if kind(plan) != "binary" else [*_event(plan, raw, columns)]
    for column, role in roles(plan).items():
        if role in ("events", "trials") or (role == "outcome" and kind(plan) == "count"):
            failures += _counts(plan, raw, columns, column, role)
    failures += _exceed(plan, raw, columns, {str(one.column): one.rows for one in failures})
    for column, role in roles(plan).items():
        if role == "exposure":
            failures += _exposure(raw, columns, column)
        elif role == "weights":
            failures += _weights(raw, columns, column)
    return failures


def _numbers(columns: Mapping[str, Column], name: str) -> np.ndarray:
    """(n,) the numbers of a column, NaN where a cell is missing or wrong."""
    numbers = columns[name].numbers
    assert numbers is not None, name
    return numbers


def _event(plan: Plan, raw: Raw, columns: Mapping[str, Column]) -> Iterator[Failure]:
    """A binary outcome of numbers holds the event and one other value: the other of 0 and 1, or the commonest."""
    name, event = str(plan.outcome.variable), str(plan.outcome.event)
    if plan.variables[name].type not in ("number", "integer"):
        return
    numbers, value = _numbers(columns, name), float(event)
    other = _other(numbers, value)
    rows = np.flatnonzero(~np.isnan(numbers) & (numbers != value) & (numbers != other))
    if not len(rows):
        return
    says = f"{some_rows(rows, name, 'holds', 'hold')} neither {value:g}, the event, nor {other:g}"
    mend = (
        f"Name codes of missing values in `missing_codes`; for other codes write `type: category` with `categories` "
        f"and `event: {event}`. Mend the cells, {REJECT.format(check='event')}."
    )
    short = f"{name}: neither the event nor {other:g}"
    yield Failure("event", name, says, mend, rows, None, None, examples_of(raw, name, rows), short)


def _other(numbers: np.ndarray, event: float) -> float:
    if event in (0.0, 1.0):
        return 1.0 - event
    values, counts = np.unique(numbers[~np.isnan(numbers) & (numbers != event)], return_counts=True)
    return float(values[counts.argmax()]) if len(values) else 0.0


def _not_whole(numbers: np.ndarray, least: int) -> np.ndarray:
    """Positions of numbers that are not whole or lie under the least; NaN passes."""
    with np.errstate(invalid="ignore"):
        return np.flatnonzero((numbers < least) | (numbers != np.floor(numbers)) & ~np.isnan(numbers))


def _counts(plan: Plan, raw: Raw, columns: Mapping[str, Column], name: str, role: str) -> Iterator[Failure]:
    least = 1 if role == "trials" else 0
    rows = _not_whole(_numbers(columns, name), least)
    if not len(rows):
        return
    called = {"trials": "number of trials", "events": "number of events"}.get(role, "count")
    says = f"{some_rows(rows, name, 'holds', 'hold')} no {called}, a whole number of {least} or more"
    mend = _mend_counts(plan, columns, name, role)
    examples = examples_of(raw, name, rows)
    yield Failure("counts", name, says, mend, rows, None, None, examples, f"{name}: no {called}")


def _mend_counts(plan: Plan, columns: Mapping[str, Column], name: str, role: str) -> str:
    numbers = _numbers(columns, name)
    numbers = numbers[~np.isnan(numbers)]
    said = []
    if role == "outcome" and (numbers != np.floor(numbers)).any():
        said.append("A rate is no count: give the count, and what it is of as `exposure`.")
    elif role == "events" and (numbers != np.floor(numbers)).any():
        said.append("A share is no number of events: give the events themselves.")
    elif role == "trials" and (numbers == 0).any():
        said.append("A row without trials tells nothing; leave it out.")
    return " ".join([*said, f"Mend the cells, {REJECT.format(check='counts')}."])


def _exceed(plan: Plan, raw: Raw, columns: Mapping[str, Column], failed: Mapping[str, np.ndarray]) -> Iterator[Failure]:
    events, trials = plan.outcome.events, plan.outcome.trials
    if events is None or trials is None:
        return
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(_numbers(columns, events) > _numbers(columns, trials))
    rows = np.setdiff1d(rows, np.concatenate([[], *failed.values()])).astype(np.int64)
    if not len(rows):
        return
    has = "row has" if len(rows) == 1 else "rows have"
    says = f"{len(rows):,} {has} more events (`{events}`) than trials (`{trials}`)"
    examples = tuple(
        f"{_numbers(columns, events)[row]:g} of {_numbers(columns, trials)[row]:g} ({raw.place(row)})"
        for row in rows[:SHOWN]
    )
    mend = f"Are the two columns exchanged in the plan? Mend the cells, {REJECT.format(check='events_exceed_trials')}."
    short = f"{events}: more events than {trials}"
    yield Failure("events_exceed_trials", events, says, mend, rows, None, None, examples, short)


def _exposure(raw: Raw, columns: Mapping[str, Column], name: str) -> Iterator[Failure]:
    rows = np.flatnonzero(_numbers(columns, name) <= 0)
    if not len(rows):
        return
    says = f"{some_rows(rows, name, 'holds', 'hold')} no exposure, a number more than 0"
    mend = (
        f"Nothing can be counted where nobody is exposed. Mend the cells, {REJECT.format(check='exposure')}; if the "
        f"column holds logarithms, give the exposure itself."
    )
    yield Failure("exposure", name, says, mend, rows, None, None, examples_of(raw, name, rows), f"{name}: not over 0")


def _weights(raw: Raw, columns: Mapping[str, Column], name: str) -> Iterator[Failure]:
    rows = _not_whole(_numbers(columns, name), 1)
    if not len(rows):
        return
    says = f"{some_rows(rows, name, 'holds', 'hold')} no frequency weight, a whole number of 1 or more"
    mend = (
        "A weight says how many units a row stands for; weights of a survey's design are another matter, which "
        f"this version does not know. Mend the cells, {REJECT.format(check='weights')}."
    )
    yield Failure("weights", name, says, mend, rows, None, None, examples_of(raw, name, rows), f"{name}: no weight")

"""Checks of cells against other cells: dates in their order, values that others require, values that stand once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from epiladder.study.cells import examples_of, some_rows
from epiladder.study.convert import Column
from epiladder.study.findings import SHOWN, Failure, counted, plural
from epiladder.study.hierarchy import Clusters, as_words
from epiladder.study.ingest import Raw
from epiladder.study.mends import REJECT
from epiladder.study.names import listing
from epiladder.study.plan import Plan


def check_conditions(
    plan: Plan, raw: Raw, columns: Mapping[str, Column], clusters: Sequence[Clusters]
) -> list[Failure]:
    """Failures of `required_if`, `order` and `unique`, unless the plan ignores them."""
    found = [*_required(plan, raw, columns), *_order(plan, raw, columns), *_unique(plan, raw, columns, clusters)]
    return [failure for failure in found if plan.checks[failure.check] != "ignore"]


def _required(plan: Plan, raw: Raw, columns: Mapping[str, Column]) -> Iterator[Failure]:
    for name, variable in plan.variables.items():
        if not variable.required_if:
            continue
        asked = np.ones(raw.n_rows, dtype=bool)
        for other, values in variable.required_if.items():
            asked &= is_one_of(columns[other], values)
        rows = np.flatnonzero(asked & columns[name].missing)
        if len(rows):
            given = " and ".join(f"`{other}` is {listing(values)}" for other, values in variable.required_if.items())
            says = f"{some_rows(rows, name, 'is', 'are')} empty, though {given}"
            mend = f"Fill the cells, mend {listing(variable.required_if)}, {REJECT.format(check='required_if')}."
            places = tuple(raw.place(row) for row in rows[:SHOWN])
            yield Failure("required_if", name, says, mend, rows, None, None, places, f"{name}: empty, though {given}")


def is_one_of(column: Column, values: Sequence[str]) -> np.ndarray:
    """(n,) whether a cell holds one of some values as the plan writes them."""
    if column.numbers is None:
        codes, labels = as_words(column)
        return np.append(np.isin(labels, list(values)), False)[codes]
    numbers = {"true": 1.0, "false": 0.0}
    return np.isin(column.numbers, [numbers[value] if value in numbers else float(value) for value in values])


def _order(plan: Plan, raw: Raw, columns: Mapping[str, Column]) -> Iterator[Failure]:
    for name, variable in plan.variables.items():
        if variable.after is None:
            continue
        late, early = days(columns[name]), days(columns[variable.after])
        rows = np.flatnonzero(late < early)  # NaT is before nothing
        if not len(rows):
            continue
        says = f"In {counted(len(rows), 'row')} `{name}` lies before `{variable.after}`"
        examples = tuple(f"{late[row]} before {early[row]} ({raw.place(row)})" for row in rows[:SHOWN])
        mend = f"Mend the cells, check the dates' `format`, {REJECT.format(check='order')}."
        yield Failure("order", name, says, mend, rows, None, None, examples, f"{name}: before {variable.after}")


def days(column: Column) -> np.ndarray:
    """(n,) the day of each cell of a column of dates, NaT where there is none."""
    assert column.dates is not None and column.codes is not None
    return np.append(column.dates, np.datetime64("NaT"))[column.codes]


def _unique(plan: Plan, raw: Raw, columns: Mapping[str, Column], clusters: Sequence[Clusters]) -> Iterator[Failure]:
    """A variable of the units stands in one row, one of a level in one cluster."""
    for name, variable in plan.variables.items():
        if not variable.unique:
            continue
        column = columns[name]
        codes, _ = as_words(column) if column.numbers is None else _number_codes(column.numbers)
        around = next((one for one in clusters if one.level == variable.level), None)
        use = np.flatnonzero((codes >= 0) & (True if around is None else around.codes >= 0))
        if around is not None:
            pairs = np.unique(np.stack([codes[use], around.codes[use]]), axis=1)
            times = np.bincount(pairs[0])
        else:
            times = np.bincount(codes[use])
        twice = times > 1
        rows = use[twice[codes[use]]] if len(times) else use
        if not len(rows):
            continue
        where = "row" if around is None else around.level
        says = f"{int(twice.sum()):,} values of `{name}` stand in more than one {where}, in {counted(len(rows), 'row')}"
        if int(twice.sum()) == 1:
            says = f"A value of `{name}` stands in more than one {where}, in {counted(len(rows), 'row')}"
        mend = f"Mend the cells, take `unique` out if {plural(where)} may share it, {REJECT.format(check='unique')}."
        examples = examples_of(raw, name, rows)
        yield Failure("unique", name, says, mend, rows, None, None, examples, f"{name}: stands more than once")


def _number_codes(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known, codes = np.unique(numbers, return_inverse=True)
    return np.where(np.isnan(numbers), -1, codes), known

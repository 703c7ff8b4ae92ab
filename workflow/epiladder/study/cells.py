"""Checks of single cells: types, ranges, categories, empty cells. A failure shows which words of the file are wrong."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from epiladder.study import schema
from epiladder.study.convert import Column
from epiladder.study.findings import SHOWN, Failure, counted
from epiladder.study.ingest import Raw
from epiladder.study.mends import REJECT, category_mend, type_mend
from epiladder.study.names import listing
from epiladder.study.plan import Plan, Variable
from epiladder.study.scalars import shown

SAMPLED = 200  # failing cells whose words are looked at
KINDS = {
    "number": "no number",
    "integer": "no whole number",
    "boolean": "neither true nor false",
    "date": "no date such as 2024-02-29",
}


def check_cells(plan: Plan, raw: Raw, columns: Mapping[str, Column], not_empty: tuple[str, ...]) -> list[Failure]:
    """All failures of cells. not_empty: columns in which the plan allows no empty cell."""
    failures = [_type(plan, raw, name, column) for name, column in columns.items() if column.bad.any()]
    found = schema.failures(plan, columns, not_empty)
    for name in columns:
        for check, made in CELL_CHECKS.items():
            rows = found.get((check, name))
            if rows is None or plan.checks[check] == "ignore":
                continue
            if check == "missing":
                rows = rows[columns[name].missing[rows]]
            if len(rows):
                failures.append(made(plan, raw, name, rows))
    return failures


def words(raw: Raw, name: str, rows: np.ndarray) -> list[str]:
    """The file's own words in some rows of a column."""
    bounds = np.cumsum([0, *(piece.num_rows for piece in raw.pieces)])
    found = []
    for row in rows:
        piece = int(np.searchsorted(bounds, row, side="right")) - 1
        found.append(str(raw.pieces[piece].column(name)[int(row - bounds[piece])].as_py()))
    return found


def some_rows(rows: np.ndarray, name: str, one: str, many: str) -> str:
    """`1 row of x lies`, `2 rows of x lie`: how a message on cells begins."""
    return f"{counted(len(rows), 'row')} of `{name}` {one if len(rows) == 1 else many}"


def examples_of(raw: Raw, name: str, rows: np.ndarray) -> tuple[str, ...]:
    """The first failing cells as written, each with its place."""
    first = rows[:SHOWN]
    return tuple(f"{shown(word)} ({raw.place(row)})" for row, word in zip(first, words(raw, name, first), strict=True))


def _type(plan: Plan, raw: Raw, name: str, column: Column) -> Failure:
    rows = np.flatnonzero(column.bad)
    variable = plan.variables.get(name)
    is_id = name in [level.id for level in plan.levels] or name == plan.unit.id
    made = _id(raw, name, rows, variable is not None) if is_id else None
    if made is not None:
        return made
    assert variable is not None
    what = f"no date such as {variable.format}" if variable.format else KINDS[variable.type]
    says = f"{some_rows(rows, name, 'holds', 'hold')} {what}"
    seen = words(raw, name, rows[:: max(1, len(rows) // SAMPLED)][:SAMPLED])
    mend = type_mend(name, variable, seen, any(raw.commas))
    return Failure("type", name, says, mend, rows, None, None, examples_of(raw, name, rows), f"{name}: {what}")


def _id(raw: Raw, name: str, rows: np.ndarray, is_variable: bool) -> Failure | None:
    """What is wrong with an id as such; None where a cell is not of the type that the column has as a variable."""
    seen = words(raw, name, rows[:SHOWN])
    if all(word == word.strip() for word in seen):
        if is_variable:
            return None
        says = f"{some_rows(rows, name, 'holds', 'hold')} an id stored as a number so large that its digits are lost"
        mend = "Export the column as text."
        return Failure("type", name, says, mend, rows, None, None, examples_of(raw, name, rows), "id of lost digits")
    says = f"{some_rows(rows, name, 'differs', 'differ')} from another id by spaces around it alone"
    mend = "Write an id the same way in every row."
    return Failure("type", name, says, mend, rows, None, None, examples_of(raw, name, rows), "spaces around an id")


def _range(plan: Plan, raw: Raw, name: str, rows: np.ndarray) -> Failure:
    limits = limits_of(plan.variables[name])
    says = f"{some_rows(rows, name, 'lies', 'lie')} outside of {limits}"
    keys = "`earliest` and `latest`" if plan.variables[name].type == "date" else "`min` and `max`"
    mend = f"Mend the cells or {keys} of the plan, name codes in `missing_codes`, {REJECT.format(check='range')}."
    return Failure(
        "range", name, says, mend, rows, None, None, examples_of(raw, name, rows), f"{name}: outside of {limits}"
    )


def limits_of(variable: Variable) -> str:
    """A variable's range in words."""
    if variable.type == "date":
        if variable.earliest is None or variable.latest is None:
            return f"the days {'to' if variable.earliest is None else 'from'} {variable.earliest or variable.latest}"
        return f"{variable.earliest} to {variable.latest}"
    if variable.min is None:
        return f"the range up to {variable.max:g}"
    if variable.max is None:
        return f"the range from {variable.min:g}"
    return f"{variable.min:g} to {variable.max:g}"


def _category(plan: Plan, raw: Raw, name: str, rows: np.ndarray) -> Failure:
    categories = plan.variables[name].categories
    says = f"{some_rows(rows, name, 'holds', 'hold')} none of its categories {listing(categories)}"
    step = max(1, len(rows) // SAMPLED)
    seen = words(raw, name, rows[::step][:SAMPLED])
    mend = category_mend(categories, seen, raw.n_rows // step, plan.checks["categories"])
    return Failure(
        "categories", name, says, mend, rows, None, None, examples_of(raw, name, rows), f"{name}: not a category"
    )


def _missing(plan: Plan, raw: Raw, name: str, rows: np.ndarray) -> Failure:
    says = f"{some_rows(rows, name, 'is', 'are')} empty, and the plan says `missing: error`"
    mend = "Fill the cells, or leave incomplete rows out with `data: {missing: complete_case}`."
    examples = tuple(raw.place(row) for row in rows[:SHOWN])
    return Failure("missing", name, says, mend, rows, None, None, examples, f"{name}: empty")


def _pattern(plan: Plan, raw: Raw, name: str, rows: np.ndarray) -> Failure:
    says = f"{some_rows(rows, name, 'does', 'do')} not fit `{plan.variables[name].pattern}`"
    mend = f"Mend the cells, or `pattern` in the plan, {REJECT.format(check='pattern')}."
    short = f"{name}: does not fit its pattern"
    return Failure("pattern", name, says, mend, rows, None, None, examples_of(raw, name, rows), short)


CELL_CHECKS = {"range": _range, "categories": _category, "pattern": _pattern, "missing": _missing}

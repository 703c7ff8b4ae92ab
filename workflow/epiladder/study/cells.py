"""Checks of single cells: types, ranges, categories, empty cells. A failure shows which words of the file are wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from epiladder.study import schema
from epiladder.study.convert import Column
from epiladder.study.findings import SHOWN, Failure, counted
from epiladder.study.ingest import Raw
from epiladder.study.names import listing, nearest
from epiladder.study.plan import Plan, Variable
from epiladder.study.scalars import shown

KINDS = {
    "number": "no number",
    "integer": "no whole number",
    "boolean": "neither true nor false",
    "date": "no date such as 2024-02-29",
}
ABSENT = ("na", "n/a", "nan", "none", "null", "nil", ".", "-", "--", "?", "missing", "unknown", "#n/a", "#null!")
OTHER_DATE = re.compile(r"[0-9]{1,4}[./ -][0-9A-Za-z]{1,9}[./ -][0-9]{1,4}")
REJECT = "or leave such rows out with `checks: {{{check}: reject}}`"


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
    if is_id and column.codes is not None:
        says = f"{some_rows(rows, name, 'differs', 'differ')} from another id by spaces around it alone"
        mend = "Write an id the same way in every row."
        return Failure("type", name, says, mend, rows, None, None, examples_of(raw, name, rows), "spaces around an id")
    assert variable is not None
    what = f"no date such as {variable.format}" if variable.format else KINDS[variable.type]
    says = f"{some_rows(rows, name, 'holds', 'hold')} {what}"
    seen = words(raw, name, rows[:: max(1, len(rows) // 200)][:200])
    mend = _type_mend(name, variable, seen)
    return Failure("type", name, says, mend, rows, None, None, examples_of(raw, name, rows), f"{name}: {what}")


def _type_mend(name: str, variable: Variable, seen: Sequence[str]) -> str:
    absent = list(dict.fromkeys(word.strip() for word in seen if word.strip().lower() in ABSENT))
    said = []
    if absent:
        codes = ", ".join(f'"{word}"' if word in (".", "-", "--", "?") or "#" in word else word for word in absent)
        said.append(f"If {listing(absent)} means missing, write `missing_codes: [{codes}]` under `variables: {name}`.")
    if variable.type in ("number", "integer") and any("," in word for word in seen):
        said.append(
            "Write numbers with a decimal point and without thousands marks: 1234.5, not 1,234.5 or 1234,5; where "
            'commas are decimal marks, write `data: {decimal: ","}`.'
        )
    if variable.type == "integer" and any("." in word or "e" in word.lower() for word in seen if word not in absent):
        said.append("For numbers with decimals write `type: number`.")
    if variable.type == "date" and not variable.format and any(OTHER_DATE.fullmatch(word.strip()) for word in seen):
        said.append("For dates written otherwise say how, `format: DD/MM/YYYY`, `MM/DD/YYYY` or the like.")
    if variable.type == "boolean" and set(seen) - set(absent):
        said.append("For other words write `type: category` with `categories: [no, yes]`.")
    said.append(f"Mend the cells, {REJECT.format(check='type')}.")
    return " ".join(said)


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
    seen = list(dict.fromkeys(words(raw, name, rows[:: max(1, len(rows) // 200)][:200])))
    near = next(((word, found) for word in seen if (found := _meant(word, categories))), None)
    hint = f"Is {shown(near[0])} meant to be '{near[1]}'? " if near and plan.checks["categories"] == "stop" else ""
    mend = (
        f"{hint}Mend the cells, add the category to the plan, name it in `missing_codes`, "
        f"{REJECT.format(check='categories')}."
    )
    return Failure(
        "categories", name, says, mend, rows, None, None, examples_of(raw, name, rows), f"{name}: not a category"
    )


def _meant(word: str, categories: Sequence[str]) -> str | None:
    """The category that a word is like; a short code is like another only but for case and spaces."""
    found = nearest(word, categories)
    same = found is not None and found.casefold() == word.strip().casefold()
    return found if same or len(word.strip()) > 3 else None


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

"""The pandera schema of a plan: ranges, categories and empty cells, all failures at once.

Types are checked where text becomes values (convert.py), since a cell that is no number has no place in a column of
numbers; what pandera sees is the converted table, in which such cells are empty.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.study.convert import Column
from epiladder.study.plan import Plan, Variable

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pandera


def schema(plan: Plan, not_empty: tuple[str, ...] = ()) -> pandera.DataFrameSchema:
    """The schema of a plan's variables: numbers in their range, categories among those named, no other demand.

    not_empty: columns in which an empty cell is a fault (the plan says `missing: error`).
    """
    pandera = _pandera()
    names = dict.fromkeys([*plan.variables, *not_empty])
    columns = {
        name: pandera.Column(
            checks=_checks(plan.variables[name]) if name in plan.variables else [], nullable=True, required=False
        )
        for name in names
    }
    for name in not_empty:
        filled = pandera.Check(lambda values: values.notna(), ignore_na=False, name="missing")
        columns[name] = pandera.Column(checks=[*columns[name].checks, filled], nullable=True, required=False)
    return pandera.DataFrameSchema(columns, name=plan.id)


def _pandera() -> Any:
    logging.getLogger("pandera").setLevel(logging.ERROR)
    import pandera.pandas as pandera

    return pandera


def _checks(variable: Variable) -> list[Any]:
    pandera = _pandera()
    made = []
    if variable.pattern is not None:
        made.append(
            pandera.Check(lambda values: fitting(values, str(variable.pattern)), ignore_na=False, name="pattern")
        )
    if variable.type == "category":
        made.append(
            pandera.Check(lambda values: among(values, variable.categories), ignore_na=False, name="categories")
        )
    if variable.type == "date" and (variable.earliest is not None or variable.latest is not None):
        made.append(pandera.Check(lambda values: between(values, variable), ignore_na=False, name="range"))
    if made or (variable.min is None and variable.max is None):
        return made
    low = -np.inf if variable.min is None else variable.min
    high = np.inf if variable.max is None else variable.max
    return [pandera.Check(lambda values: values.between(low, high) | values.isna(), ignore_na=False, name="range")]


def among(values: pd.Series, categories: tuple[str, ...]) -> pd.Series:
    """Which cells of a categorical column hold one of the categories or nothing; each word is looked up once."""
    return _by_word(values, values.cat.categories.isin(list(categories)))


def fitting(values: pd.Series, pattern: str) -> pd.Series:
    """Which cells of a categorical column fit a pattern as a whole, or are empty."""
    fits = re.compile(pattern).fullmatch
    return _by_word(values, np.array([fits(str(word)) is not None for word in values.cat.categories], dtype=bool))


def between(values: pd.Series, variable: Variable) -> pd.Series:
    """Which days lie between the plan's, or are empty."""
    import pandas as pd

    right = pd.Series(True, index=values.index)
    if variable.earliest is not None:
        right &= ~(values < np.datetime64(variable.earliest))
    if variable.latest is not None:
        right &= ~(values > np.datetime64(variable.latest))
    return right


def _by_word(values: pd.Series, right: np.ndarray) -> pd.Series:
    """What holds of each word, as what holds of each cell; an empty one is right."""
    import pandas as pd

    return pd.Series(np.append(right, True)[values.cat.codes.to_numpy()], index=values.index)


def table(columns: Mapping[str, Column]) -> pd.DataFrame:
    """Converted columns as pandera sees them: numbers as float64, dates as days, words as categoricals."""
    import pandas as pd

    made: dict[str, Any] = {}
    for name, column in columns.items():
        made[name] = column.numbers
        if column.dates is not None:
            made[name] = np.append(column.dates, np.datetime64("NaT"))[column.codes].astype("datetime64[s]")
        elif column.codes is not None:
            made[name] = pd.Categorical.from_codes(column.codes, categories=column.labels)
    return pd.DataFrame(made)


def failures(
    plan: Plan, columns: Mapping[str, Column], not_empty: tuple[str, ...]
) -> dict[tuple[str, str], np.ndarray]:
    """Rows (0-based, in order) that fail, by check (`range`, `categories`, `missing`) and column."""
    pandera = _pandera()
    asked = schema(plan, not_empty)
    checked = {name: column for name, column in columns.items() if name in asked.columns and asked.columns[name].checks}
    try:
        asked.validate(table(checked), lazy=True)
    except pandera.errors.SchemaErrors as error:
        return {
            (str(one.check.name), str(one.schema.name)): np.sort(np.flatnonzero(~one.check_output.to_numpy(dtype=bool)))
            for one in error.schema_errors
        }
    return {}

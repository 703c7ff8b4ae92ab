"""The rows used as a frame and as rows.parquet: clusters by their level's name, variables raw and uncentred.

Rows are sorted by cluster, outermost first, and within a cluster by what they hold, so that the order of rows in the
file changes nothing but `.row`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from epiladder.files import read_parquet
from epiladder.study.convert import Column
from epiladder.study.hierarchy import Clusters, as_words
from epiladder.study.ingest import Raw
from epiladder.study.plan import Plan
from epiladder.study.terms import columns_needed

if TYPE_CHECKING:
    import pyarrow as pa

ROW, UNIT = ".row", ".unit"


def rows_used(
    plan: Plan, raw: Raw, columns: Mapping[str, Column], clusters: Sequence[Clusters], used: np.ndarray
) -> pd.DataFrame:
    """The frame of the rows used: `.row`, a categorical for each level, `.unit`, then the columns that rungs read."""
    at = np.flatnonzero(used)
    at = at[_order(plan, at, columns, clusters)]
    made: dict[str, Any] = {ROW: raw.numbers[at].astype(np.int64)}
    for one in clusters:
        made[one.level] = _by_appearance(one.codes[at], one.labels)
    if plan.unit.id is not None:
        codes, labels = as_words(columns[plan.unit.id])
        made[UNIT] = _texts(codes[at], labels)
    for name in columns_needed(plan):
        made[name] = _values(plan, name, columns[name], at)
    return pd.DataFrame(made)


def _by_appearance(codes: np.ndarray, labels: np.ndarray) -> pd.Categorical:
    """A categorical whose categories stand in the order in which sorted rows name them."""
    new = np.ones(len(codes), dtype=bool)
    new[1:] = codes[1:] != codes[:-1]
    return pd.Categorical.from_codes(np.cumsum(new) - 1, categories=pd.Index(labels[codes[new]], dtype=object))


def _texts(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.append(labels, np.array([None], dtype=object))[codes]


def _values(plan: Plan, name: str, column: Column, at: np.ndarray) -> Any:
    if column.numbers is not None:
        return column.numbers[at]
    assert column.codes is not None and column.labels is not None
    variable = plan.variables[name]
    if variable.type != "category":
        return _texts(column.codes[at], column.labels)
    position = {category: i for i, category in enumerate(variable.categories)}
    new = np.array([position.get(label, -1) for label in column.labels] + [-1])
    categories = pd.Index(list(variable.categories), dtype=object)
    return pd.Categorical.from_codes(new[column.codes[at]], categories=categories)


def _order(plan: Plan, at: np.ndarray, columns: Mapping[str, Column], clusters: Sequence[Clusters]) -> np.ndarray:
    """The order of the rows `at`: by cluster, then by unit, then column by column until nothing is tied."""
    order = np.lexsort([one.order[one.codes[at]] for one in reversed(clusters)])
    group = _groups([one.codes[at][order] for one in clusters])
    for key in _content(plan, at, columns):
        ties = np.flatnonzero(_tied(group))
        if not len(ties):
            break
        rows = order[ties]
        order[ties] = rows[np.lexsort([key[rows], group[ties]])]
        group = _groups([group, key[order]])
    return order


def _content(plan: Plan, at: np.ndarray, columns: Mapping[str, Column]):
    """Sort keys of rows within a cluster: the unit's id, variables of the units, the outcome, then all the rest."""
    needed = columns_needed(plan)
    inner = [name for name in needed[1:] if plan.variables[name].level == plan.unit.name]
    if plan.unit.id is not None:
        codes, labels = as_words(columns[plan.unit.id])
        yield np.append(_text_ranks(labels), -1)[codes[at]]
    for name in dict.fromkeys([*inner, *needed]):
        column = columns[name]
        if column.numbers is not None:
            yield np.where(np.isnan(column.numbers[at]), np.inf, column.numbers[at])  # a gap is equal to a gap
        else:
            codes, labels = as_words(column)
            yield np.append(_text_ranks(labels), -1)[codes[at]]


def _text_ranks(labels: np.ndarray) -> np.ndarray:
    ranks = np.empty(len(labels), dtype=np.int64)
    ranks[np.argsort(labels.astype(str), kind="stable")] = np.arange(len(labels))
    return ranks


def _groups(keys: Sequence[np.ndarray]) -> np.ndarray:
    """Numbers of the runs of equal keys, of sorted rows."""
    new = np.zeros(len(keys[0]), dtype=bool)
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return np.cumsum(new)


def _tied(group: np.ndarray) -> np.ndarray:
    same = np.zeros(len(group), dtype=bool)
    same[1:] = group[1:] == group[:-1]
    same[:-1] |= same[1:].copy()
    return same


def as_table(plan: Plan, rows: pd.DataFrame) -> pa.Table:
    """rows.parquet as a pyarrow table, the types of its columns fixed whatever the rows hold."""
    import pyarrow as pa

    arrays: dict[str, pa.Array] = {}
    for name in rows.columns:
        column = rows[name]
        if name == ROW:
            arrays[name] = pa.array(column.to_numpy(), pa.int64())
        elif isinstance(column.dtype, pd.CategoricalDtype):
            numbers = column.cat.codes.to_numpy(dtype=np.int32)
            codes = pa.array(numbers, pa.int32(), mask=numbers < 0)
            labels = pa.array(column.cat.categories.tolist(), pa.string())
            arrays[name] = pa.DictionaryArray.from_arrays(codes, labels)
        elif column.dtype == float:
            arrays[name] = pa.array(column.to_numpy(), pa.float64(), from_pandas=True)  # a gap is null
        else:
            arrays[name] = pa.array([None if pd.isna(text) else text for text in column.tolist()], pa.string())
    return pa.table(arrays)


def read_rows(path: Path, plan: Plan) -> pd.DataFrame:
    """rows.parquet as the frame it was made from: categories in the plan's order, clusters in the rows' order."""
    stored = read_parquet(path)
    made: dict[str, Any] = {}
    for name in stored.column_names:
        column = stored.column(name)
        values = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        made[name] = _from_arrow(plan, name, values)
    return pd.DataFrame(made)


def _from_arrow(plan: Plan, name: str, values: Any) -> Any:
    import pyarrow as pa

    if not pa.types.is_dictionary(values.type):
        if pa.types.is_string(values.type):
            return np.array(values.to_pylist(), dtype=object)
        return values.to_numpy(zero_copy_only=False)
    codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    labels = np.array(values.dictionary.to_pylist(), dtype=object)
    variable = plan.variables.get(name)
    if variable is None or name in [level.name for level in plan.levels]:
        return _by_appearance(codes, labels)
    position = {category: i for i, category in enumerate(variable.categories)}
    new = np.array([position[label] for label in labels] + [-1])
    return pd.Categorical.from_codes(new[codes], categories=pd.Index(list(variable.categories), dtype=object))

"""Reading files of Stata, SPSS and SAS, with their value labels and their declared missing values.

A category's codes become labels where the plan writes its categories as labels; values that the file itself declares
missing (SPSS's user-missing ones, Stata's .a to .z) become empty cells, and how many of each there were is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.errors import DataError
from epiladder.study.memory import refuse_too_large
from epiladder.study.plan import Plan

if TYPE_CHECKING:
    import pyarrow as pa

READERS = {"dta": "read_dta", "sav": "read_sav", "sas7bdat": "read_sas7bdat", "xpt": "read_xport"}
BYTES_A_CELL = 64  # of a table on its way from such a file to typed columns


@dataclass(frozen=True)
class Labelled:
    """header: all names. table: the wanted columns, by position in `positions`. declared: column to label to count."""

    header: list[str]
    positions: list[int]
    table: pa.Table
    declared: dict[str, dict[str, int]]


def read_labelled(path: Path, kind: str, wanted: Sequence[str] | None, plan: Plan | None) -> Labelled:
    """Read the wanted columns, all if None. Raises DataError for a file that is not of its kind or has no rows."""
    import pyarrow as pa

    header, rows = _header(path, kind, plan)
    names = [name for name in dict.fromkeys(header) if wanted is None or name in wanted]
    if rows is not None:
        refuse_too_large(path, rows * max(1, len(names)) * BYTES_A_CELL)
    columns, meta = _read(path, kind, plan, usecols=names, output_format="dict", **_keeping(kind))
    positions = [header.index(name) for name in names]
    declared: dict[str, dict[str, int]] = {}
    made = []
    for name in names:
        values = np.asarray(columns[name], dtype=object) if isinstance(columns[name], list) else columns[name]
        missing = _declared(name, values, meta)
        letters = set(meta.missing_user_values.get(name, ()))
        counts = _counted(values[missing], letters, dict(meta.variable_value_labels.get(name, {})))
        if counts:
            declared[name] = counts
        made.append(_column(name, values, missing, meta, plan))
    if not len(made[0]) if made else rows == 0:
        raise DataError(f"{path}: has columns but no rows.")
    table = pa.table(made, names=[str(position) for position in positions])
    return Labelled(header, positions, table, declared)


def _keeping(kind: str) -> dict[str, bool]:
    return {"user_missing": True} if kind in ("dta", "sav", "sas7bdat") else {}


def _header(path: Path, kind: str, plan: Plan | None) -> tuple[list[str], int | None]:
    _, meta = _read(path, kind, plan, metadataonly=True)
    return list(meta.column_names), meta.number_rows


def _read(path: Path, kind: str, plan: Plan | None, **choices: Any) -> Any:
    import pyreadstat

    if plan is not None and plan.data.encoding:
        choices["encoding"] = plan.data.encoding
    try:
        return getattr(pyreadstat, READERS[kind])(str(path), **choices)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path}: cannot be read as a .{kind} file ({reason}).") from None


def _declared(name: str, values: np.ndarray, meta: Any) -> np.ndarray:
    """Cells that the file declares missing: Stata's and SAS's letters among numbers, SPSS's ranges."""
    flagged = np.zeros(len(values), dtype=bool)
    letters = set(meta.missing_user_values.get(name, ()))
    if letters:
        flagged |= np.array([isinstance(value, str) and value in letters for value in values], dtype=bool)
    for part in meta.missing_ranges.get(name, ()):
        low, high = part["lo"], part["hi"]
        if isinstance(low, str):
            flagged |= np.array([value in (low, high) for value in values], dtype=bool)
        else:
            numbers = values.astype(float)
            flagged |= (numbers >= low) & (numbers <= high)
    return flagged


def _counted(values: np.ndarray, letters: set[str], labels: dict[Any, str]) -> dict[str, int]:
    """How often each value stands; Stata's and SAS's letters with the point before them that their users write."""
    counts: dict[str, int] = {}
    for value in values:
        shown = f".{value}" if value in letters else _plain(value)
        label = f"{shown} ({labels[value]})" if value in labels else shown
        counts[label] = counts.get(label, 0) + 1
    return dict(sorted(counts.items()))


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _column(name: str, values: np.ndarray, missing: np.ndarray, meta: Any, plan: Plan | None) -> pa.Array:
    """One column as Arrow: labels where the plan writes labels, dates as dates, numbers and text as they are."""
    import pandas as pd
    import pyarrow as pa

    empty = missing | pd.isna(values)
    labels = {code: str(label) for code, label in meta.variable_value_labels.get(name, {}).items()}
    if labels and _plan_writes_labels(name, labels, plan):
        words = [None if none else labels.get(value, _plain(value)) for value, none in zip(values, empty, strict=True)]
        return pa.array(words, pa.string())
    if values.dtype.kind == "M":
        return pa.array(values.astype("datetime64[us]"), mask=empty).cast(pa.timestamp("us"))
    if values.dtype != object:
        return pa.array(values, mask=empty)
    present = [None if none else value for value, none in zip(values, empty, strict=True)]
    try:
        return pa.array(present)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else _plain(value) for value in present], pa.string())


def _plan_writes_labels(name: str, labels: dict[Any, str], plan: Plan | None) -> bool:
    """Whether the plan knows a category by labels: more of its words are labels than codes. Without a plan, always."""
    if plan is None:
        return True
    variable = plan.variables.get(name)
    if variable is None or variable.type not in ("category", "text"):
        return False
    known = {*variable.categories, *([plan.outcome.event] if plan.outcome.variable == name else [])}
    codes = {_plain(code) for code in labels}
    return len(known & set(labels.values())) > len(known & codes)

"""The only door from a plan's files to its rows: read, convert, check, account for every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from epiladder.errors import DataError
from epiladder.study.accounting import Verdicts, accounting, cells_imputed, nothing, sizes, verdicts
from epiladder.study.blind import outcome_columns
from epiladder.study.cells import check_cells
from epiladder.study.conditions import check_conditions
from epiladder.study.constancy import check_constant
from epiladder.study.convert import Column, convert, convert_id
from epiladder.study.duplicates import check_rows, check_units
from epiladder.study.findings import Failure, Finding, finding, in_order
from epiladder.study.gaps import imputes, may_have_gaps, not_imputed
from epiladder.study.hierarchy import Clusters, hierarchy
from epiladder.study.ids import check_ids
from epiladder.study.ingest import DuplicateColumnsError, MissingColumnsError, Raw, columns_named, read_raw
from epiladder.study.lot import permuted
from epiladder.study.mends import column_mend
from epiladder.study.missingness import check_missingness, missingness
from epiladder.study.nesting import check_nesting, check_orphans
from epiladder.study.outcome_cells import check_outcome
from epiladder.study.plan import Plan
from epiladder.study.reading import check_reading
from epiladder.study.subset import NoRowsError, chosen
from epiladder.study.table import as_table, read_rows, rows_used
from epiladder.study.terms import columns_needed
from epiladder.study.whole import check_whole

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Finding", "NestedData", "data_table", "read_rows", "validate"]


@dataclass(frozen=True)
class NestedData:
    """Valid, complete rows in their hierarchy, and what became of the others.

    rows: sorted by cluster, one categorical a level under the level's name. accounting: accounting.json. findings:
    every failed check. missingness: missingness.json. rejected: each rejected row with its number, first failing
    check, and its cells as read.
    """

    plan: Plan
    rows: pd.DataFrame
    accounting: dict[str, Any]
    findings: tuple[Finding, ...]
    missingness: dict[str, Any]
    rejected: pd.DataFrame


def validate(plan: Plan, folder: Path, kept: Path | None = None) -> NestedData:
    """Read the plan's data from `folder` and check them. kept: where copies of what lies at addresses are.

    Faults of the data are findings, never exceptions.
    """
    try:
        raw, outside = chosen(plan, read_raw(plan, Path(folder), kept))
    except DataError as error:
        return _unread(plan, error)
    columns, own = _converted(plan, raw)
    failures, columns, clusters = _row_failures(plan, raw, columns, own)
    if plan.blind.on:
        columns = permuted(plan, columns)
    needed = {name: columns[name] for name in _needed(plan)}
    made = verdicts(plan, raw.n_rows, failures, needed)
    account = accounting(made, needed, clusters)
    if plan.data.only:
        account["rows_outside"] = outside
    if imputes(plan):
        imputed = {name: columns[name] for name in may_have_gaps(plan)}
        account["cells_imputed"] = cells_imputed(plan, made, imputed, clusters)
    rows = rows_used(plan, raw, columns, clusters, made.used)
    hidden = outcome_columns(plan) if plan.blind.on else ()
    failed = [*check_reading(plan, raw), *failures]
    failed = [replace(failure, examples=()) if failure.column in hidden else failure for failure in failed]
    findings = [finding(plan, failure, raw) for failure in failed]
    read = {name: columns[name] for name in (*(level.id for level in plan.levels), *columns_needed(plan))}
    findings += [finding(plan, failure) for failure in check_ids(plan, columns, clusters)]
    whole = _whole_failures(plan, raw, columns, clusters, made, account, rows)
    whole += check_missingness(plan, made, read, clusters)
    findings += [finding(plan, failure) for failure in whole]
    gaps = missingness(plan, made, read, clusters)
    return NestedData(plan, rows, account, tuple(findings), gaps, _rejected(plan, raw, made))


def data_table(nested: NestedData) -> pa.Table:
    """rows.parquet as a pyarrow table."""
    return as_table(nested.plan, nested.rows)


def _needed(plan: Plan) -> tuple[str, ...]:
    """Columns that a row must have: ids of every level, and whatever any rung reads and is not imputed."""
    if imputes(plan):
        return not_imputed(plan)
    return tuple(dict.fromkeys([*(level.id for level in plan.levels), *columns_needed(plan)]))


def _converted(plan: Plan, raw: Raw) -> tuple[dict[str, Column], dict[str, Column]]:
    """Every column, identifiers as such; and what the identifiers that are variables too hold by their type."""
    made, own = {}, {}
    ids = {level.id for level in plan.levels} | {plan.unit.id}
    for name in columns_named(plan):
        variable = plan.variables.get(name)
        if name in ids:
            made[name] = convert_id(raw.column(name), variable.missing_codes if variable else ())
        if variable is not None:
            column = convert(variable, raw.column(name), raw.commas)
            if name in ids:
                bad = made[name].bad | column.bad
                made[name], own[name] = replace(made[name], bad=bad), replace(column, bad=bad)
            else:
                made[name] = column
    return made, own


def _row_failures(
    plan: Plan, raw: Raw, columns: Mapping[str, Column], own: Mapping[str, Column]
) -> tuple[list[Failure], dict[str, Column], tuple[Clusters, ...]]:
    """Failures by rows in the order of their checks, the columns without the cells that failed, and their clusters."""
    not_empty = _needed(plan) if plan.data.missing == "error" else ()
    failures = check_cells(plan, raw, {**columns, **own}, not_empty)
    masked, typed = dict(columns), dict(own)
    for failure in failures:
        if failure.check in ("range", "categories", "pattern") and plan.checks[failure.check] in ("stop", "reject"):
            name = str(failure.column)
            masked[name] = _without(masked[name], failure.rows)
            typed |= {name: _without(typed[name], failure.rows)} if name in typed else {}
    for failure in check_outcome(plan, raw, masked):
        failures.append(failure)
        masked[str(failure.column)] = _without(masked[str(failure.column)], failure.rows)
    clusters = hierarchy(plan, masked)
    failures += [*check_conditions(plan, raw, {**masked, **typed}, clusters), *check_nesting(plan, clusters)]
    failures += [*check_units(plan, clusters, masked), *check_rows(plan, raw, masked, clusters)]
    failures += check_orphans(plan, raw, clusters, {level.name: masked[level.id].present for level in plan.levels})
    failures += check_constant(plan, clusters, masked)
    return in_order([failure for failure in failures if plan.checks[failure.check] != "ignore"]), masked, clusters


def _without(column: Column, rows: np.ndarray) -> Column:
    """The column with the cells of some rows marked as bad."""
    bad = column.bad.copy()
    bad[rows] = True
    if column.numbers is not None:
        return replace(column, bad=bad, numbers=np.where(bad, np.nan, column.numbers))
    assert column.codes is not None
    return replace(column, bad=bad, codes=np.where(bad, -1, column.codes).astype(np.int32))


def _whole_failures(
    plan: Plan,
    raw: Raw,
    columns: Mapping[str, Column],
    clusters: Sequence[Clusters],
    made: Verdicts,
    account: dict[str, Any],
    rows: pd.DataFrame,
) -> list[Failure]:
    """Failures of the table as a whole. Rows that only stop the run are judged with the others as far as they can be,
    so that what goes when they are mended is not told, and what stays is.
    """
    stopping = [i for i, failure in enumerate(made.failures) if plan.checks[failure.check] == "stop"]
    if not stopping:
        return check_whole(plan, rows, account)
    judged = made.used | (np.isin(made.first, stopping) & made.complete)
    for failure in made.failures:
        if failure.check == "nesting" or plan.checks[failure.check] == "reject":
            judged[failure.rows] = False
    if not judged.any():
        return []
    levels = [sizes(one.level, one.codes[judged]) for one in clusters]
    rows = rows_used(plan, raw, columns, clusters, judged)
    return check_whole(plan, rows, {**account, "rows_used": int(judged.sum()), "levels": levels})


def _rejected(plan: Plan, raw: Raw, made: Verdicts) -> pd.DataFrame:
    """rejected.csv: the row's number (in its file), its first failing check, what it says, the cells as read.

    A blinded run keeps the outcome's cells, and what is said of them, to itself.
    """
    at = np.flatnonzero(made.first >= 0)
    failures = [made.failures[i] for i in made.first[at]]
    files, numbers = raw.places(at)
    frame = {
        **({"file": files} if len(raw.files) > 1 else {}),
        "row": numbers,
        "check": [failure.check for failure in failures],
        "message": [failure.short for failure in failures],
    }
    hidden = outcome_columns(plan) if plan.blind.on else ()
    if hidden:
        frame["message"] = ["" if failure.column in hidden else failure.short for failure in failures]
    cells = {name: _as_read(raw, name, at) for name in raw.pieces[0].column_names if name not in hidden}
    return pd.DataFrame({**frame, **{name if name not in frame else f"{name} (data)": c for name, c in cells.items()}})


def _as_read(raw: Raw, name: str, at: np.ndarray) -> list[Any]:
    """The cells of some rows (in order) as the files write them."""
    import pyarrow as pa

    found, first = [], 0
    for piece in raw.column(name):
        here = at[(at >= first) & (at < first + len(piece))] - first
        found += piece.take(pa.array(here, pa.int64())).cast(pa.string()).to_pylist()
        first += len(piece)
    return found


def _unread(plan: Plan, error: DataError) -> NestedData:
    """What stands when there is no table to check: a finding for each reason, and no rows."""
    if isinstance(error, MissingColumnsError):
        ids = [level.id for level in plan.levels]
        failures = [
            Failure("missing_column", column, said.rstrip("."), column_mend(column, ids))
            for column, said in error.absent
        ]
    else:
        kinds = ((DuplicateColumnsError, "duplicate_column"), (NoRowsError, "too_few_rows"), (DataError, "unreadable"))
        check = next(check for kind, check in kinds if isinstance(error, kind))
        failures = [Failure(check, None, str(error).rstrip("."), "")]
    rejected = pd.DataFrame({"row": [], "check": [], "message": []})
    findings = tuple(finding(plan, failure) for failure in failures)
    gaps = {"rows": 0, "complete": 0, "variables": [], "compared": []}
    return NestedData(plan, _no_rows(plan), nothing(plan), findings, gaps, rejected)


def _no_rows(plan: Plan) -> pd.DataFrame:
    words = pd.Categorical([], categories=pd.Index([], dtype=object))
    made: dict[str, Any] = {".row": np.empty(0, dtype=np.int64), **{level.name: words for level in plan.levels}}
    if plan.unit.id is not None:
        made[".unit"] = np.empty(0, dtype=object)
    for name in columns_needed(plan):
        categories = pd.Index(list(plan.variables[name].categories), dtype=object)
        is_word = plan.variables[name].type == "category"
        made[name] = pd.Categorical([], categories=categories) if is_word else np.empty(0)
    return pd.DataFrame(made)

"""The design on disk: design.json, columns.parquet and crossproducts.parquet, readable without us.

crossproducts.parquet has one row an innermost cluster: its labels from the outermost level (`.hospital`), its rows in
the table (`..rows`), then one column for each pair of standardised columns (`a|b`); design.json holds the basis in
which they are standardised.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.columns import to_numpy
from epiladder.design.build import Design
from epiladder.design.crossproducts import Basis, Crossproducts
from epiladder.design.outcome import OutcomeValues
from epiladder.design.spec import INTERCEPT
from epiladder.files import read_json, read_parquet, write_json, write_parquet

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from epiladder.study.config import Plan

PERCENTILES = (5, 25, 50, 75, 95)
TABLE_ROWS = "..rows"


def write_design(folder: Path, plan: Plan, rows: pd.DataFrame, design: Design, rungs: Sequence[dict]) -> None:
    """Write a study's design; `rungs`: each spec's JSON with its sentence."""
    write_parquet(folder / "columns.parquet", _columns_table(rows, design))
    write_parquet(folder / "crossproducts.parquet", _crossproducts_table(design.crossproducts))
    write_json(folder / "design.json", _description(plan, design, rungs))


def _columns_table(rows: pd.DataFrame, design: Design) -> pa.Table:
    import pyarrow as pa

    labels = {level: pa.array(rows[level].astype(str)).dictionary_encode() for level in design.levels}
    columns = {**design.columns, **design.outcome.extra()}
    values = {name: pa.array(column) for name, column in columns.items() if name != INTERCEPT}
    arrays = [*labels.values(), *values.values()]
    return pa.Table.from_arrays(arrays, names=[*(f".{level}" for level in labels), *values])


def _crossproducts_table(cross: Crossproducts) -> pa.Table:
    import pyarrow as pa

    labels = [pa.array([str(label) for label in values]) for values in cross.labels]
    names = [f".{level}" for level in cross.levels]
    columns = cross.basis.names
    pairs = [f"{columns[i]}|{columns[j]}" for i in range(len(columns)) for j in range(i + 1)]
    rows = pa.array(cross.table_rows.astype(np.int64))
    products = [pa.array(row) for row in cross.products]
    return pa.Table.from_arrays([*labels, rows, *products], names=[*names, TABLE_ROWS, *pairs])


def _description(plan: Plan, design: Design, rungs: Sequence[dict]) -> dict[str, Any]:
    basis = design.crossproducts.basis
    return {
        "study": plan.id,
        "n_rows": design.crossproducts.n_rows,
        "outcome": _outcome(plan, design.outcome),
        "columns": [_column(plan, name, column) for name, column in design.columns.items() if name != INTERCEPT],
        "levels": [_level(design.crossproducts, level) for level in design.levels],
        "rungs": list(rungs),
        "terms": {term: list(names) for term, names in design.of_term.items()},
        "basis": {"names": list(basis.names), "mean": basis.mean.tolist(), "scale": basis.scale.tolist()},
    }


def _outcome(plan: Plan, outcome: OutcomeValues) -> dict[str, Any]:
    variable = plan.variables[outcome.name]
    shares = outcome.y if outcome.trials is None else outcome.y / outcome.trials
    return {
        "variable": outcome.name,
        "unit": variable.unit,
        "mean": float(shares.mean()),
        "sd": float(shares.std(ddof=1)) if len(shares) > 1 else 0.0,
        "kind": outcome.kind,
        "event": plan.outcome.event,
        "trials": plan.outcome.trials,
        "exposure": plan.outcome.exposure,
        "mean_log_exposure": 0.0 if outcome.offset is None else float(outcome.offset.mean()),
    }


def _column(plan: Plan, name: str, values: np.ndarray) -> dict[str, Any]:
    root = name.partition("[")[0]
    stem = root if root in plan.variables else root.partition(".")[0]
    variable = plan.variables.get(stem) if ":" not in name else None
    percentiles = np.percentile(values, PERCENTILES)
    return {
        "name": name,
        "unit": variable.unit if variable is not None else None,
        "level": variable.level if variable is not None else None,
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if len(values) > 1 else 0.0,
        "binary": bool(np.isin(values, (0.0, 1.0)).all()),
        **{f"p{at:02d}": float(value) for at, value in zip(PERCENTILES, percentiles, strict=True)},
    }


def _level(cross: Crossproducts, level: str) -> dict[str, Any]:
    sizes = cross.cluster_sizes(level)
    q1, median, q3 = np.percentile(sizes, (25, 50, 75))
    summary = {
        "smallest": sizes.min(),
        "q1": q1,
        "median": median,
        "q3": q3,
        "largest": sizes.max(),
        "mean": sizes.mean(),
    }
    return {"name": level, "n_clusters": len(sizes), "sizes": {key: float(value) for key, value in summary.items()}}


def read_crossproducts(folder: Path) -> Crossproducts:
    """Cross-products read back from a design folder."""
    stored = read_json(folder / "design.json")["basis"]
    basis = Basis(tuple(stored["names"]), np.array(stored["mean"]), np.array(stored["scale"]))
    table = read_parquet(folder / "crossproducts.parquet")
    n_levels = table.column_names.index(TABLE_ROWS)
    labels = tuple(np.array(table.column(i).to_pylist(), dtype=object) for i in range(n_levels))
    products = np.empty((table.num_columns - n_levels - 1, table.num_rows))
    for row in range(len(products)):
        products[row] = to_numpy(table.column(n_levels + 1 + row))
    levels = tuple(name.removeprefix(".") for name in table.column_names[:n_levels])
    return Crossproducts(basis, products, levels, labels, to_numpy(table.column(TABLE_ROWS)))

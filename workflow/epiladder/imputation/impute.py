"""The only door to imputation: rows with gaps in, completed rows and what the chain did out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from epiladder.errors import DataError
from epiladder.imputation.chain import run
from epiladder.imputation.nest import Nest
from epiladder.imputation.variable import Variable, variables_of

if TYPE_CHECKING:
    import pandas as pd

    from epiladder.study.plan import Plan


def generator(plan: Plan, which: int) -> np.random.Generator:
    """The random numbers of one data set, numbered from 1; they hang on seed, study and number alone."""
    words = [plan.inference.seed, crc32(plan.id.encode()), crc32(b"imputation")]
    return np.random.default_rng(np.random.SeedSequence(words, spawn_key=(which,)))


def impute(plan: Plan, rows: pd.DataFrame, which: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """One completed data set, with traces of its chain as plain values.

    rows: as read from rows.parquet, sorted by cluster. Numbers keep to the plan's limits; whole numbers are not
    rounded, which would bias them (Horton, Lipsitz and Parzen 2003). Raises DataError for a variable without values.
    """
    import pandas as pd

    assert plan.data.imputation is not None
    nest = Nest(tuple(rows[level.name].cat.codes.to_numpy().astype(np.int64) for level in plan.levels))
    variables = variables_of(plan, rows, nest)
    for one in variables:
        _refuse_empty(one)
    chain = run(plan, variables, nest, generator(plan, which), plan.data.imputation.iterations)
    made = rows.copy(deep=False)
    for one in variables:
        if one.name not in rows or not rows[one.name].isna().to_numpy().any():
            continue
        values = nest.spread(chain.completed[one.name], one.level, nest.units)
        column = rows[one.name]
        if hasattr(column, "cat"):
            made[one.name] = pd.Categorical.from_codes(values.astype(np.int32), dtype=column.dtype)
        else:
            made[one.name] = np.where(column.isna(), values, column)
    return made, {"number": which, "traces": chain.traces, "left_out": chain.left_out}


def _refuse_empty(one: Variable) -> None:
    if len(one.seen) < 2:
        raise DataError(
            f"`{one.name}` has {len(one.seen)} values in the rows used, too few to impute the others from. "
            "Leave it out of the plan, or mend its column."
        )

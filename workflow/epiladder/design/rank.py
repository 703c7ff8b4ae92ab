"""Rank: columns that are constant, or combinations of others, found and named before anything is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from epiladder.design.crossproducts import Crossproducts, pair
from epiladder.design.spec import INTERCEPT
from epiladder.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from epiladder.study.config import Plan

DEPENDENT = 1e-10  # share of a column's variation left by the columns before it, at which it adds nothing


def findings(plan: Plan, rows: pd.DataFrame) -> list[dict[str, object]]:
    """Faults of the ladder's largest design: dicts with check, column, message and mend; empty where there are none."""
    from epiladder.design.build import build_design

    try:
        design = build_design(plan, rows)
    except DataError as error:
        return [_finding("rank", None, str(error), "Mend the term in `ladder`.")]
    constant = constant_columns(design.crossproducts, design.fixed)
    dependent = dependent_columns(design.crossproducts, [name for name in design.fixed if name not in constant])
    still = [
        _finding("rank", column, f"{column} does not vary within any {level}, so its slope cannot vary between them.",
                 f"Leave the random slope of {column} over {level} out of the plan.")
        for level, column in constant_slopes(design.crossproducts, design.slopes)
    ]  # fmt: skip
    return [
        *(
            _finding("constant_column", name, f"{name} has the same value in every row used.",
                     "Leave it out of the ladder, or drop the category that no row has.")
            for name in constant
        ),
        *(
            _finding("rank", name, f"{name} adds nothing: it is determined by {_listing(others)}.",
                     f"Leave {name}, or one of the others, out of the ladder.")
            for name, others in dependent.items()
        ),
        *still,
    ]  # fmt: skip


def _finding(check: str, column: str | None, message: str, mend: str) -> dict[str, object]:
    return {"check": check, "column": column, "message": message, "mend": mend}


def _listing(names: list[str]) -> str:
    shown = ["the intercept" if name == INTERCEPT else name for name in names[:6]]
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(shown) + more


def constant_columns(cross: Crossproducts, names: list[str]) -> list[str]:
    """Columns without variation."""
    total = cross.total()
    index = {name: cross.basis.index(name) for name in names if name != INTERCEPT}
    return [name for name, i in index.items() if total[i, i] <= 1e-12 * cross.n_rows]


def dependent_columns(cross: Crossproducts, names: list[str]) -> dict[str, list[str]]:
    """Each column that those before it determine, with the columns that do (Cholesky in the plan's order)."""
    total = cross.total() / cross.n_rows
    kept: list[str] = []
    found: dict[str, list[str]] = {}
    for name in names:
        i = cross.basis.index(name)
        before = [cross.basis.index(other) for other in kept]
        gram, column = total[np.ix_(before, before)], total[before, i]
        weights = np.linalg.solve(gram, column) if before else np.empty(0)
        if total[i, i] - weights @ column <= DEPENDENT * total[i, i]:
            found[name] = [other for other, weight in zip(kept, weights, strict=True) if abs(weight) > 1e-6]
        else:
            kept.append(name)
    return found


def constant_slopes(cross: Crossproducts, slopes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """(level, column) of random slopes whose column is constant within every cluster of the level."""
    still = []
    for level, name in slopes:
        i, starts = cross.basis.index(name), cross.starts(level)
        square, first, count = (
            np.add.reduceat(cross.products[entry], starts) for entry in (pair(i, i), pair(i, 0), pair(0, 0))
        )
        if (square - first**2 / count).sum() <= 1e-10 * square.sum():
            still.append((level, name))
    return still

"""Whether the rows used can carry what the plan asks of them: cells of products, clusters for variables and slopes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from epiladder.study.findings import Failure, counted, plural
from epiladder.study.names import listing
from epiladder.study.plan import Plan
from epiladder.study.term import parse_term
from epiladder.study.terms import columns_needed, derived, known_names
from epiladder.study.width import random_effects, width

FEW_CLUSTERS = 10
PER_COLUMN = 5  # clusters for each column of fixed effects of their level, and for each of their random effects


def design_failures(plan: Plan, rows: pd.DataFrame, account: dict[str, Any]) -> Iterator[Failure]:
    """Failures of `few_clusters`, `clusters_per_variable` and `empty_cells`."""
    for level in account["levels"]:
        if level["clusters"] == 1:
            continue
        effects = random_effects(plan, level["name"])
        if level["clusters"] < max(FEW_CLUSTERS, PER_COLUMN * effects):
            yield _few(plan, level, effects)
        else:
            yield from _scarce(plan, level)
    yield from _empty(plan, rows)


def _few(plan: Plan, level: dict[str, Any], effects: int) -> Failure:
    name = level["name"]
    slopes = [slope.of for slope in plan.ladder.random_slopes if slope.over == name]
    also = f", and that of the slope of {', '.join(slopes)}," if slopes else ""
    asked = f" for {effects} random effects that may vary together" if level["clusters"] >= FEW_CLUSTERS else ""
    says = (
        f"The level `{name}` has only {level['clusters']} clusters{asked}: its variance{also} will be known poorly, "
        "and tests of its variables rest on few degrees of freedom"
    )
    mend = f"Read its variances with care; with so few {plural(name)}, fixed effects of them may serve better."
    if asked:
        mend = f"Take slopes over `{name}` out of `random_slopes`, or let them be independent (`correlated: false`)."
    return Failure("few_clusters", None, says, mend, level=name, clusters=level["clusters"])


def _scarce(plan: Plan, level: dict[str, Any]) -> Iterator[Failure]:
    name = level["name"]
    columns = _columns_at(plan, name)
    if not columns or level["clusters"] >= PER_COLUMN * columns:
        return
    says = (
        f"The level `{name}` has {level['clusters']} clusters for {counted(columns, 'column')} of fixed effects of its "
        f"own, fewer than {PER_COLUMN} for each"
    )
    mend = f"Leave variables of `{name}` out, or join categories; {level['clusters']} clusters cannot tell them apart."
    yield Failure("clusters_per_variable", None, says, mend, level=name, clusters=level["clusters"])


def _columns_at(plan: Plan, level: str) -> int:
    """Columns of fixed effects that vary between the clusters of a level alone."""
    own = [name for name in columns_needed(plan) if plan.variables[name].level == level]
    means = [column for column, (_, where) in derived(plan).items() if where == level]
    return sum(width(plan, name) for name in own) + len(means)


def _empty(plan: Plan, rows: pd.DataFrame) -> Iterator[Failure]:
    told: set[tuple[str, str]] = set()
    for pair in _products(plan):
        if pair in told:
            continue
        told.add(pair)
        first, second = (_codes(plan, rows, name) for name in pair)
        if first is None or second is None:
            continue
        (one, names), (other, others) = first, second
        counts = np.zeros((len(names), len(others)), dtype=np.int64)
        np.add.at(counts, (one, other), 1)
        holes = [
            f"`{pair[0]}` {names[i]} where `{pair[1]}` is {others[j]}"
            for i, j in np.argwhere(counts == 0)
            if counts[i].any() and counts[:, j].any()
        ]
        if holes:
            says = f"In the rows used no {plan.unit.name} has {'; none has '.join(holes[:3])}"
            mend = (
                f"The product of {listing(pair)} cannot be told there; join categories, or leave it out of the ladder."
            )
            yield Failure("empty_cells", None, says + (", ..." if len(holes) > 3 else ""), mend)


def _products(plan: Plan) -> Iterator[tuple[str, str]]:
    """Pairs of columns whose product the ladder asks for."""
    known = known_names(plan)
    entries = [list(entry) for entry in plan.ladder.cross_level]
    entries += [[text] for block in plan.ladder.covariates for text in block.terms]
    for entry in entries:
        names = [name for text in entry for name in parse_term(text, known).names]
        yield from combinations(dict.fromkeys(name for name in names if name in plan.variables), 2)


def _codes(plan: Plan, rows: pd.DataFrame, name: str) -> tuple[np.ndarray, list[str]] | None:
    """Codes and names of the values of a category or boolean; None of others, and where a cell is to be imputed."""
    variable = plan.variables[name]
    if variable.type == "category":
        codes, names = rows[name].cat.codes.to_numpy(), list(variable.categories)
    elif variable.type == "boolean":
        values = rows[name].to_numpy(dtype=float)
        codes, names = np.where(np.isnan(values), -1, values).astype(np.int64), ["false", "true"]
    else:
        return None
    return (codes, names) if (codes >= 0).all() else None

"""Checks of the rows used as a whole: are there rows, clusters and variation enough for a multilevel model?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from epiladder.study.findings import Failure, counted, plural
from epiladder.study.plan import Plan

FEW_CLUSTERS = 10


def check_whole(plan: Plan, rows: pd.DataFrame, account: dict[str, Any]) -> list[Failure]:
    """Failures of the table as a whole; `rows` are those used, `account` is their accounting."""
    if account["rows_used"] == 0:
        return _no_rows(account)
    failures = [*_levels(plan, account), *_outcome(plan, rows, account)]
    return [failure for failure in failures if plan.checks[failure.check] != "ignore"]


def _no_rows(account: dict[str, Any]) -> list[Failure]:
    rejected = account["rows_rejected"]
    reasons = [f"{item['rows']:,} by the check `{item['check']}` of `{item['column']}`" for item in rejected[:3]]
    by = f" ({', '.join(reasons)})" if reasons else ""
    most = sorted(account["rows_missing"], key=lambda item: -item["rows"])[:3]
    holes = "; empty most often: " + ", ".join(f"`{m['column']}` in {m['rows']:,}" for m in most) if most else ""
    says = (
        f"No row is left of {account['rows_read']:,}: {sum(item['rows'] for item in rejected):,} rejected{by}, "
        f"{account['rows_incomplete']:,} incomplete{holes}"
    )
    return [
        Failure("too_few_rows", None, says, "Mend the data, or take a variable that is mostly empty out of the plan.")
    ]


def _levels(plan: Plan, account: dict[str, Any]) -> Iterator[Failure]:
    levels = account["levels"]
    for level in levels:
        if level["clusters"] == 1:
            yield Failure(
                "one_cluster",
                None,
                f"The level `{level['name']}` has a single cluster in the rows used, so no variance between "
                f"{plural(level['name'])} can be estimated",
                "Leave the level out of `levels`, or add the data of other clusters.",
                level=level["name"],
                clusters=1,
            )
        elif level["clusters"] < FEW_CLUSTERS:
            yield _few(plan, level)
    yield from _same(plan, account)


def _few(plan: Plan, level: dict[str, Any]) -> Failure:
    name = level["name"]
    slopes = [slope.of for slope in plan.ladder.random_slopes if slope.over == name]
    also = f", and that of the slope of {', '.join(slopes)}," if slopes else ""
    says = (
        f"The level `{name}` has only {level['clusters']} clusters: its variance{also} will be known poorly, and tests "
        "of its variables rest on few degrees of freedom"
    )
    mend = f"Read its variances with care; with so few {plural(name)}, fixed effects of them may serve better."
    return Failure("few_clusters", None, says, mend, level=name, clusters=level["clusters"])


def _same(plan: Plan, account: dict[str, Any]) -> Iterator[Failure]:
    levels, n_rows = account["levels"], account["rows_used"]
    for outer, inner in pairwise(levels):
        if outer["clusters"] == inner["clusters"] > 1:
            yield Failure(
                "same_clusters",
                None,
                f"Every {outer['name']} has a single {inner['name']} in the rows used, so the two levels are one",
                f"Leave `{outer['name']}` or `{inner['name']}` out of `levels`.",
                level=inner["name"],
                clusters=inner["clusters"],
            )
    innermost = levels[-1]
    if innermost["clusters"] == n_rows > 1:
        yield Failure(
            "same_clusters",
            None,
            f"Every {innermost['name']} has a single {plan.unit.name} in the rows used, so the level cannot be told "
            "from the units",
            f"Leave `{innermost['name']}` out of `levels`, or check its column.",
            level=innermost["name"],
            clusters=innermost["clusters"],
        )


def _outcome(plan: Plan, rows: pd.DataFrame, account: dict[str, Any]) -> Iterator[Failure]:
    name = str(plan.outcome.variable)
    innermost = plan.levels[-1].name
    values, codes = rows[name].to_numpy(dtype=float), rows[innermost].cat.codes.to_numpy()
    counts = np.bincount(codes)
    if values.min() == values.max():
        says = f"The outcome `{name}` is {values[0]:g} in every row used: there is nothing to explain"
        yield Failure("constant_outcome", name, says, "Check the column, and which rows were left out.")
    elif counts.max() > 1 and _is_constant_within(values, codes):
        says = f"The outcome `{name}` does not vary within any {innermost}: it is a variable of that level"
        mend = f"Make {plural(innermost)} the units (a row each), and leave the level `{innermost}` out."
        yield Failure("constant_outcome", name, says, mend, level=innermost)
    single = int((counts == 1).sum())
    if single and 1 < account["levels"][-1]["clusters"] < account["rows_used"]:
        hold = "holds" if single == 1 else "hold"
        of = f"{account['levels'][-1]['clusters']:,}"
        says = f"{counted(single, innermost)} of {of} {hold} a single {plan.unit.name} in the rows used"
        mend = f"They add nothing to what is known of the variance within {plural(innermost)}; they stay in the model."
        yield Failure("singletons", None, says, mend, level=innermost, clusters=single)


def _is_constant_within(values: np.ndarray, codes: np.ndarray) -> bool:
    first = np.empty(codes.max() + 1)
    first[codes[::-1]] = values[::-1]
    return bool((values == first[codes]).all())

"""Checks of the rows used as a whole: are there rows, clusters and variation enough for a multilevel model?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pandas as pd

from epiladder.study.findings import Failure, plural
from epiladder.study.plan import Plan
from epiladder.study.roles import kind
from epiladder.study.whole_clusters import cluster_failures
from epiladder.study.whole_design import design_failures
from epiladder.study.whole_outcome import Units, outcome_failures
from epiladder.study.whole_products import product_failures


def check_whole(plan: Plan, rows: pd.DataFrame, account: dict[str, Any]) -> list[Failure]:
    """Failures of the table as a whole; `rows` are those used, `account` is their accounting."""
    if account["rows_used"] == 0:
        return _no_rows(account)
    units = Units.of(plan, rows)
    failures = [
        *_levels(plan, account, units),
        *design_failures(plan, rows, account),
        *product_failures(plan, account),
        *outcome_failures(plan, rows, units),
        *cluster_failures(plan, rows),
    ]
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


def _levels(plan: Plan, account: dict[str, Any], units: Units) -> Iterator[Failure]:
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
    yield from _same(plan, account, units)


def _same(plan: Plan, account: dict[str, Any], units: Units) -> Iterator[Failure]:
    """Levels that are one. A count and events of trials vary by themselves, so a row may be a cluster of them."""
    levels = account["levels"]
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
    if kind(plan) in ("number", "binary") and innermost["clusters"] == units.number > 1:
        yield Failure(
            "same_clusters",
            None,
            f"Every {innermost['name']} has a single {plan.unit.name} in the rows used, so the level cannot be told "
            "from the units",
            f"Leave `{innermost['name']}` out of `levels`, or check its column.",
            level=innermost["name"],
            clusters=innermost["clusters"],
        )

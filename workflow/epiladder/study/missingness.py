"""Missing cells over the rows that no check rejected: by variable, level and cluster, and what goes with them.

Also what leaving incomplete rows out does: each variable among complete rows beside incomplete ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from epiladder.study.accounting import Verdicts
from epiladder.study.convert import Column
from epiladder.study.findings import Failure, plural
from epiladder.study.hierarchy import Clusters
from epiladder.study.plan import Plan, Variable
from epiladder.study.roles import outcome_name
from epiladder.study.whole_clusters import LEAST, clear_correlation

Record = dict[str, Any]


def missingness(plan: Plan, made: Verdicts, columns: Mapping[str, Column], clusters: Sequence[Clusters]) -> Record:
    """missingness.json. columns: those that rungs read and the ids of levels.

    variables: for each variable with gaps its level, cells (clusters for a variable of a level), missing ones, and by
    level the clusters with gaps and without any value. compared: see `_compared`.
    """
    kept = made.first < 0
    complete = np.logical_and.reduce([kept, *(column.present for column in columns.values())])
    names = [name for name in columns if name in plan.variables]
    sizes = [(one, _counts(one, kept)) for one in clusters]
    return {
        "rows": int(kept.sum()),
        "complete": int(complete.sum()),
        "variables": [_variable(plan, name, columns[name], kept, sizes) for name in names],
        "compared": _compared(plan, {name: columns[name] for name in names}, kept, complete),
    }


def _variable(
    plan: Plan, name: str, column: Column, kept: np.ndarray, sizes: Sequence[tuple[Clusters, np.ndarray]]
) -> Record:
    """sizes: the clusters of each level, and how many of the rows that no check rejected lie in each."""
    variable = plan.variables[name]
    gaps = ~column.present & kept
    rows = int(gaps.sum())
    lacking = [_counts(one, gaps) if rows else np.zeros_like(total) for one, total in sizes]
    of, missing = int(kept.sum()), rows
    for (one, total), gone in zip(sizes, lacking, strict=True):
        if one.level == variable.level:
            of, missing = int((total > 0).sum()), int(((total > 0) & (gone == total)).sum())
    return {
        "name": name,
        "level": variable.level,
        "of": of,
        "missing": missing,
        "rows": rows,
        "clusters": [_by_cluster(one, total, gone) for (one, total), gone in zip(sizes, lacking, strict=True)],
    }


def _counts(clusters: Clusters, use: np.ndarray) -> np.ndarray:
    codes = clusters.codes[use]
    return np.bincount(codes[codes >= 0], minlength=len(clusters.labels))


def _by_cluster(one: Clusters, total: np.ndarray, lacking: np.ndarray) -> Record:
    """Of a level's clusters: how many have gaps, how many nothing else, and quartiles of their shares of gaps."""
    there = total > 0
    shares = lacking[there] / total[there]
    if not lacking.any():
        return {
            "level": one.level,
            "clusters": len(shares),
            "with_gaps": 0,
            "without_values": 0,
            "quartiles": [0.0, 0.0, 0.0] if len(shares) else None,
        }
    quartiles = np.quantile(shares, (0.25, 0.5, 0.75)) if len(shares) else np.full(3, np.nan)
    return {
        "level": one.level,
        "clusters": int(there.sum()),
        "with_gaps": int((shares > 0).sum()),
        "without_values": int((shares == 1).sum()),
        "quartiles": [float(share) for share in quartiles] if len(shares) else None,
    }


def _compared(plan: Plan, columns: Mapping[str, Column], kept: np.ndarray, complete: np.ndarray) -> list[Record]:
    """Each variable among complete and incomplete rows, by cells that are there, with the standardised difference.

    Means of numbers, shares of categories; the difference is in standard deviations over both (of a share: of its
    indicator), as Austin (2009, Statistics in Medicine 28, 3083-3107) has it, and null where one side is empty.
    """
    found = []
    for name, column in columns.items():
        use = [side & column.present for side in (complete, kept & ~complete)]
        if not use[0].any() or not use[1].any():
            continue
        for part, values in _parts(plan.variables[name], column):
            means = [float(values[side].mean()) for side in use]
            spread = float(np.sqrt(np.mean([values[side].var() for side in use])))
            found.append(
                {
                    "name": name,
                    "category": part,
                    "complete": means[0],
                    "incomplete": means[1],
                    "n_complete": int(use[0].sum()),
                    "n_incomplete": int(use[1].sum()),
                    "difference": (means[1] - means[0]) / spread if spread > 0 else None,
                }
            )
    return found


def _parts(variable: Variable, column: Column) -> Iterator[tuple[str | None, np.ndarray]]:
    """A number as it is, and an indicator of each category; dates and text tell nothing here."""
    if column.numbers is not None:
        yield ("true" if variable.type == "boolean" else None), column.numbers
    elif variable.type == "category":
        assert column.labels is not None and column.codes is not None
        for category in variable.categories:
            yield category, np.append(column.labels == category, False)[column.codes].astype(float)


def check_missingness(
    plan: Plan, made: Verdicts, columns: Mapping[str, Column], clusters: Sequence[Clusters]
) -> list[Failure]:
    """Variables whose gaps are commoner where the innermost cluster's outcome is higher, or lower."""
    outcome = columns.get(outcome_name(plan))
    if plan.checks["missing_with_outcome"] == "ignore" or outcome is None:
        return []
    numbers = outcome.numbers if outcome.numbers is not None else _event(plan, outcome)
    kept, around = (made.first < 0) & outcome.present, clusters[-1]
    kept = kept & (around.codes >= 0)
    total = _counts(around, kept)
    there = total > 0
    if there.sum() < LEAST:
        return []
    means = np.bincount(around.codes[kept], weights=numbers[kept], minlength=len(total))[there] / total[there]
    failures = []
    for name, column in columns.items():
        if name == outcome_name(plan) or name not in plan.variables or plan.variables[name].level == around.level:
            continue
        shares = _counts(around, kept & ~column.present)[there] / total[there]
        correlation = clear_correlation(shares, means)
        if correlation is not None:
            failures.append(_goes_with(plan, name, around.level, correlation))
    return failures


def _event(plan: Plan, outcome: Column) -> np.ndarray:
    assert outcome.labels is not None and outcome.codes is not None
    return np.append(outcome.labels == plan.outcome.event, False)[outcome.codes].astype(float)


def _goes_with(plan: Plan, name: str, level: str, correlation: float) -> Failure:
    side = "higher" if correlation > 0 else "lower"
    says = (
        f"`{name}` is missing more often in {plural(level)} whose mean `{outcome_name(plan)}` is {side} (rank "
        f"correlation {correlation:.2f}): complete rows are no fair sample"
    )
    mend = "Think of why; `data: {missing: multiple_imputation}` makes use of the outcome and of the clusters."
    if plan.data.missing == "multiple_imputation":
        mend = "Think of why; imputation uses the outcome and the clusters, and is right where these explain it."
    return Failure("missing_with_outcome", name, says, mend, level=level)

"""What clusters tell of the outcome before any model: outcomes that do not vary in them, and sizes that go with it.

Where the size of a cluster goes with its outcome, size is informative: the mean over persons is then not the mean over
clusters, and a model that weighs clusters otherwise than persons answers another question (Seaman, Pavlou and Copas
2014, Statistics in Medicine 33, 5371-5387).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from epiladder.study.findings import Failure, counted, plural
from epiladder.study.outcome import events_of_trials, weights_of
from epiladder.study.plan import Plan
from epiladder.study.roles import exposure_column, kind, outcome_name

LARGE = 5  # units of a cluster from which the same number in all of them is odd
MOST = 0.5  # share of clusters without variation from which little is left to compare within
LEAST = 20  # clusters from which a rank correlation can be judged
SURE = 0.001  # p-value under which two things go together
WEAK = 0.2  # rank correlation up to which that does not matter


def cluster_failures(plan: Plan, rows: pd.DataFrame) -> Iterator[Failure]:
    """Failures of `constant_in_clusters` and `informative_size`, level by level."""
    amounts, per = _outcome(plan, rows)
    weights = weights_of(plan, rows)
    units = np.ones(len(rows)) if weights is None else weights
    innermost = plan.levels[-1].name
    yield from _constant(plan, innermost, rows[innermost].cat.codes.to_numpy(), amounts, per, units)
    for level in plan.levels:
        yield from _informative(plan, level.name, rows[level.name].cat.codes.to_numpy(), amounts, per, units)


def _outcome(plan: Plan, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """What is counted or measured in a row, and what it is per: trials, exposure, or one."""
    if kind(plan) in ("binary", "events"):
        return events_of_trials(plan, rows)
    amounts, exposure = rows[outcome_name(plan)].to_numpy(dtype=float), exposure_column(plan)
    return amounts, np.ones(len(rows)) if exposure is None else rows[exposure].to_numpy(dtype=float)


def _constant(
    plan: Plan, level: str, codes: np.ndarray, amounts: np.ndarray, per: np.ndarray, units: np.ndarray
) -> Iterator[Failure]:
    sizes = np.bincount(codes, weights=units)
    rates = amounts / per
    low, high = np.full(len(sizes), np.inf), np.full(len(sizes), -np.inf)
    np.minimum.at(low, codes, rates)
    np.maximum.at(high, codes, rates)
    name = outcome_name(plan)
    if kind(plan) == "number":
        same = int(((low == high) & (sizes >= LARGE)).sum())
        if not same or same == len(sizes):
            return
        holds = "holds" if same == 1 else "hold"
        says = f"{counted(same, level)} of {len(sizes):,} with {LARGE} or more units {holds} a single value of `{name}`"
        mend = "Were values filled in, or copied from the cluster? Check these rows; they stay in the model."
        yield Failure("constant_in_clusters", name, says, mend, level=level, clusters=same)
    elif kind(plan) == "binary":
        many = sizes > 1
        same = int(((low == high) & many).sum())
        if not many.any() or same <= MOST * many.sum() or same == many.sum():
            return
        says = f"In {counted(same, level)} of {int(many.sum()):,} with two or more units, all or none have the event"
        mend = f"Little is left to compare within {plural(level)}; methods without pooling will leave them out."
        yield Failure("constant_in_clusters", name, says, mend, level=level, clusters=same)


def _informative(
    plan: Plan, level: str, codes: np.ndarray, amounts: np.ndarray, per: np.ndarray, units: np.ndarray
) -> Iterator[Failure]:
    sizes = np.bincount(codes, weights=units)
    there = sizes > 0
    if there.sum() < LEAST or len(np.unique(sizes[there])) < 3:
        return
    rates = np.bincount(codes, weights=units * amounts)[there] / np.bincount(codes, weights=units * per)[there]
    correlation = clear_correlation(sizes[there], rates)
    if correlation is None:
        return
    more = "higher" if correlation > 0 else "lower"
    says = (
        f"The outcome `{outcome_name(plan)}` is {more} in larger {plural(level)} (rank correlation "
        f"{correlation:.2f} of size and mean): the size of a {level} is informative"
    )
    mend = (
        f"Think of why; a covariate that stands for size, at the level `{level}`, tells whether it explains the rest. "
        f"Means over {plural(plan.unit.name)} and over {plural(level)} differ here."
    )
    yield Failure("informative_size", outcome_name(plan), says, mend, level=level, clusters=int(there.sum()))


def clear_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's correlation where it is neither weak nor chance (two-sided, by the t distribution), else None."""
    from scipy.special import stdtr

    if len(np.unique(one)) < 2 or len(np.unique(other)) < 2:
        return None
    first, second = (pd.Series(values).rank().to_numpy() for values in (one, other))
    found = float(np.corrcoef(first, second)[0, 1])
    t = abs(found) * np.sqrt((len(one) - 2) / max(1 - found**2, 1e-300))
    is_clear = abs(found) > WEAK and 2 * float(stdtr(len(one) - 2, -t)) < SURE
    return found if is_clear else None

"""Nesting: inner clusters that lie in several outer ones, and rows that name an inner cluster but no outer one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from epiladder.study.findings import SHOWN, Failure, counted, plural
from epiladder.study.hierarchy import Clusters, varying
from epiladder.study.ingest import Raw
from epiladder.study.plan import Level, Plan

HABIT = 0.5  # share of inner ids in several outer clusters from which it looks as if ids begin anew in each


def check_nesting(plan: Plan, clusters: tuple[Clusters, ...]) -> list[Failure]:
    """Inner clusters that lie in two outer ones, for each pair of neighbouring levels."""
    failures = []
    for level, (outer, inner) in zip(plan.levels[1:], pairwise(clusters), strict=True):
        rows, offending = varying(inner, outer.codes, outer.codes >= 0)
        if len(rows):
            failures.append(_nesting(level, outer, inner, rows, offending))
    return failures


def _nesting(level: Level, outer: Clusters, inner: Clusters, rows: np.ndarray, offending: np.ndarray) -> Failure:
    total = len(np.unique(inner.codes[inner.codes >= 0]))
    lie = "lies" if len(offending) == 1 else "lie"
    says = f"{counted(len(offending), inner.level)} of {total:,} {lie} in more than one {outer.level}"
    mend = _mend(level, outer, inner, rows, begins_anew(outer, inner, len(offending), total))
    examples = tuple(_example(outer, inner, code) for code in offending[:SHOWN])
    short = f"{inner.level} lies in more than one {outer.level}"
    return Failure("nesting", level.id, says, mend, rows, inner.level, len(offending), examples, short)


def _example(outer: Clusters, inner: Clusters, code: int) -> str:
    """`ward 3 in hospital A (40 rows), B (1 row)`, the outer cluster of most rows first."""
    around = outer.codes[(inner.codes == code) & (outer.codes >= 0)]
    found, counts = np.unique(around, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    listed = ", ".join(f"{outer.labels[found[i]]} ({counted(int(counts[i]), 'row')})" for i in order[:3])
    return f"{inner.level} {inner.labels[code]} in {outer.level} {listed}{', ...' if len(found) > 3 else ''}"


def begins_anew(outer: Clusters, inner: Clusters, shared: int, total: int) -> bool:
    """Whether inner ids look unique within outer clusters alone: most are shared, or they count from 1 in each."""
    return shared >= HABIT * total or _are_running(outer, inner)


def _are_running(outer: Clusters, inner: Clusters) -> bool:
    """Whether the ids in every outer cluster are 1, 2, ... (or begin at 0), in more than one of them."""
    known = (outer.codes >= 0) & (inner.codes >= 0)
    pairs = np.unique(np.stack([outer.codes[known], inner.codes[known]]), axis=1)
    labels = [str(inner.labels[code]).strip() for code in pairs[1]]
    if not all(label.isdecimal() and len(label) < 10 for label in labels):
        return False
    numbers = np.array([int(label) for label in labels])
    by_outer = [np.sort(numbers[pairs[0] == code]) for code in np.unique(pairs[0])]
    return len(by_outer) > 1 and all(
        one[0] in (0, 1) and (np.diff(one) == 1).all() and len(one) > 1 for one in by_outer
    )


def _mend(level: Level, outer: Clusters, inner: Clusters, rows: np.ndarray, anew: bool) -> str:
    many, other = plural(inner.level), plural(outer.level)
    within = f"`levels: [..., {{name: {level.name}, id: {level.id}, unique_within: {outer.level}}}]`"
    if anew:
        return (
            f"It looks as if the numbers of {many} begin anew in each {outer.level}: then write {within}; else mend "
            "the cells."
        )
    wrong = counted(_in_the_minority(outer, inner, rows), "cell")
    return (
        f"These {many} seem to have moved, or {wrong} to be wrong: few {many} are in two "
        f"{other}. Mend the cells; give one that moved a new id in its new {outer.level}; or leave its rows out with "
        f"`checks: {{nesting: reject}}`. (If the numbers of {many} begin anew in each {outer.level}, write {within}.)"
    )


def _in_the_minority(outer: Clusters, inner: Clusters, rows: np.ndarray) -> int:
    """How many of the rows lie in another outer cluster than most rows of their inner one."""
    keys, counts = np.unique(np.stack([inner.codes[rows], outer.codes[rows]]), axis=1, return_counts=True)
    most = np.zeros(int(keys[0].max()) + 1, dtype=np.int64)
    np.maximum.at(most, keys[0], counts)
    return int(counts.sum() - most.sum())


def check_orphans(
    plan: Plan, raw: Raw, clusters: tuple[Clusters, ...], present: dict[str, np.ndarray]
) -> list[Failure]:
    """Rows that name an inner cluster and no outer one. present: rows with an id, by level."""
    failures = []
    for level, (outer, inner) in zip(plan.levels[1:], pairwise(clusters), strict=True):
        rows = np.flatnonzero(present[inner.level] & ~present[outer.level])
        if not len(rows):
            continue
        name = "names" if len(rows) == 1 else "name"
        says = f"{counted(len(rows), 'row')} {name} a {inner.level} but no {outer.level}, and cannot be used"
        elsewhere = 0
        if level.unique_within is None:
            known = np.unique(inner.codes[present[outer.level] & (inner.codes >= 0)])
            elsewhere = int(np.isin(inner.codes[rows], known).sum())
        told = f"; {counted(elsewhere, 'row')} of them could take it from other rows of the {inner.level}"
        places = tuple(raw.place(row) for row in rows[:SHOWN])
        mend = f"Fill in the {outer.level}, or make sure that the rows are no part of the study."
        failures.append(
            Failure(
                "orphans",
                level.id,
                says + (told if elsewhere else ""),
                mend,
                rows,
                inner.level,
                None,
                places,
                f"{inner.level} without {outer.level}",
            )
        )
    return failures

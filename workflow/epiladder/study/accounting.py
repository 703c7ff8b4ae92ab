"""The accounting: how many rows were read, why some were not used, how many were. It adds up, always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from epiladder.study.convert import Column
from epiladder.study.findings import Failure
from epiladder.study.hierarchy import Clusters
from epiladder.study.plan import Plan


@dataclass(frozen=True)
class Verdicts:
    """What became of each row. first: (n,) position of the first failure that rejects it, -1 for none.

    complete: (n,) rows that miss nothing, rejected or not.
    """

    failures: tuple[Failure, ...]
    first: np.ndarray
    complete: np.ndarray

    @property
    def incomplete(self) -> np.ndarray:
        """Rows not rejected that miss something."""
        return (self.first < 0) & ~self.complete

    @property
    def used(self) -> np.ndarray:
        """Rows on which every rung stands."""
        return (self.first < 0) & self.complete


def verdicts(plan: Plan, n_rows: int, failures: Sequence[Failure], needed: Mapping[str, Column]) -> Verdicts:
    """Judge every row. failures: in the order of the checks. needed: the columns that must not be empty."""
    judging = tuple(failure for failure in failures if plan.checks[failure.check] in ("stop", "reject"))
    first = np.full(n_rows, -1, dtype=np.int64)
    for i in reversed(range(len(judging))):
        first[judging[i].rows] = i
    complete = np.ones(n_rows, dtype=bool)
    for column in needed.values():
        complete &= column.present
    return Verdicts(judging, first, complete)


def accounting(made: Verdicts, needed: Mapping[str, Column], clusters: Sequence[Clusters]) -> dict[str, Any]:
    """accounting.json: a rejected row counts at its first failing check; rows that miss something may overlap."""
    counts = np.bincount(made.first[made.first >= 0], minlength=len(made.failures))
    kept = made.first < 0
    missing = {name: int((~column.present & kept).sum()) for name, column in needed.items()}
    return {
        "rows_read": len(made.first),
        "rows_rejected": [
            {"check": failure.check, "column": failure.column, "rows": int(count)}
            for failure, count in zip(made.failures, counts, strict=True)
            if count
        ],
        "rows_missing": [{"column": name, "rows": rows} for name, rows in missing.items() if rows],
        "rows_incomplete": int(made.incomplete.sum()),
        "rows_used": int(made.used.sum()),
        "levels": [sizes(one.level, one.codes[made.used]) for one in clusters],
        "clusters": [_flow(one, made) for one in clusters],
    }


def cells_imputed(
    plan: Plan, made: Verdicts, gaps: Mapping[str, Column], clusters: Sequence[Clusters]
) -> list[dict[str, Any]]:
    """Of each column that may be imputed and has gaps: empty cells of all, a cluster's cell counted once.

    `filled`: rows in which a variable of a cluster is empty while another row of the cluster has its value.
    """
    by_level = {one.level: one.codes[made.used] for one in clusters}
    found = []
    for name, column in gaps.items():
        there, level = column.present[made.used], plan.variables[name].level
        codes = by_level.get(level, np.arange(len(there)))
        known = np.bincount(codes, weights=there) > 0
        of = np.bincount(codes) > 0
        cells, filled = int((of & ~known).sum()), int((known[codes] & ~there).sum())
        if cells or filled:
            found.append({"column": name, "level": level, "cells": cells, "of": int(of.sum()), "filled": filled})
    return found


def _flow(one: Clusters, made: Verdicts) -> dict[str, Any]:
    """A level's clusters as the rows: read = rejected (no row left) + incomplete (rows left, none complete) + used."""
    read, kept, used = (
        len(np.unique(one.codes[rows & (one.codes >= 0)]))
        for rows in (np.ones(len(one.codes), dtype=bool), made.first < 0, made.used)
    )
    return {"level": one.level, "read": read, "rejected": read - kept, "incomplete": kept - used, "used": used}


def sizes(level: str, codes: np.ndarray) -> dict[str, Any]:
    """The clusters of a level in the rows used, and how many rows they hold."""
    counts = np.bincount(codes)
    counts = counts[counts > 0]
    if not len(counts):
        return {"name": level, "clusters": 0, "smallest": None, "median": None, "largest": None}
    return {
        "name": level,
        "clusters": len(counts),
        "smallest": int(counts.min()),
        "median": float(np.median(counts)),
        "largest": int(counts.max()),
    }


def nothing(plan: Plan) -> dict[str, Any]:
    """The accounting of a study whose data could not be read."""
    empty = np.empty(0, dtype=np.int64)
    return {
        "rows_read": 0,
        "rows_rejected": [],
        "rows_missing": [],
        "rows_incomplete": 0,
        "rows_used": 0,
        "levels": [sizes(level.name, empty) for level in plan.levels],
        "clusters": [
            {"level": level.name, "read": 0, "rejected": 0, "incomplete": 0, "used": 0} for level in plan.levels
        ],
    }

"""The lot of a blinded run: which row receives which outcome.

It is drawn among all rows unless the plan names strata. Drawing within clusters is never the default: each cluster
would keep its own outcomes, and what belongs to clusters would be seen after all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from zlib import crc32

import numpy as np

from epiladder.study.blind import outcome_columns
from epiladder.study.convert import Column
from epiladder.study.plan import Plan


def permuted(plan: Plan, columns: Mapping[str, Column]) -> dict[str, Column]:
    """The columns, the outcome's permuted within the plan's strata among the rows that have one; seeded by the plan."""
    names = outcome_columns(plan)
    there = np.logical_and.reduce([columns[name].present for name in names])
    seed = np.random.SeedSequence([plan.inference.seed, crc32(plan.id.encode()), crc32(b"blind")])
    rng = np.random.default_rng(seed)
    take = np.arange(len(there))
    for rows in _strata([columns[name].keys[there] for name in plan.blind.strata], np.flatnonzero(there)):
        take[rows] = rng.permutation(rows)
    return {**columns, **{name: _taken(columns[name], take) for name in names}}


def _strata(keys: list[np.ndarray], rows: np.ndarray) -> Iterator[np.ndarray]:
    """Rows of each stratum; a missing key is a stratum of its own."""
    codes = np.zeros(len(rows), dtype=np.int64)
    for key in keys:
        _, inner = np.unique(key, return_inverse=True)
        _, codes = np.unique(codes * (int(inner.max(initial=0)) + 1) + inner, return_inverse=True)
    for code in range(int(codes.max(initial=-1)) + 1):
        yield rows[codes == code]


def _taken(column: Column, take: np.ndarray) -> Column:
    if column.numbers is not None:
        return replace(column, numbers=column.numbers[take])
    assert column.codes is not None
    return replace(column, codes=column.codes[take])

"""Units and rows that stand in the data more than once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from epiladder.study.convert import Column
from epiladder.study.findings import SHOWN, Failure, counted, plural
from epiladder.study.hierarchy import Clusters, as_words
from epiladder.study.ingest import Raw
from epiladder.study.plan import Plan

SHUFFLES = 3


def check_units(plan: Plan, clusters: tuple[Clusters, ...], columns: Mapping[str, Column]) -> list[Failure]:
    """Rows whose unit stands in the data more than once."""
    unit = plan.unit
    if unit.id is None:
        return []
    ids, labels = as_words(columns[unit.id])
    keys, use = ids, ids >= 0
    around = next((one for one in clusters if one.level == unit.unique_within), None)
    if around is not None:
        use &= around.codes >= 0
        keys = around.codes * max(1, len(labels)) + ids
    _, inverse, counts = np.unique(keys[use], return_inverse=True, return_counts=True)
    rows = np.flatnonzero(use)[counts[inverse] > 1]
    if not len(rows):
        return []
    many = int((counts > 1).sum())
    first = list(dict.fromkeys(ids[rows[: 50 * SHOWN]]))[:SHOWN]
    within = f" within a {unit.unique_within}" if around is not None else ""
    says = f"{counted(len(rows), 'row')} share {many:,} `{unit.id}`: a {unit.name} must stand in one row{within}"
    mend = f"Leave one row of each {unit.name}"
    if around is None:
        mend += (
            f"; if the numbers begin anew in each cluster, write `unit: {{..., unique_within: {clusters[-1].level}}}`"
        )
    examples = tuple(str(labels[code]) for code in first)
    mend += "; if rows are repeated measurements, the person is a level and the measurement is the unit."
    return [Failure("duplicate_unit", unit.id, says, mend, rows, None, None, examples, f"{unit.id}: not unique")]


def check_rows(plan: Plan, raw: Raw, columns: Mapping[str, Column], clusters: tuple[Clusters, ...]) -> list[Failure]:
    """Rows that are copies of an earlier one, where units have no identifier to tell and chance alone makes fewer."""
    if plan.unit.id is not None or plan.data.weights is not None or raw.n_rows < 2:
        return []
    known = [_codes(column) for column in columns.values()]
    first, counts = _distinct(known)
    copies = raw.n_rows - len(first)
    is_whole = counts.min() == counts.max() > 1
    if not copies or not (is_whole or copies > _by_chance([own[first] for own in known], clusters[-1].codes[first])):
        return []
    is_copy = np.ones(raw.n_rows, dtype=bool)
    is_copy[first] = False
    rows = np.flatnonzero(is_copy)
    says = f"{counted(len(rows), 'row')} {'is a copy' if len(rows) == 1 else 'are copies'} of an earlier one"
    if is_whole:
        says = f"Every row stands in the table {counts.min()} times, as if a file were read more than once"
    mend = (
        f"If they are one {plan.unit.name} told twice, write `checks: {{duplicate_rows: reject}}`; if the data have an "
        f"identifier of {plural(plan.unit.name)}, name it (`unit: {{name: {plan.unit.name}, id: ...}}`)."
    )
    places = tuple(raw.place(row) for row in rows[:SHOWN])
    return [Failure("duplicate_rows", None, says, mend, rows, None, None, places, "a copy of an earlier row")]


def _by_chance(known: list[np.ndarray], codes: np.ndarray) -> float:
    """Copies up to which chance makes them: thrice those of distinct rows, their finest column shuffled in clusters.

    Rows of few categories are the same by chance and often; rows that hold a measurement are not.
    """
    finest = max(range(len(known)), key=lambda i: len(_distinct([codes + 1, known[i]])[0]))
    others = [own for i, own in enumerate(known) if i != finest]
    rng = np.random.default_rng(0)
    left = []
    for _ in range(SHUFFLES):
        shuffled = np.empty_like(known[finest])
        shuffled[np.argsort(codes, kind="stable")] = known[finest][np.lexsort([rng.random(len(codes)), codes])]
        left.append(len(codes) - len(_distinct([*others, shuffled])[0]))
    mean = float(np.mean(left))
    return 3 * mean + (3 if mean else 0)


def _codes(column: Column) -> np.ndarray:
    """(n,) numbers from 0, one for each distinct cell."""
    if column.numbers is None:
        assert column.codes is not None
        return column.codes.astype(np.int64) + 1
    return np.unique(column.numbers, return_inverse=True)[1].astype(np.int64)


def _distinct(known: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Of each distinct row over all columns, the first position and how often it stands."""
    group = known[0]
    for own in known[1:]:
        group = np.unique(group * (int(own.max()) + 1) + own, return_inverse=True)[1].astype(np.int64)
    _, first, counts = np.unique(group, return_index=True, return_counts=True)
    return first, counts

"""The hierarchy: clusters of every level by row, and in which of them a value is not the same in every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from epiladder.study.convert import Column
from epiladder.study.plan import Level, Plan


@dataclass(frozen=True)
class Clusters:
    """The clusters of a level. codes: (n,) by row, -1 where an id is missing. labels: one for each code, all distinct.

    order: (k,) rank of each cluster among those with the same outer ones: numeric when all ids are whole numbers.
    """

    level: str
    codes: np.ndarray
    labels: np.ndarray
    order: np.ndarray


def hierarchy(plan: Plan, columns: Mapping[str, Column]) -> tuple[Clusters, ...]:
    """Clusters of every level, outermost first; ids that repeat are told apart by their outer cluster."""
    made: dict[str, Clusters] = {}
    for level in plan.levels:
        made[level.name] = _clusters(level, columns[level.id], made)
    return tuple(made.values())


def _clusters(level: Level, column: Column, outer: Mapping[str, Clusters]) -> Clusters:
    ids, labels = as_words(column)
    order = _ranks(labels)
    if level.unique_within is None:
        return Clusters(level.name, ids, labels, order)
    around = outer[level.unique_within]
    both = (ids >= 0) & (around.codes >= 0)
    keys = np.where(both, around.codes.astype(np.int64) * max(1, len(labels)) + ids, -1)
    known, codes = np.unique(keys[both], return_inverse=True)
    combined = np.full(len(ids), -1, dtype=np.int64)
    combined[both] = codes
    above, inner = known // max(1, len(labels)), known % max(1, len(labels))
    names = _joined(around.labels[above], labels[inner])
    return Clusters(level.name, combined, names, order[inner])


def as_words(column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Codes and labels of a column, also of one whose type made it numbers."""
    if column.codes is not None and column.labels is not None:
        return column.codes.astype(np.int64), column.labels
    numbers = column.keys
    known, codes = np.unique(numbers[~np.isnan(numbers)], return_inverse=True)
    found = np.full(len(numbers), -1, dtype=np.int64)
    found[~np.isnan(numbers)] = codes
    return found, np.array([str(int(v)) if v.is_integer() else repr(v) for v in known.tolist()], dtype=object)


def _joined(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Labels `outer/inner`; where ids with a slash would make two clusters one, their slashes are doubled."""
    names = np.array([f"{a}/{b}" for a, b in zip(outer, inner, strict=True)], dtype=object)
    if len(set(names)) < len(names):
        pairs = zip(outer, inner, strict=True)
        names = np.array([f"{a}/{b.replace('/', '//')}" for a, b in pairs], dtype=object)
    if len(set(names)) < len(names):
        names = np.array([f"{name} ({i + 1})" for i, name in enumerate(names)], dtype=object)
    return names


def _ranks(labels: np.ndarray) -> np.ndarray:
    """Rank of each label: by number when all are whole numbers, else by text."""
    quick = _ranks_of_numbers(labels)
    if quick is not None:
        return quick
    texts = [str(label).strip() for label in labels]
    if texts and all(text.lstrip("+-").isdecimal() and len(text) < 4000 for text in texts):
        ordered = sorted(range(len(texts)), key=lambda i: (int(texts[i]), str(labels[i])))
    else:
        ordered = sorted(range(len(texts)), key=lambda i: str(labels[i]))
    ranks = np.empty(len(texts), dtype=np.int64)
    ranks[ordered] = np.arange(len(texts))
    return ranks


def _ranks_of_numbers(labels: np.ndarray) -> np.ndarray | None:
    """Ranks of many labels that are distinct plain numbers; None where they are anything else."""
    if not len(labels) or not all(label.isdecimal() and len(label) < 18 for label in labels):
        return None
    numbers = labels.astype(np.int64)
    order = np.argsort(numbers, kind="stable")
    if (np.diff(numbers[order]) == 0).any():
        return None
    ranks = np.empty(len(labels), dtype=np.int64)
    ranks[order] = np.arange(len(labels))
    return ranks


def varying(clusters: Clusters, values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the clusters in which a value is not constant, and the codes of these clusters."""
    use = np.flatnonzero(known & (clusters.codes >= 0))
    codes, values = clusters.codes[use], values[use]
    first = np.empty(len(clusters.labels), dtype=values.dtype)
    first[codes[::-1]] = values[::-1]
    offending = np.unique(codes[values != first[codes]])
    is_offending = np.zeros(len(clusters.labels) + 1, dtype=bool)
    is_offending[offending] = True
    return np.flatnonzero(is_offending[clusters.codes]), offending

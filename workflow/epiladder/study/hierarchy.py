"""The hierarchy: clusters of every level by row, and whether inner clusters lie in one outer cluster each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from epiladder.study.convert import Column
from epiladder.study.findings import SHOWN, Failure, counted, plural
from epiladder.study.plan import Level, Plan
from epiladder.study.schema import table


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
    texts = [str(label).strip() for label in labels]
    if texts and all(text.lstrip("+-").isdecimal() and len(text) < 4000 for text in texts):
        ordered = sorted(range(len(texts)), key=lambda i: (int(texts[i]), str(labels[i])))
    else:
        ordered = sorted(range(len(texts)), key=lambda i: str(labels[i]))
    ranks = np.empty(len(texts), dtype=np.int64)
    ranks[ordered] = np.arange(len(texts))
    return ranks


def check_nesting(plan: Plan, clusters: tuple[Clusters, ...]) -> list[Failure]:
    """Inner clusters that lie in two outer ones, for each pair of neighbouring levels."""
    failures = []
    for level, (outer, inner) in zip(plan.levels[1:], pairwise(clusters), strict=True):
        rows, offending = _varying(inner, outer.codes, outer.codes >= 0)
        if len(rows):
            failures.append(_nesting(level, outer, inner, rows, offending))
    return failures


def _varying(clusters: Clusters, values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the clusters in which a value is not constant, and the codes of these clusters."""
    use = np.flatnonzero(known & (clusters.codes >= 0))
    codes, values = clusters.codes[use], values[use]
    first = np.empty(len(clusters.labels), dtype=values.dtype)
    first[codes[::-1]] = values[::-1]
    offending = np.unique(codes[values != first[codes]])
    is_offending = np.zeros(len(clusters.labels) + 1, dtype=bool)
    is_offending[offending] = True
    return np.flatnonzero(is_offending[clusters.codes]), offending


def _nesting(level: Level, outer: Clusters, inner: Clusters, rows: np.ndarray, offending: np.ndarray) -> Failure:
    examples = []
    for code in offending[:SHOWN]:
        around = np.unique(outer.codes[(inner.codes == code) & (outer.codes >= 0)])
        listed = ", ".join(str(outer.labels[one]) for one in around[:3]) + (", ..." if len(around) > 3 else "")
        examples.append(f"{inner.level} {inner.labels[code]} in {outer.level} {listed}")
    lie = "lies" if len(offending) == 1 else "lie"
    says = f"{counted(len(offending), inner.level)} {lie} in more than one {outer.level}"
    mend = (
        f"If the numbers of {plural(inner.level)} begin anew in each {outer.level}, write `levels: [..., "
        f"{{name: {level.name}, id: {level.id}, unique_within: {outer.level}}}]`; else mend the cells."
    )
    short = f"{inner.level} lies in more than one {outer.level}"
    return Failure("nesting", level.id, says, mend, rows, inner.level, len(offending), tuple(examples), short)


def check_constant(plan: Plan, clusters: tuple[Clusters, ...], columns: Mapping[str, Column]) -> list[Failure]:
    """Variables of a higher level that vary within one of its clusters."""
    by_level = {one.level: one for one in clusters}
    failures = []
    for name, variable in plan.variables.items():
        around = by_level.get(variable.level)
        if around is None:
            continue
        column = columns[name]
        rows, offending = _varying(around, column.keys, column.present)
        if len(rows):
            failures.append(_constant(plan, name, around, columns, rows, offending))
    return failures


def _constant(
    plan: Plan, name: str, around: Clusters, columns: Mapping[str, Column], rows: np.ndarray, offending: np.ndarray
) -> Failure:
    values = pd.Series(table({name: columns[name]})[name])
    examples = []
    for code in offending[:SHOWN]:
        found = pd.Series(values[around.codes == code]).dropna().unique()
        listed = ", ".join(_shown(value) for value in found[:3])
        examples.append(f"{around.level} {around.labels[code]} has {listed}{', ...' if len(found) > 3 else ''}")
    many = counted(len(offending), around.level)
    says = f"`{name}` is a variable of the level `{around.level}`, but varies within {many}"
    mend = (
        f"Mend the cells, or say at which level it is measured (`variables: {name}: level`; units: {plan.unit.name})."
    )
    short = f"{name}: varies within the {around.level}"
    return Failure("constant_in_cluster", name, says, mend, rows, around.level, len(offending), tuple(examples), short)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).removesuffix(" 00:00:00")


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

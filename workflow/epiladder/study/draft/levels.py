"""Which columns seem to identify clusters, how they nest, and at which level each other column lives."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from epiladder.study.draft.kinds import Kind
from epiladder.study.draft.table import Words

LEAST = 5  # clusters of a level
NAMED = re.compile(
    r"(^|_|\b)(id|no|nr|num|number|code|hospital|clinic|ward|unit|centre|center|site|practice|gp|doctor|physician|"
    r"nurse|school|class|teacher|district|region|county|country|village|community|area|municipality|household|hh|"
    r"family|mother|child|herd|farm|flock|litter|subject|patient|person|participant|individual|cluster|psu)s?(_|\b|$)",
    re.IGNORECASE,
)
PERSON = re.compile(r"patient|person|subject|participant|child|individual|nurse|woman|man|pupil|student", re.IGNORECASE)


@dataclass(frozen=True)
class Hierarchy:
    """levels: columns, outermost first. within: levels whose ids begin anew, with the level around. unit: its column.

    homes: for every other column the level at which it is constant, None for the units.
    """

    levels: tuple[str, ...]
    within: dict[str, str]
    unit: str | None
    homes: dict[str, str | None]


def hierarchy(columns: tuple[Words, ...], kinds: dict[str, Kind]) -> Hierarchy:
    """The most plausible nesting of a table's columns."""
    rows = len(columns[0].codes)
    unit = next((one.name for one in columns if _identifies(one, kinds[one.name], rows)), None)
    candidates = [one for one in columns if one.name != unit and _may_group(one, columns, kinds, rows)]
    candidates = sorted(candidates, key=lambda one: (_is_anew(one, candidates), _size(one)))
    chain: list[tuple[Words, np.ndarray]] = []
    within: dict[str, str] = {}
    for one in candidates:
        codes = one.codes.astype(np.int64)
        if chain:
            outer, around = chain[-1]
            if not _nested(codes, around):
                if not _begins_anew(one, around):
                    continue
                within[one.name] = outer.name
                codes = np.where((around >= 0) & (codes >= 0), around * len(one.labels) + codes, -1)
            if _same(codes, around) or len(np.unique(codes)) > rows / 1.5:
                within.pop(one.name, None)
                continue
        chain.append((one, codes))
    names = tuple(one.name for one, _ in chain)
    others = [one for one in columns if one.name not in (*names, unit)]
    homes = {
        one.name: next((level.name for level, codes in chain if _nested(codes, one.codes)), None) for one in others
    }
    return Hierarchy(names, within, unit, homes)


def could_group(columns: tuple[Words, ...], kinds: dict[str, Kind]) -> tuple[str, ...]:
    """Columns that might identify clusters though nothing but their repeating values says so, in the table's order."""
    most = len(columns[0].codes) / 1.5
    return tuple(
        one.name
        for one in columns
        if kinds[one.name].type in ("text", "integer", "category") and 2 <= _size(one) <= most
    )


def _size(one: Words) -> int:
    return len(np.unique(one.codes[one.filled]))


def _identifies(one: Words, kind: Kind, rows: int) -> bool:
    """Whether a column tells every row from every other: text, or whole numbers by the name of an id."""
    if _size(one) != rows:
        return False
    if kind.type != "integer" or kind.values is None:
        return kind.type == "text"
    counts_up = bool(np.nanmax(kind.values) - np.nanmin(kind.values) == rows - 1)
    return counts_up or NAMED.search(one.name) is not None


def _may_group(one: Words, columns: tuple[Words, ...], kinds: dict[str, Kind], rows: int) -> bool:
    """Ids are words or whole numbers that repeat; without the name of one, other columns must hang on them."""
    kind, size = kinds[one.name], _size(one)
    if kind.type not in ("text", "integer", "category") or not 2 <= size <= rows / 1.5:
        return False
    named = NAMED.search(one.name) is not None
    if size < LEAST:
        return named and kind.type != "category"
    if named:
        return True
    if kind.type == "category":
        return False
    hanging = [
        other
        for other in columns
        if other.name != one.name and 2 <= _size(other) < size and _nested(one.codes, other.codes)
    ]
    return kind.type == "text" or bool(hanging)


def _nested(inner: np.ndarray, outer: np.ndarray) -> bool:
    """Whether every inner code lies in one outer code."""
    known = (inner >= 0) & (outer >= 0)
    if not known.any():
        return False
    codes, values = inner[known], outer[known].astype(np.int64)
    _, at = np.unique(codes, return_inverse=True)
    first = np.empty(at.max() + 1, dtype=np.int64)
    first[at[::-1]] = values[::-1]
    return bool((first[at] == values).all())


def _is_anew(one: Words, candidates: list[Words]) -> bool:
    """Whether a column's ids begin anew in the clusters of another candidate: it then lies within that one."""
    others = [other for other in candidates if other is not one and not _nested(one.codes, other.codes)]
    return any(_begins_anew(one, other.codes.astype(np.int64)) for other in others)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return _nested(one, other) and _nested(other, one)


def _begins_anew(one: Words, around: np.ndarray) -> bool:
    """Whether ids count from 1, or from 0, in every outer cluster."""
    labels = [str(label).strip() for label in one.labels]
    if not all(label.isdecimal() and len(label) < 10 for label in labels):
        return False
    numbers = np.array([int(label) for label in labels])
    known = (around >= 0) & one.filled
    pairs = np.unique(np.stack([around[known], numbers[one.codes[known]]]), axis=1)
    starts = np.flatnonzero(np.append(True, np.diff(pairs[0]) > 0))
    steps = np.diff(pairs[1])[np.diff(pairs[0]) == 0]
    return len(starts) > 1 and bool(np.isin(pairs[1][starts], (0, 1)).all() and (steps == 1).all())


def called(levels: Hierarchy) -> str:
    """What a row seems to be: a measurement where the innermost level is a person, else what its id is called."""
    if levels.unit is not None:
        plain = re.sub(r"(_|\b)(id|no|nr|number|code)$", "", levels.unit, flags=re.IGNORECASE).strip("_ ")
        return plain if plain and plain not in (*levels.levels, *levels.homes) else "row"
    innermost = levels.levels[-1] if levels.levels else ""
    name = "measurement" if PERSON.search(innermost) else "person"
    return name if name not in (*levels.levels, *levels.homes) else "row"

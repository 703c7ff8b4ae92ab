"""Identifiers that look like slips: two that are alike but for case, accents or zeros, one that reads as missing.

Each is a cluster of its own, as written; the reader is told, since a hospital that is two costs power, and one that is
called NA gathers patients of many.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from epiladder.study.convert import Column
from epiladder.study.findings import SHOWN, Failure, counted
from epiladder.study.hierarchy import Clusters, as_words
from epiladder.study.mends import ABSENT, codes
from epiladder.study.names import listing
from epiladder.study.plan import Plan

LONGEST = 12  # signs of a word that may stand for a missing value


def check_ids(plan: Plan, columns: Mapping[str, Column], clusters: Sequence[Clusters]) -> list[Failure]:
    """Failures of the check `odd_ids`, unless the plan ignores it."""
    if plan.checks["odd_ids"] == "ignore":
        return []
    found: list[Failure] = []
    for level, one in zip(plan.levels, clusters, strict=True):
        if level.unique_within is None:
            found += _alike(level.id, level.name, one.labels, one.codes)
        found += _absent(level.id, level.name, columns[level.id])
    unit = plan.unit.id
    if unit is not None and plan.unit.unique_within is None:
        codes_of_rows, labels = as_words(columns[unit])
        found += _alike(unit, plan.unit.name, labels, codes_of_rows)
    return found


def _alike(column: str, name: str, labels: np.ndarray, codes_of_rows: np.ndarray) -> Iterator[Failure]:
    is_used = np.zeros(len(labels), dtype=bool)
    is_used[codes_of_rows[codes_of_rows >= 0]] = True
    groups = _groups(labels[is_used])
    if not groups:
        return
    pairs = tuple(" and ".join(f"'{label}'" for label in group[:3]) for group in groups[:SHOWN])
    are = "are" if len(groups) > 1 else "is"
    yield Failure(
        "odd_ids",
        column,
        f"{counted(len(groups), 'group')} of ids of `{column}` {are} alike but for case, accents or leading zeros",
        f"If they are one {name}, write its id the same way everywhere; else nothing needs to be done.",
        level=name,
        examples=pairs,
    )


def _groups(labels: np.ndarray) -> list[list[str]]:
    """Ids that are alike, a list each; where none are, which is nearly always, found out without looking at each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    written = pa.array(labels, pa.string())
    digits = pc.and_(pc.ascii_is_decimal(written), pc.invert(pc.starts_with(written, "0")))
    if pc.all(digits, min_count=0).as_py():
        return []  # distinct as they are written
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(written))
    if not pc.all(pc.string_is_ascii(plain), min_count=0).as_py():
        plain = pc.utf8_normalize(plain, form="NFC")
    if pc.any(pc.ends_with(plain, ".0"), min_count=0).as_py():
        plain = pc.replace_substring_regex(plain, r"^([0-9]+)\.0$", r"\1")
    zeroed = pc.and_(pc.starts_with(plain, "0"), pc.utf8_is_decimal(plain))
    if pc.any(zeroed, min_count=0).as_py():
        plain = pc.if_else(zeroed, pc.utf8_ltrim(plain, characters="0"), plain)
    if pc.count_distinct(plain).as_py() == len(labels):
        return []
    by_key: dict[str, list[str]] = {}
    for label in labels:
        by_key.setdefault(_key(label), []).append(label)
    return [group for group in by_key.values() if len(group) > 1]


def _key(label: str) -> str:
    """What an id is but for its case, a decimal `.0` and leading zeros."""
    plain = unicodedata.normalize("NFC", label.strip()).casefold()
    digits = plain.removesuffix(".0")
    return (digits.lstrip("0") or "0") if digits.isdecimal() else plain


def _absent(column: str, name: str, ids: Column) -> Iterator[Failure]:
    codes_of_rows, labels = as_words(ids)
    words = [label for label in labels if len(label) < LONGEST and label.strip().lower() in ABSENT]
    rows = np.isin(codes_of_rows, np.flatnonzero(np.isin(labels, words))) if words else np.zeros(0, dtype=bool)
    if not rows.any():
        return
    yield Failure(
        "odd_ids",
        column,
        f"{counted(int(rows.sum()), 'row')} {'names' if rows.sum() == 1 else 'name'} {listing(words)} as the {name}; "
        f"it is taken for {'one' if len(words) == 1 else 'some'} like any other",
        f"If {listing(words)} means missing, write `variables: {{{column}: {{type: text, missing_codes: "
        f"[{codes(words)}]}}}}`.",
        level=name,
    )

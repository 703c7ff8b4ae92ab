"""What a column seems to hold, read off its distinct words: its type, range, categories, format and missing codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from epiladder.study.convert import BOOLEANS, NUMBER
from epiladder.study.dates import dates_of
from epiladder.study.days import MOMENT, is_moment, names_time
from epiladder.study.draft.table import Words
from epiladder.study.mends import ABSENT

FORMATS = ("DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "DD-MM-YYYY", "YYYY/MM/DD", "DD/MM/YY", "MM/DD/YY")
MOMENTS = tuple(f"{day} {hour}" for day in FORMATS[:3] for hour in ("hh:mm", "hh:mm:ss"))
MOST_CATEGORIES = 20
SENTINELS = (9.0, 99.0, 999.0, 9999.0, -1.0, -9.0, -99.0, -999.0, -9999.0, 88.0, 888.0, 8888.0)
FAR = 3.0  # times the range of all other values, from which a number such as 999 is taken for a code
REFERENCES = ("no", "none", "never", "control", "placebo", "female", "false", "0", "usual care", "absent", "n", "small")


@dataclass(frozen=True)
class Kind:
    """A guess. values: (k,) numbers of the labels, NaN where there is none; of a number, boolean or integer."""

    type: str
    values: np.ndarray | None = None
    categories: tuple[str, ...] = ()
    missing_codes: tuple[str, ...] = ()
    format: str | None = None
    doubts: tuple[str, ...] = field(default_factory=tuple)


def kind_of(column: Words) -> Kind:
    """What a column seems to hold."""
    labels = [str(label).strip() for label in column.labels]
    used = np.unique(column.codes[column.filled])
    there = [labels[i] for i in used]
    absent = tuple(dict.fromkeys(word for word in there if word.lower() in ABSENT))
    rest = [word for word in there if word not in absent]
    if not rest:
        return Kind("text", doubts=("is empty in every row",))
    if all(re.match(NUMBER, word.replace(",", ".")) for word in rest):
        return _number(column, labels, rest, absent)
    if all(word.lower() in BOOLEANS for word in rest):
        return Kind("boolean", missing_codes=absent)
    dated = _date(rest, absent)
    if dated is not None:
        return dated
    # a word such as NA or None may well be a category of its own among words
    distinct = list(dict.fromkeys(str(column.labels[i]) for i in used))
    if len(distinct) <= MOST_CATEGORIES and 2 * len(distinct) <= column.filled.sum():
        doubt = (f"do {_listed(absent)} mean missing? Then move them to `missing_codes`",) if absent else ()
        return Kind("category", categories=_ordered(distinct), doubts=doubt)
    return Kind("text", missing_codes=absent)


def _listed(found: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in found)


def _number(column: Words, labels: list[str], rest: list[str], absent: tuple[str, ...]) -> Kind:
    known = set(rest)
    values = np.array([float(word.replace(",", ".")) if word in known else np.nan for word in labels])
    codes = _sentinels(values[~np.isnan(values)])
    values = np.where(np.isin(values, codes), np.nan, values)
    kept = values[~np.isnan(values)]
    missing = (*absent, *(f"{code:g}" for code in codes))
    doubts = (f"{_listed([f'{code:g}' for code in codes])} lies far from all else",) if codes else ()
    if set(kept) == {0.0, 1.0} and not codes:
        return Kind("boolean", values, missing_codes=missing)
    whole = bool((kept == np.floor(kept)).all())
    if whole and 2 <= len(np.unique(kept)) <= 6:
        doubts = (*doubts, "few values: a category? Then `type: category` with `categories`")
    return Kind("integer" if whole else "number", values, missing_codes=missing, doubts=doubts)


def _sentinels(values: np.ndarray) -> list[float]:
    """Numbers that look like codes for missing: 99, 999, -9 and their like, far away from all other values."""
    found = []
    for code in SENTINELS:
        others = values[~np.isin(values, [code, *found])]
        if code not in values or len(others) < 3:
            continue
        low, high = float(others.min()), float(others.max())
        beyond = low - code if code < low else code - high
        if beyond > FAR * max(high - low, 1.0) or (code < 0 <= low):
            found.append(code)
    return found


def _date(rest: list[str], absent: tuple[str, ...]) -> Kind | None:
    sample = np.array(rest, dtype=object)
    if not np.isnat(dates_of(sample)).any():
        return Kind("date", missing_codes=absent)
    forms = (MOMENT,) if any(is_moment(word) for word in rest) else (*FORMATS, *MOMENTS)
    fitting = [form for form in forms if not np.isnat(dates_of(sample, form)).any()]
    if not fitting or not all(re.search(r"\d", word) and not word.isdecimal() for word in rest):
        return None
    doubt = (f"{' or '.join(fitting[:2])}? Every day fits both",) if len(fitting) > 1 else ()
    if names_time(fitting[0]):
        doubt = (*doubt, "the time of day is left out: a date is a day")
    return Kind("date", missing_codes=absent, format=fitting[0], doubts=doubt)


def _ordered(found: list[str]) -> tuple[str, ...]:
    """Categories with what is usually the reference first."""
    first = sorted(found, key=lambda word: (word.strip().lower() not in REFERENCES, word))
    return tuple(first)

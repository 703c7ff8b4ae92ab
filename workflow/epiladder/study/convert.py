"""From cells as written to values of the plan's types. A cell that is not of its type is a fault, never a guess.

Numbers become float64; words (categories, booleans, ids, dates, text) become codes into their distinct labels, so that
every further check looks at each label once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.study.dates import dates_of
from epiladder.study.decimals import with_points
from epiladder.study.plan import Variable
from epiladder.study.words import as_text, is_number, words

if TYPE_CHECKING:
    import pyarrow as pa

EXACT = 2**53  # a float64 holds every whole number below
LARGEST = 1e100  # beyond it squares and their sums leave what a float64 can hold
NUMBER = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
BOOLEANS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}


@dataclass(frozen=True)
class Column:
    """A converted column of n rows.

    Either `numbers` (n,) float64, NaN where missing or bad; or `codes` (n,) int32 into `labels`, -1 where missing or
    bad. `missing`: cells that are empty or hold a missing code. `bad`: cells that are not of the column's type.
    `dates`: of a column of dates, the day of each label, datetime64[D].
    """

    missing: np.ndarray
    bad: np.ndarray
    numbers: np.ndarray | None = None
    codes: np.ndarray | None = None
    labels: np.ndarray | None = None
    dates: np.ndarray | None = None

    @property
    def keys(self) -> np.ndarray:
        """Values that can be compared for equality: numbers, or codes."""
        return self.codes if self.numbers is None else self.numbers  # type: ignore[return-value]

    @property
    def present(self) -> np.ndarray:
        """Cells with a value of the right type."""
        return ~(self.missing | self.bad)


def convert_id(pieces: Sequence[pa.ChunkedArray], missing_codes: Sequence[str] = ()) -> Column:
    """A column of identifiers: text as written; whole numbers of a typed file without a decimal point.

    Two ids that differ by spaces around them alone would be two clusters: the ones with spaces are bad cells. So are
    numbers whose digits are lost.
    """
    codes, labels, typed = words(pieces)
    blank, spaced = _edges(labels)
    missing = _missing_labels(labels, missing_codes, typed, blank)
    if spaced.any():
        plain = [label.strip() for label in labels]
        known = Counter(plain)
        spaced &= np.array([known[text] > 1 for text in plain], dtype=bool)
    return _coded(codes, labels, missing, (spaced | _lost(pieces, labels)) & ~missing)


def _edges(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which labels hold nothing but spaces, and which have spaces around them, (k,) each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    written = pa.array(labels, pa.string())
    trimmed = pc.utf8_trim_whitespace(written)
    return tuple(
        found.to_numpy(zero_copy_only=False) for found in (pc.equal(trimmed, ""), pc.not_equal(trimmed, written))
    )


def _lost(pieces: Sequence[pa.ChunkedArray], labels: np.ndarray) -> np.ndarray:
    """Ids that were stored as floating numbers so large that neighbours cannot be told apart."""
    import pyarrow as pa

    if not any(pa.types.is_floating(piece.type) for piece in pieces):
        return np.zeros(len(labels), dtype=bool)
    digits = [label.lstrip("-") for label in labels]
    return np.array([text.isdecimal() and len(text) > 15 and int(text) >= EXACT for text in digits], dtype=bool)


def convert(variable: Variable, pieces: Sequence[pa.ChunkedArray], commas: Sequence[bool] = ()) -> Column:
    """A variable's column by its `type`. commas: for each piece, whether a comma is its decimal mark; none if empty."""
    if variable.type in ("number", "integer"):
        return _numbers(variable, pieces, commas or [False] * len(pieces))
    codes, labels, typed = words(pieces)
    missing = _missing_labels(labels, variable.missing_codes, typed)
    if variable.type == "date":
        return _dates(variable, pieces, codes, labels, missing)
    labels = _recoded(labels, missing, variable.recode, typed)
    if variable.type == "boolean":
        return _boolean(codes, labels, missing)
    codes, labels, missing = _merged(codes, _spelled(labels, variable.categories, typed), missing)
    return _coded(codes, labels, missing, np.zeros(len(labels), dtype=bool))


def _dates(
    variable: Variable, pieces: Sequence[pa.ChunkedArray], codes: np.ndarray, labels: np.ndarray, missing: np.ndarray
) -> Column:
    """A typed file's dates need no format. Two spellings of a day are one value."""
    import pyarrow as pa

    typed = any(pa.types.is_temporal(piece.type) for piece in pieces)
    dates = dates_of(labels, variable.format, typed)
    known = ~np.isnat(dates) & ~missing
    first: dict[np.datetime64, int] = {}
    same = [first.setdefault(day, i) if is_day else i for i, (day, is_day) in enumerate(zip(dates, known, strict=True))]
    names = np.where(known, dates.astype(str).astype(object), labels)
    made = _coded(np.append(same, -1).astype(np.int32)[codes], names, missing, ~known & ~missing)
    return replace(made, dates=dates)


def _recoded(labels: np.ndarray, missing: np.ndarray, recode: Mapping[str, str], typed: bool) -> np.ndarray:
    """Labels as what they stand for; missing codes stay."""
    if not recode:
        return labels
    meant = {**({_canonical(word): target for word, target in recode.items()} if typed else {}), **recode}
    return np.array(
        [label if gone else meant.get(label, label) for label, gone in zip(labels, missing, strict=True)], dtype=object
    )


def _merged(codes: np.ndarray, labels: np.ndarray, missing: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes into distinct labels, where recoding has made two the same; a missing one stays by itself."""
    if len(set(labels)) == len(labels):
        return codes, labels, missing
    at: dict[tuple[str, bool], int] = {}
    new = np.array([at.setdefault((label, bool(gone)), len(at)) for label, gone in zip(labels, missing, strict=True)])
    gone = np.array([is_missing for _, is_missing in at], dtype=bool)
    names = np.array([f"{label} (missing)" if is_missing else label for label, is_missing in at], dtype=object)
    return np.append(new, -1)[codes], names, gone


def _coded(codes: np.ndarray, labels: np.ndarray, missing: np.ndarray, bad: np.ndarray) -> Column:
    is_missing, is_bad = _of(missing, codes), _of(bad, codes)
    is_missing |= codes < 0
    return Column(is_missing, is_bad, codes=np.where(is_missing | is_bad, -1, codes).astype(np.int32), labels=labels)


def _of(flags: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Flags of labels as flags of rows."""
    return np.append(flags, False)[codes]


def _boolean(codes: np.ndarray, labels: np.ndarray, missing: np.ndarray) -> Column:
    values = np.array([BOOLEANS.get(label.strip().lower(), np.nan) for label in labels] + [np.nan])
    values[:-1][missing] = np.nan
    numbers = values[codes]
    is_missing = _of(missing, codes) | (codes < 0)
    return Column(is_missing, np.isnan(numbers) & ~is_missing, numbers=numbers)


def _missing_labels(
    labels: np.ndarray, codes: Sequence[str], typed: bool, blank: np.ndarray | None = None
) -> np.ndarray:
    known = set(codes) | ({_canonical(code) for code in codes} if typed else set())
    blank = _edges(labels)[0] if blank is None else blank
    return blank | np.array([label in known for label in labels], dtype=bool) if known else blank


def _canonical(text: str) -> str:
    """A number's text as a typed file's cell is shown; other text as it is."""
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() else repr(value)


def _spelled(labels: np.ndarray, categories: Sequence[str], typed: bool) -> np.ndarray:
    """Labels in the plan's spelling, where a typed file's number 1 stands for a category `1.0` or `01`."""
    if not typed:
        return labels
    spelled = {_canonical(category): category for category in categories}
    return np.array([spelled.get(label, label) for label in labels], dtype=object)


def _numbers(variable: Variable, pieces: Sequence[pa.ChunkedArray], commas: Sequence[bool]) -> Column:
    parts = [
        _typed_numbers(variable, piece) if is_number(piece.type) else _text_numbers(variable, piece, comma)
        for piece, comma in zip(pieces, commas, strict=True)
    ]
    values, missing, bad = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    if variable.type == "integer":
        with np.errstate(invalid="ignore"):
            bad |= ~missing & ~bad & ((values != np.floor(values)) | (np.abs(values) >= EXACT))
    with np.errstate(invalid="ignore"):
        bad |= ~missing & (np.abs(values) > LARGEST)
    values = np.where(missing | bad, np.nan, values)
    return Column(missing, bad, numbers=values)


def _codes_as_numbers(codes: Sequence[str]) -> list[float]:
    numbers = []
    for code in codes:
        try:
            numbers.append(float(code))
        except ValueError:
            continue
    return numbers


def _typed_numbers(variable: Variable, piece: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(piece.type):
        piece = piece.cast(piece.type.value_type)
    values = piece.cast(pa.float64(), safe=False).to_numpy()
    missing = np.isnan(values) | np.isin(values, _codes_as_numbers(variable.missing_codes))
    missing |= pc.is_null(piece).to_numpy()
    return values, missing, np.isinf(values) & ~missing


def _text_numbers(variable: Variable, piece: pa.ChunkedArray, comma: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not comma and not variable.missing_codes and (plain := _plain_numbers(piece)) is not None:
        return plain
    text = pc.utf8_trim_whitespace(as_text(piece))
    empty = pc.or_(pc.is_null(text), pc.equal(pc.fill_null(text, ""), ""))
    if variable.missing_codes:
        coded = pc.is_in(text, value_set=pa.array([code.strip() for code in variable.missing_codes], pa.string()))
        empty = pc.or_(empty, coded)
    text = pc.if_else(empty, pa.scalar(None, pa.string()), text)
    values, bad = _parsed(with_points(text) if comma else text)
    missing = _flags(empty)
    also = ~missing & ~bad & np.isin(values, _codes_as_numbers(variable.missing_codes))
    return values, missing | also, bad


def _plain_numbers(piece: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Values, and that none is missing or bad, of text that is numbers in every cell, as it mostly is; else None."""
    import pyarrow as pa

    if not pa.types.is_string(piece.type) or piece.null_count:
        return None
    try:
        values = piece.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    none = np.zeros(len(values), dtype=bool)
    return (values, none, none.copy()) if np.isfinite(values).all() else None


def _parsed(text: Any) -> tuple[np.ndarray, np.ndarray]:
    """Text (null where missing) as float64, and which cells are no numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        values = text.cast(pa.float64())
        odd = ~np.isfinite(values.to_numpy()) & ~_flags(pc.is_null(text))
        if not odd.any():
            return values.to_numpy(), odd
    except pa.ArrowInvalid:
        pass
    shaped = pc.fill_null(pc.match_substring_regex(text, NUMBER), True)
    values = pc.if_else(shaped, text, pa.scalar(None, pa.string())).cast(pa.float64()).to_numpy()
    bad = ~_flags(shaped)
    return values, bad | np.isinf(values)


def _flags(values: pa.ChunkedArray) -> np.ndarray:
    return values.to_numpy().astype(bool)

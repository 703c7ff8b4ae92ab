"""Columns made from buffers are those that Arrow's own conversions make."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from epiladder import columns


@pytest.mark.parametrize("values", [[], [[]], [[1.5, 2.0], [], [-0.0]], [[1.0], None, [2.0, 3.0], None], [None]])
def test_lists(values: list) -> None:
    made, expected = columns.lists(values), pa.array(values, pa.list_(pa.float64()))
    made.validate(full=True)
    assert made.type == expected.type and made.equals(expected) and made.null_count == expected.null_count


@pytest.mark.parametrize(("word", "number"), [("null", 3), ("Größe", 2), ("", 2), ("one", 0)])
def test_a_word_again_and_again(word: str, number: int) -> None:
    made = columns.repeated(word, number)
    made.validate(full=True)
    assert made.equals(pa.array([word] * number, pa.string()))


def test_numbers_and_texts() -> None:
    assert columns.numbers(np.array([1.5, np.nan, np.inf])).equals(pa.array([1.5, None, None], pa.float64()))
    assert columns.numbers(np.array([3, -4])).equals(pa.array([3, -4], pa.int64()))
    assert columns.texts(["a", "", "ö"]).equals(pa.array(["a", "", "ö"], pa.large_string()))

"""The design of a study over imputed data sets: what does not hang on imputed values, and means of what does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Record = dict[str, Any]


def averaged(stored: Sequence[Record]) -> Record:
    """The first data set's design.json, the numbers that describe its columns being means over all data sets."""
    columns = zip(*(one["columns"] for one in stored), strict=True)
    return {**stored[0], "columns": [_column(same) for same in columns]}


def _column(same: Sequence[Record]) -> Record:
    numbers = [key for key, value in same[0].items() if isinstance(value, float)]
    return {**same[0], **{key: float(np.mean([one[key] for one in same])) for key in numbers}}

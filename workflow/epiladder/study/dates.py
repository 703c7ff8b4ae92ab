"""Dates as the plan says they are written: 2024-02-29, or by a format of one's own."""

from __future__ import annotations

import numpy as np

from epiladder.study.days import directives

ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[-+]\d{2}:?\d{2})?)?$"


def dates_of(labels: np.ndarray, form: str | None = None) -> np.ndarray:
    """Words as days, (k,) datetime64[D], NaT where a word is no date; a time of day after an ISO date is dropped.

    form: such as `DD/MM/YYYY` or `%d/%m/%Y`.
    """
    import pandas as pd

    texts = pd.Series(labels, dtype=object).astype(str).str.strip()
    if form is None:
        shaped = texts.str.match(ISO).to_numpy(dtype=bool) if len(texts) else np.zeros(0, dtype=bool)
        parsed = pd.to_datetime(texts.where(shaped).str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    else:
        parsed = pd.to_datetime(texts, format=directives(form), errors="coerce")
    return parsed.to_numpy().astype("datetime64[D]")

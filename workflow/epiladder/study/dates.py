"""Dates as the plan says they are written: 2024-02-29, or by a format of one's own. A date is a day."""

from __future__ import annotations

import numpy as np

from epiladder.study.days import ISO, directives, is_iso, names_time


def dates_of(labels: np.ndarray, form: str | None = None, typed: bool = False) -> np.ndarray:
    """Words as days, (k,) datetime64[D], NaT where a word is no day.

    form: such as `DD/MM/YYYY` or `%d/%m/%Y`; a time of day is left out where it names one. Without it a word with a
    time of day is no day, so that no time is lost that nobody spoke of; midnight, which programs write for want of a
    time, is none. The day is the one that is written, in whatever zone. typed: the words are those of a typed file,
    which need no format to be understood.
    """
    import pandas as pd

    texts = pd.Series(labels, dtype=object).astype(str).str.strip()
    if form is not None and not typed and not is_iso(form):
        return _days(pd.to_datetime(texts, format=directives(form), errors="coerce"))
    parts = texts.str.extract(ISO)
    kept = parts["hour"].fillna("").str.strip("0:.,") == ""
    if form is not None and names_time(form):
        kept[:] = True
    return _days(pd.to_datetime(parts["day"].where(kept), format="%Y-%m-%d", errors="coerce"))


def _days(moments: object) -> np.ndarray:
    return moments.to_numpy().astype("datetime64[D]")  # type: ignore[attr-defined]

"""How a plan writes days: formats such as `DD/MM/YYYY`, and days such as 2024-02-29. No data here."""

from __future__ import annotations

import re
from datetime import date

WORDS = {"DD": "%d", "MM": "%m", "YYYY": "%Y", "YY": "%y", "hh": "%H", "mm": "%M", "ss": "%S"}
PARTS = re.compile("|".join(sorted(WORDS, key=len, reverse=True)))


def directives(form: str) -> str:
    """A format in the directives of strptime: `DD/MM/YYYY` is `%d/%m/%Y`."""
    return form if "%" in form else PARTS.sub(lambda found: WORDS[found[0]], form)


def is_whole_date(form: str) -> bool:
    """Whether a format names day, month and year."""
    said = directives(form)
    return all(any(f"%{sign}" in said for sign in signs) for signs in ("dj", "mbBj", "yY"))


def day_of(word: str) -> date | None:
    """A day written as 2024-02-29, None for any other word."""
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None

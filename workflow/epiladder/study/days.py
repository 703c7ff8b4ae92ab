"""How a plan writes days: formats such as `DD/MM/YYYY`, and days such as 2024-02-29. No data here."""

from __future__ import annotations

import re
from datetime import date

WORDS = {"DD": "%d", "MM": "%m", "YYYY": "%Y", "YY": "%y", "hh": "%H", "mm": "%M", "ss": "%S"}
HOUR = r"(?P<hour>\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)"
ISO = rf"^(?P<day>\d{{4}}-\d{{2}}-\d{{2}})(?:[T ]{HOUR} ?(?:Z|[-+]\d{{2}}(?::?\d{{2}})?)?)?$"
MOMENT = "YYYY-MM-DD hh:mm"  # the format of an ISO date with a time of day, whatever its seconds and its zone
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


def names_time(form: str) -> bool:
    """Whether a format names a time of day."""
    said = directives(form)
    return any(f"%{sign}" in said for sign in "HIMSpfXcT")


def is_iso(form: str) -> bool:
    """Whether a format is that of an ISO date with a time of day."""
    return names_time(form) and directives(form).startswith("%Y-%m-%d")


def names_zone(form: str) -> bool:
    """Whether a format names a time zone."""
    return any(f"%{sign}" in directives(form) for sign in "zZ")


def is_moment(word: str) -> bool:
    """Whether a word is an ISO date with a time of day."""
    found = re.match(ISO, word.strip())
    return found is not None and found["hour"] is not None

"""Calendar periods by their names: 2019, 2020-Q1, 2020-04, 2020-04-17, and all of a kind between two days."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from epiladder.study.days import day_of

MONTHS = {"year": 12, "quarter": 3, "month": 1}
NAME = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


def days_of(name: str) -> dict[str, str] | None:
    """First and last day of a period, as `earliest` and `latest`; None for what is no period's name."""
    if day_of(name) is not None:
        return {"earliest": name, "latest": name}
    found = NAME.fullmatch(name)
    if found is None or found[1] == "0000":
        return None
    year, first, last = int(found[1]), 1, 12
    if found[2]:
        first, last = 3 * int(found[2]) - 2, 3 * int(found[2])
    elif found[3]:
        first = last = int(found[3])
    end = date(year, last, monthrange(year, last)[1])
    return {"earliest": date(year, first, 1).isoformat(), "latest": end.isoformat()}


def listed_periods(kind: str, earliest: str, latest: str) -> list[str] | None:
    """Names of all periods of a kind (`year`, `quarter`, `month`) that two days and those between lie in, in order.

    None for what is no kind.
    """
    start, end = day_of(earliest), day_of(latest)
    if kind not in MONTHS or start is None or end is None:
        return None
    months = range(12 * start.year + start.month - 1, 12 * end.year + end.month)
    return list(dict.fromkeys(_name(kind, month // 12, month % 12 + 1) for month in months))


def _name(kind: str, year: int, month: int) -> str:
    if kind == "year":
        return f"{year:04d}"
    return f"{year:04d}-Q{(month + 2) // 3}" if kind == "quarter" else f"{year:04d}-{month:02d}"

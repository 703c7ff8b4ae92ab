"""The numbering of what a page cites, in the order in which it is first cited."""

from __future__ import annotations

from epiladder.report.bibliography import BIBLIOGRAPHY
from epiladder.report.page import Reference


class Citations:
    """Gives each cited key its number; the first one cited is 1. An unknown key is an error of ours."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, key: str) -> int:
        """The number of a key, given at its first citation."""
        if key not in BIBLIOGRAPHY:
            raise KeyError(f"no such reference in the bibliography: {key}")
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def references(self) -> tuple[Reference, ...]:
        """The cited works, in the order of their numbers."""
        return tuple(Reference(number, key, *BIBLIOGRAPHY[key]) for key, number in self._numbers.items())

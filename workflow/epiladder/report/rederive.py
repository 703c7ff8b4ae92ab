"""A released report derived again from the results, and every number in it compared.

Two questions. Does the page that the results give today say what the released page says, byte for byte, and where not,
which numbers differ? And do the numbers of the tables stand in the results' files as they are, or were they worked out
from them by the page (a ratio, a share, a rounded count)?
"""

from __future__ import annotations

import csv
import io
import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Any

from epiladder.errors import PlanError
from epiladder.files import read_json
from epiladder.report import printer
from epiladder.report.build import PDF, pages, print_pdf, printed_before
from epiladder.report.results import Results, read
from epiladder.report.styles import Style, current
from epiladder.report.written import written_for

POWER = "(?:\u00a0×\u00a010[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
SAME = 1e-12
MOST = 40  # lines of numbers that differ, before they are only counted


@dataclass(frozen=True)
class Rederived:
    """same, different: names of released files. numbers: in report.md and the tables. changed: a line for each number
    that differs. traced, worked_out: numbers of the tables that stand in a results' file, or do not. paper: what is to
    be said of a PDF that could not be derived again.
    """

    same: tuple[str, ...]
    different: tuple[str, ...]
    numbers: int
    changed: tuple[str, ...]
    traced: int
    worked_out: int
    paper: str = ""

    @property
    def differs(self) -> bool:
        """Whether a file or a number of the report is not what the results give."""
        return bool(self.different or self.changed)

    def lines(self) -> list[str]:
        """What was found, in words."""
        total = len(self.same) + len(self.different)
        return [
            f"{self.numbers} numbers of the page and its tables derived again: {len(self.changed)} differ.",
            f"{len(self.same)} of {total} files are the same bytes.",
            f"Of the numbers in tables {self.traced} stand as they are in the results' files, {self.worked_out} are "
            "worked out from them by the page.",
            *([self.paper] if self.paper else []),
            *(f"  not the same bytes: {name}" for name in self.different),
            *(f"  number: {line}" for line in self.changed[:MOST]),
            *([f"  and {len(self.changed) - MOST} more numbers"] if len(self.changed) > MOST else []),
        ]


def rederive(results: Path, reports: Path) -> Rederived:
    """Derive the report again from `results` and compare it with what lies in `reports`."""
    found = read(results)
    pdf = printed_before(found, reports)
    wanted = pages(found, pdf)
    released = {name: _text(reports / name) for name in wanted}
    on_paper, paper = _printed_again(found, pdf) if pdf else ({}, "")
    alike = {name: released[name] == text for name, text in wanted.items()} | on_paper
    pairs = [(name, wanted[name], released[name] or "") for name in wanted if name.endswith((".md", ".csv"))]
    with written_for(found):
        style = current()
    compared = [(name, *(_numbers(text, name, style) for text in texts)) for name, *texts in pairs]
    changed = [
        f"{name}: released {other or 'none'}, derived {one or 'none'}"
        for name, derived, printed in compared
        for one, other in _apart(derived, printed)
    ]
    printed = [number for name, text in wanted.items() if name.endswith(".csv") for number in _cells(text)]
    known = sorted({abs(value) for value in _values(found, results)})
    traced = sum(_stands(abs(number), known) for number in printed)
    return Rederived(
        tuple(name for name, is_same in alike.items() if is_same),
        tuple(name for name, is_same in alike.items() if not is_same),
        sum(len(derived) for _, derived, _ in compared),
        tuple(changed),
        traced,
        len(printed) - traced,
        paper,
    )


def _printed_again(found: Results, pdf: bytes) -> tuple[dict[str, bool], str]:
    """Whether a PDF printed anew has the bytes of the released one; nothing, and why, where that cannot be asked."""
    untold = f"{PDF} is hashed, and was not derived again: "
    try:
        again = print_pdf(found)
    except PlanError as error:
        return {}, untold + str(error)
    if again != pdf and printer.set_by(again) != printer.set_by(pdf):
        return {}, untold + f"it was set by {printer.set_by(pdf)}, here is {printer.set_by(again)}."
    return {PDF: again == pdf}, ""


def _apart(derived: list[str], released: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """Numbers that differ, each beside the one in its place: what is put in or taken out does not move the others."""
    if derived == released:
        return
    matched = SequenceMatcher(None, derived, released, autojunk=False)
    for kind, a, b, c, d in matched.get_opcodes():
        if kind != "equal":
            yield from zip_longest(derived[a:b], released[c:d])


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return None


def _numbers(text: str, name: str, style: Style) -> list[str]:
    """The numbers of a file as its style writes them; a table to be downloaded is written for programs."""
    point, comma = (".", None) if name.endswith(".csv") else (style.decimal, style.thousands)
    grouped = rf"(?:{re.escape(comma)}\d{{3}}(?!\d))*" if comma else ""
    return re.findall(rf"[−-]?(?:\d+{grouped}(?:{re.escape(point)}\d+)?|{re.escape(point)}\d+){POWER}", text)


def _cells(text: str) -> Iterator[float]:
    """The numbers of a CSV table, unrounded."""
    for row in list(csv.reader(io.StringIO(text)))[1:]:
        for cell in row:
            try:
                value = float(cell)
            except ValueError:
                continue
            if math.isfinite(value):
                yield value


def _stands(value: float, known: list[float]) -> bool:
    at = bisect_left(known, value * (1 - SAME))
    return at < len(known) and known[at] <= value * (1 + SAME)


def _values(found: Results, folder: Path) -> Iterator[float]:
    """Every number of the results' JSON files, and of the tables by cluster that the page reads."""
    for path in sorted(folder.rglob("*.json")):
        if path.relative_to(folder).parts[0] not in ("runs", "imputed", "baseline") and path.name != "manifest.json":
            yield from _leaves(read_json(path))
    yield from _leaves([list(row.values()) for row in found.pooling])
    yield from _leaves([list(row.values()) for rows in found.modes.values() for row in rows])


def _leaves(value: Any) -> Iterator[float]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, (int, float)):
        yield float(value)
    inner: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _leaves(one)

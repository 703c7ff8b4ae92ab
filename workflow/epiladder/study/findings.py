"""Findings: what the checks say of the data. A failure is a check's result by rows; a finding is what a reader gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from epiladder.study.checks import ROW_CHECKS
from epiladder.study.ingest import Raw
from epiladder.study.plan import Plan

SHOWN = 5
NO_ROWS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Failure:
    """A failed check by rows.

    rows: positions (0-based) of the failing rows. says: what is wrong, a clause without an end. examples: in words,
    with the file's own values. short: what rejected.csv says of a row.
    """

    check: str
    column: str | None
    says: str
    mend: str
    rows: np.ndarray = field(default_factory=lambda: NO_ROWS)
    level: str | None = None
    clusters: int | None = None
    examples: tuple[str, ...] = ()
    short: str = ""


@dataclass(frozen=True)
class Finding:
    """A finding: the check, how grave, where, how many rows and clusters, examples, and how to mend it.

    `row_numbers` are the first rows as a spreadsheet counts them (the header is row 1), `files` the file of each.
    """

    check: str
    severity: str
    column: str | None
    level: str | None
    rows: int
    clusters: int | None
    examples: tuple[str, ...]
    row_numbers: tuple[int, ...]
    files: tuple[str, ...]
    message: str
    mend: str

    def as_json(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def finding(plan: Plan, failure: Failure, raw: Raw | None = None) -> Finding:
    """The finding of a failure.

    A finding that does not stop the run goes into the report: its message then shows no values of persons.
    """
    severity = plan.checks[failure.check]
    may_show = severity == "stop" or plan.disclosure.public
    examples = f": {', '.join(failure.examples)}" if failure.examples and may_show else ""
    more = ", ..." if examples and len(failure.examples) == SHOWN else ""
    files, numbers = ([], NO_ROWS) if raw is None else raw.places(failure.rows[:SHOWN])
    said = f"{failure.says}{examples}{more}"
    return Finding(
        failure.check,
        severity,
        failure.column,
        failure.level,
        len(failure.rows),
        failure.clusters,
        failure.examples,
        tuple(int(number) for number in numbers),
        tuple(files),
        said if said.endswith("?") else f"{said}.",
        failure.mend,
    )


def in_order(failures: Sequence[Failure]) -> list[Failure]:
    """Failures of rows in the order of their checks; a check's own order of columns is kept."""
    return sorted(failures, key=lambda failure: ROW_CHECKS.index(failure.check))


def counted(number: int, noun: str) -> str:
    """`1 row`, `1,204 rows`."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """The plural of a level's name in a sentence."""
    ends = noun.endswith(("s", "x", "z", "ch", "sh"))
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    irregular = {"child": "children", "person": "persons", "man": "men", "woman": "women"}
    return irregular.get(noun, noun + ("es" if ends else "s"))

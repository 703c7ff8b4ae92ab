"""The corpus of broken inputs: a sound study, and one fault at a time put into its plan or into its table.

Each case says with which exit code `epiladder check` must end and which words its message must hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
STUDY = (HERE / "study.yaml").read_text(encoding="utf-8")
TABLE = (HERE / "nurses.csv").read_text(encoding="utf-8")


@dataclass(frozen=True)
class BrokenPlan:
    """A fault of the study file: `old` is replaced by `new`; the message holds every one of `said`.

    `is_alone`: nothing else is wrong then; a level that is misnamed is also missed by its variables.
    """

    name: str
    old: str
    new: str
    said: tuple[str, ...]
    is_alone: bool = True

    def text(self) -> str:
        assert STUDY.count(self.old) >= 1, self.old
        return STUDY.replace(self.old, self.new, 1)


@dataclass(frozen=True)
class BrokenTable:
    """A fault of the data: the table's text is changed, and where `plan` is given the plan too (old, new)."""

    name: str
    change: Callable[[str], str | bytes]
    said: tuple[str, ...]
    check: str
    plan: tuple[str, str] | None = None

    def content(self) -> bytes:
        made = self.change(TABLE)
        assert made != TABLE or self.plan is not None
        return made if isinstance(made, bytes) else made.encode("utf-8")

    def study(self) -> str:
        if self.plan is None:
            return STUDY
        assert self.plan[0] in STUDY
        return STUDY.replace(*self.plan, 1)


WARD = "{name: ward, id: ward_no, unique_within: hospital}"
COVARIATES = "[training, age, gender, experience, size]"

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
CLINICS = (HERE / "clinics.yaml").read_text(encoding="utf-8")
CLINICS_TABLE = (HERE / "clinics.csv").read_text(encoding="utf-8")
OUTCOMES = {
    "binary": "{variable: died, family: binomial, event: yes}",
    "numbers": "{variable: dead, family: binomial}",
    "events": "{events: cases, trials: size, family: binomial, link: probit}",
    "counts": "{variable: falls, family: poisson, exposure: days}",
    "dispersed": "{variable: falls, family: negative_binomial, exposure: 1000}",
}


def clinics(outcome: str) -> str:
    """The study of clinics with one of its sound outcomes."""
    assert OUTCOMES["binary"] in CLINICS
    return CLINICS.replace(OUTCOMES["binary"], OUTCOMES[outcome])


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
    base: str = STUDY

    def text(self) -> str:
        assert self.base.count(self.old) >= 1, self.old
        return self.base.replace(self.old, self.new, 1)


@dataclass(frozen=True)
class BrokenTable:
    """A fault of the data: the table's text is changed, and where `plan` is given the plan too (old, new)."""

    name: str
    change: Callable[[str], str | bytes]
    said: tuple[str, ...]
    check: str
    plan: tuple[str, str] | None = None
    base: str = STUDY
    table: str = TABLE

    def content(self) -> bytes:
        made = self.change(self.table)
        assert made != self.table or self.plan is not None
        return made if isinstance(made, bytes) else made.encode("utf-8")

    def study(self) -> str:
        if self.plan is None:
            return self.base
        assert self.plan[0] in self.base
        return self.base.replace(*self.plan, 1)


WARD = "{name: ward, id: ward_no, unique_within: hospital}"
COVARIATES = "[training, age, gender, experience, size]"

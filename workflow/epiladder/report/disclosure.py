"""What may be shown: small counts are hidden, others with them so that no sum gives them away, the rest rounded.

Unless data are public, small clusters are left out and clusters have pseudonyms. Everything that was hidden is logged:
where, what and why, never the value. Threshold and secondary suppression as in Hundepool et al. (2012), Statistical
Disclosure Control, chapter 4.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from epiladder.report.numbers import Format, Number, count


@dataclass
class Log:
    """What was hidden, and where: the section that is being made."""

    where: str = "page"
    entries: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, what: str, why: str) -> None:
        """Something was hidden in the section that is being made."""
        self.entries.add((self.where, what, why))


@dataclass(frozen=True)
class Disclosure:
    """The plan's rule: counts below `minimum_count` are hidden, others rounded to a multiple of `round_to`."""

    public: bool
    minimum_count: int
    round_to: int
    key: str = ""
    log: Log = field(default_factory=Log, compare=False)

    @classmethod
    def of(cls, plan: dict[str, Any]) -> Disclosure:
        """The rule of a plan."""
        rule = plan.get("disclosure") or {}
        if isinstance(rule, str):
            return cls(rule == "public", 10, 5)
        words = rule.get("pseudonyms") or f"{plan.get('id')} {(plan.get('inference') or {}).get('seed')}"
        return cls(
            bool(rule.get("public")), int(rule.get("minimum_count") or 1), int(rule.get("round_to") or 1), str(words)
        )

    def count(self, value: float | None) -> Number:
        """A count of persons or rows, as it may be printed; zero hides nobody."""
        if self.public or value is None or value == 0:
            return count(value)
        if value < self.minimum_count:
            self.log.add("counts", f"below {self.minimum_count}")
            return Number(None, Format("count"), missing=f"<{self.minimum_count}")
        return count(self.round_to * round(value / self.round_to))

    def counts(self, values: Sequence[float | None]) -> list[Number]:
        """Counts that add up to a printed total; where one is hidden others are too, so that none can be worked out."""
        return [row[0] for row in self.table([[value] for value in values])]

    def table(self, values: Sequence[Sequence[float | None]]) -> list[list[Number]]:
        """A table of counts whose rows and columns add up to printed totals, with secondary suppression both ways."""
        hidden = self.hidden(values)
        made = [[self.count(value) for value in row] for row in values]
        return [
            [self._beside() if hide and cell.value is not None else cell for cell, hide in zip(row, flags, strict=True)]
            for row, flags in zip(made, hidden, strict=True)
        ]

    def _beside(self) -> Number:
        self.log.add("counts", "beside a hidden one, which their sum would give away")
        return Number(None, Format("count"), missing="hidden")

    def hidden(self, values: Sequence[Sequence[float | None]]) -> list[list[bool]]:
        """Which cells of a table are hidden: the small ones, and in each line further ones, the smallest first, until
        those that are hidden are two at least and hold `minimum_count` together. Lines of one cell are left alone."""
        flags = [[not self.public and 0 < (value or 0) < self.minimum_count for value in row] for row in values]
        rows = [[(i, j) for j in range(len(row))] for i, row in enumerate(values)]
        columns = [list(line) for line in zip(*rows, strict=True)]
        lines = [line for line in [*rows, *columns] if len(line) > 1]
        again = True
        while again:
            again = False
            for line in lines:
                further = self._further([(values[i][j], flags[i][j]) for i, j in line])
                if further is not None:
                    i, j = line[further]
                    flags[i][j] = again = True
        return flags

    def _further(self, line: list[tuple[float | None, bool]]) -> int | None:
        """The cell of a line that must be hidden too; None where enough are, or nothing is left to hide."""
        held = [value or 0 for value, hide in line if hide]
        if not held or (len(held) > 1 and sum(held) >= self.minimum_count):
            return None
        left = [(value, at) for at, (value, hide) in enumerate(line) if value and not hide]
        return min(left)[1] if left else None

    def shows(self, size: float) -> bool:
        """Whether a cluster of this size may be drawn."""
        if self.public or size >= self.minimum_count:
            return True
        self.log.add("clusters", f"of fewer than {self.minimum_count}, in pictures and tables by cluster")
        return False

    def share(self, value: float | None, total: float | None) -> float | None:
        """A share (0 to 1) from counts as they are printed; None when either is hidden."""
        part, whole = self.count(value).value, self.count(total).value
        return None if part is None or not whole else part / whole

    def ends(self, values: Sequence[float]) -> tuple[float, float]:
        """The ends of a range: minimum and maximum of public data, else the first and last tenth."""
        ordered = sorted(values)
        if self.public:
            return ordered[0], ordered[-1]
        self.log.add("minimum and maximum", "each is a single cluster's; the first and last tenth stand for them")
        last = len(ordered) - 1
        return ordered[round(0.1 * last)], ordered[round(0.9 * last)]

    def cluster(self, level: str, label: str) -> str:
        """A cluster's name as it may be printed: a pseudonym, the same in every run of a study.

        A keyed digest (HMAC): without the plan's `pseudonyms` words nobody can work out names from pseudonyms, or
        pseudonyms from names.
        """
        if self.public:
            return label
        self.log.add("names of clusters", "pseudonyms stand for them")
        digest = hmac.new(self.key.encode(), f"{level}\n{label}".encode(), hashlib.sha256).hexdigest()
        return f"{level} {digest[:8]}"

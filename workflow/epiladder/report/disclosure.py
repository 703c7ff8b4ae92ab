"""What may be shown: small counts are hidden, the rest rounded, and small clusters left out, unless data are public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from epiladder.report.numbers import Format, Number, count


@dataclass(frozen=True)
class Disclosure:
    """The plan's rule: counts below `minimum_count` are hidden, others rounded to a multiple of `round_to`."""

    public: bool
    minimum_count: int
    round_to: int

    @classmethod
    def of(cls, plan: dict[str, Any]) -> Disclosure:
        """The rule of a plan."""
        rule = plan.get("disclosure") or {}
        if isinstance(rule, str):
            return cls(rule == "public", 10, 5)
        return cls(bool(rule.get("public")), int(rule.get("minimum_count") or 1), int(rule.get("round_to") or 1))

    def count(self, value: float | None) -> Number:
        """A count of persons or rows, as it may be printed; zero hides nobody."""
        if self.public or value is None or value == 0:
            return count(value)
        if value < self.minimum_count:
            return Number(None, Format("count"), missing=f"<{self.minimum_count}")
        return count(self.round_to * round(value / self.round_to))

    def shows(self, size: float) -> bool:
        """Whether a cluster of this size may be drawn."""
        return self.public or size >= self.minimum_count

    def share(self, value: float | None, total: float | None) -> float | None:
        """A share (0 to 1) from counts as they are printed; None when either is hidden."""
        part, whole = self.count(value).value, self.count(total).value
        return None if part is None or not whole else part / whole

"""A spec: one rung's model as data, in the plan's terms, before any column exists.

A spec is small, frozen and comparable; the ladder makes each from the one below, and everything that fits, compares
or prints a model reads it from here.
"""

from __future__ import annotations

from dataclasses import dataclass

INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class RandomPart:
    """The random effects of one level: blocks of terms, correlated within a block and independent between blocks."""

    level: str
    blocks: tuple[tuple[str, ...], ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """All terms, block after block; the first is the intercept."""
        return tuple(term for block in self.blocks for term in block)

    def as_formula(self) -> str:
        """The part in lme4's notation."""
        return " + ".join(f"({_block_formula(block)} | {self.level})" for block in self.blocks)


def _block_formula(block: tuple[str, ...]) -> str:
    if block == (INTERCEPT,):
        return "1"
    lead = "1" if block[0] == INTERCEPT else "0"
    return " + ".join([lead, *(term for term in block if term != INTERCEPT)])


@dataclass(frozen=True)
class Spec:
    """A model: the outcome, fixed terms (the intercept first) and random parts (outermost level first)."""

    rung: str
    outcome: str
    fixed: tuple[str, ...]
    random: tuple[RandomPart, ...] = ()

    @property
    def formula(self) -> str:
        """The model in lme4's notation; random parts from the innermost level outwards."""
        fixed = ["1", *(term for term in self.fixed if term != INTERCEPT)]
        if len(fixed) > 1:
            fixed = fixed[1:]
        return f"{self.outcome} ~ {' + '.join([*fixed, *(part.as_formula() for part in reversed(self.random))])}"

    def as_json(self) -> dict[str, object]:
        """The spec as plain JSON values."""
        return {
            "id": self.rung,
            "outcome": self.outcome,
            "formula": self.formula,
            "fixed": list(self.fixed),
            "random": [{"level": part.level, "blocks": [list(block) for block in part.blocks]} for part in self.random],
        }

    @classmethod
    def from_json(cls, value: dict) -> Spec:
        """A spec read back from `as_json`."""
        random = tuple(
            RandomPart(part["level"], tuple(tuple(block) for block in part["blocks"])) for part in value["random"]
        )
        return cls(value["id"], value["outcome"], tuple(value["fixed"]), random)

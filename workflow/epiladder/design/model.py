"""A model: a spec whose terms have become columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from epiladder.design.spec import Spec


@dataclass(frozen=True)
class RandomColumns:
    """The random effects of one level as columns: blocks of column names, correlated within a block."""

    level: str
    blocks: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, block after block."""
        return tuple(name for block in self.blocks for name in block)


@dataclass(frozen=True)
class Model:
    """The outcome, fixed columns and random columns (outermost level first)."""

    outcome: str
    fixed: tuple[str, ...]
    random: tuple[RandomColumns, ...] = ()


def model_of(spec: Spec, of_term: Mapping[str, tuple[str, ...]]) -> Model:
    """The model of a spec, given the columns of each term."""
    fixed = dict.fromkeys(name for term in spec.fixed for name in of_term[term])
    random = tuple(
        RandomColumns(
            part.level, tuple(tuple(name for term in block for name in of_term[term]) for block in part.blocks)
        )
        for part in spec.random
    )
    return Model(spec.outcome, tuple(fixed), random)

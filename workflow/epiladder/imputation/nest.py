"""The nest: rows in their clusters, and how values pass between levels. Levels are numbers, the units the last."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Nest:
    """codes: for each level, outermost first, the cluster of each row, (N,), numbered from 0 in the rows' order."""

    codes: tuple[np.ndarray, ...]

    @property
    def units(self) -> int:
        """The number that stands for the units themselves."""
        return len(self.codes)

    @cached_property
    def first_rows(self) -> tuple[np.ndarray, ...]:
        """The first row of each cluster of each level."""
        return tuple(np.unique(codes, return_index=True)[1] for codes in self.codes)

    @cached_property
    def counts(self) -> tuple[np.ndarray, ...]:
        """Rows of each cluster of each level."""
        return tuple(np.bincount(codes) for codes in self.codes)

    def size(self, level: int) -> int:
        """How many clusters, or units, a level has."""
        return len(self.codes[0]) if level == self.units else len(self.counts[level])

    def ancestors(self, level: int, outer: int) -> np.ndarray:
        """The cluster of an outer level in which each cluster, or unit, of a level lies."""
        return self.codes[outer] if level == self.units else self.codes[outer][self.first_rows[level]]

    def spread(self, values: np.ndarray, own: int, level: int) -> np.ndarray:
        """Values of an outer (or the same) level, once for each cluster or unit of a level."""
        return values if own == level else values[self.ancestors(level, own)]

    def means(self, values: np.ndarray, own: int, outer: int) -> np.ndarray:
        """Mean over the rows of each cluster of an outer level of values that belong to an inner one."""
        by_row = self.spread(values, own, self.units)
        return np.bincount(self.codes[outer], weights=by_row) / self.counts[outer]

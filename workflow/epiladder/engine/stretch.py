"""A stretch: whole outermost clusters of rows that fit in the processor's cache, and where their clusters begin.

Models whose likelihood needs every row again and again go through the rows stretch by stretch: each stretch's modes
settle by themselves, and its arrays stay small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

ROWS_A_STRETCH = 1 << 15


@dataclass(frozen=True)
class StretchLevel:
    """One level's clusters in a stretch (J of them).

    rows: first row of each cluster. sizes: rows in each. starts, ancestors: as elimination wants them.
    """

    rows: np.ndarray
    sizes: np.ndarray
    starts: tuple[np.ndarray, ...]
    ancestors: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Stretch:
    """Rows of whole outermost clusters.

    y, trials, offset, weights: (n,), or a number for all. x: (p, n). z: one (q_k, n) a level, innermost first; levels
    likewise. outermost: for each level, the index of each cluster's outermost ancestor. place: for each level, its
    clusters' place in the study.
    """

    y: np.ndarray
    trials: np.ndarray | float
    offset: np.ndarray | float
    weights: np.ndarray | float
    x: np.ndarray
    z: tuple[np.ndarray, ...]
    levels: tuple[StretchLevel, ...]
    outermost: tuple[np.ndarray, ...]
    place: tuple[slice, ...]

    def spread(self, values: np.ndarray, level: int) -> np.ndarray:
        """A value of each cluster of a level given to its rows, (..., J) to (..., n)."""
        return np.repeat(values, self.levels[level].sizes, axis=-1)

    def gather(self, values: np.ndarray, level: int) -> np.ndarray:
        """Values of rows summed by cluster of a level, (..., n) to (..., J)."""
        return np.add.reduceat(values, self.levels[level].rows, axis=-1)

    def only(self, level: int) -> Stretch:
        """The same rows with one level alone."""
        kept = replace(self.levels[level], starts=(), ancestors=())
        every = np.arange(len(kept.rows))
        return replace(self, z=(self.z[level],), levels=(kept,), outermost=(every,), place=(self.place[level],))


def stretches(
    y: np.ndarray,
    trials: np.ndarray | float,
    offset: np.ndarray | float,
    weights: np.ndarray | float,
    x: np.ndarray,
    z: Sequence[np.ndarray],
    rows: Sequence[np.ndarray],
) -> list[Stretch]:
    """Cut rows sorted by cluster into stretches.

    x: (p, N). z: (q_k, N) of each level, innermost first. rows: first row of each cluster of each level, likewise.
    """
    n_rows = len(y)
    bounds = [np.append(level, n_rows) for level in rows]
    outer = bounds[-1]
    targets = np.arange(ROWS_A_STRETCH, n_rows, ROWS_A_STRETCH)
    cuts = np.unique(np.concatenate([[0], np.searchsorted(outer, targets), [len(outer) - 1]]))
    made = []
    for first, last in pairwise(cuts):
        low, high = int(outer[first]), int(outer[last])
        part = slice(low, high)
        places = tuple(slice(*np.searchsorted(bound, (low, high))) for bound in bounds)
        firsts = [bound[place] - low for bound, place in zip(bounds, places, strict=True)]
        made.append(
            Stretch(
                y[part],
                _part(trials, part),
                _part(offset, part),
                _part(weights, part),
                np.ascontiguousarray(x[:, part]),
                tuple(np.ascontiguousarray(level[:, part]) for level in z),
                tuple(_level(firsts, k, high - low) for k in range(len(firsts))),
                tuple(np.searchsorted(firsts[-1], level, side="right") - 1 for level in firsts),
                places,
            )
        )
    return made


def _part(given: np.ndarray | float, part: slice) -> np.ndarray | float:
    return given[part] if isinstance(given, np.ndarray) else given


def _level(firsts: list[np.ndarray], k: int, n_rows: int) -> StretchLevel:
    own, outer = firsts[k], firsts[k + 1 :]
    sizes = np.diff(np.append(own, n_rows))
    starts = tuple(np.searchsorted(own, other) for other in outer)
    ancestors = tuple(np.searchsorted(other, own, side="right") - 1 for other in outer)
    return StretchLevel(own, sizes, starts, ancestors)

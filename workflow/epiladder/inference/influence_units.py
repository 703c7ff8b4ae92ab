"""Units of a Gaussian likelihood: what each outermost cluster adds to it, alone or with a cluster of it left out.

Outermost clusters are independent, so the likelihood without one is the whole less its share. Without a cluster of an
inner level its outermost cluster's share is replaced by that of the same cluster without it; those stand side by side
in cross-products of their own, so that one elimination serves all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from epiladder.design.crossproducts import Crossproducts, pair
from epiladder.design.model import Model
from epiladder.engine.elimination import LevelProjection, backward, forward
from epiladder.engine.problem import Problem, make_problem


@dataclass(frozen=True)
class Units:
    """problem: of all units together. totals: (p+1, p+1, U), [X y]'[X y] of each unit. rows: (U,).

    firsts: for each level, innermost first, the first cluster of each unit.
    """

    problem: Problem
    totals: np.ndarray
    rows: np.ndarray
    firsts: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Shares:
    """Each unit's share at one theta. log_determinant: (U,). tail: (p+1, p+1, U), [X y]'V^-1[X y]."""

    log_determinant: np.ndarray
    tail: np.ndarray
    projections: list[LevelProjection]


def units_of(cross: Crossproducts, model: Model) -> Units:
    """The outermost clusters as units."""
    problem = make_problem(cross, model)
    starts = cross.starts(cross.levels[0])
    at = [cross.basis.index(name) for name in (*model.fixed, model.outcome)]
    totals = np.array([[np.add.reduceat(cross.products[pair(i, j)], starts) for j in at] for i in at])
    outermost = np.arange(len(starts))
    firsts = tuple(level.starts[-1] if level.starts else outermost for level in problem.levels)
    return Units(problem, totals, cross.cluster_sizes(cross.levels[0]), firsts)


def shares(units: Units, factors: list[np.ndarray]) -> Shares:
    """Eliminate every level of all units at once. factors: Lambda of each level, innermost first."""
    levels, width = units.problem.levels, len(units.totals)
    done = forward(levels, units.problem.products, np.zeros((width, width)), factors)
    log_determinant, tail = np.zeros(units.totals.shape[-1]), units.totals.copy()
    for eliminated, firsts in zip(done.levels, units.firsts, strict=True):
        logs = 2.0 * np.sum([np.log(row[-1]) for row in eliminated.factor], axis=0)
        log_determinant += np.add.reduceat(logs, firsts)
        half = eliminated.half[:, -width:]
        for i in range(width):
            for j in range(i + 1):
                part = np.add.reduceat((half[:, i] * half[:, j]).sum(axis=0), firsts)
                tail[i, j] -= part
                if i != j:
                    tail[j, i] -= part
    return Shares(log_determinant, tail, backward(levels, factors, done, width - 1))


@dataclass(frozen=True)
class LeftOut:
    """Clusters of one level, each to be left out in turn.

    inside: (C, 2), the first innermost cluster of each and the one after its last. outermost: (C,), its unit.
    """

    level: str
    inside: np.ndarray
    outermost: np.ndarray

    def mask(self, cluster: int, n_innermost: int) -> np.ndarray:
        """Innermost clusters that stay when one cluster is left out."""
        stay = np.ones(n_innermost, dtype=bool)
        stay[slice(*self.inside[cluster])] = False
        return stay


def left_out(cross: Crossproducts, level: str) -> LeftOut:
    """The clusters of a level."""
    starts, outer = cross.starts(level), cross.starts(cross.levels[0])
    inside = np.column_stack([starts, np.append(starts[1:], cross.products.shape[1])])
    return LeftOut(level, inside, np.searchsorted(outer, starts, side="right") - 1)


def taken(cross: Crossproducts, which: np.ndarray) -> Crossproducts:
    """Some of the innermost clusters, in the same basis. which: a mask or an index."""
    labels = tuple(label[which] for label in cross.labels)
    return replace(cross, products=cross.products[:, which], labels=labels, table_rows=cross.table_rows[which])


@dataclass(frozen=True)
class Remainders:
    """Each left-out cluster's outermost cluster without it, as units of their own.

    cross: their cross-products, None where nothing remains of any. index: their innermost clusters among the whole's.
    which: the left-out clusters that have a remainder, one a unit.
    """

    cross: Crossproducts | None
    index: np.ndarray
    which: np.ndarray


def remainders(cross: Crossproducts, out: LeftOut) -> Remainders:
    """The remainders of a level's clusters; outermost clusters have none."""
    bounds = [*map(int, cross.starts(cross.levels[0])), cross.products.shape[1]]
    parts = [
        np.concatenate([np.arange(bounds[unit], int(first)), np.arange(int(end), bounds[unit + 1])])
        for (first, end), unit in zip(out.inside.astype(int), out.outermost.astype(int), strict=True)
    ]
    sizes = np.array([len(part) for part in parts])
    which, index = np.flatnonzero(sizes), np.concatenate(parts).astype(int)
    if not len(which):
        return Remainders(None, index, which)
    chosen = taken(cross, index)
    labels = (np.repeat(np.arange(len(parts)), sizes), *chosen.labels[1:])
    return Remainders(replace(chosen, labels=labels), index, which)


def remainder_size(cross: Crossproducts, out: LeftOut) -> int:
    """How many innermost clusters `remainders` would hold."""
    members = np.diff(np.append(cross.starts(cross.levels[0]), cross.products.shape[1]))
    return int(members[out.outermost].sum() - np.diff(out.inside, axis=1).sum())

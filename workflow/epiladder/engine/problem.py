"""A problem: one rung's cross-products in the basis in which it is solved, and the way back to the user's units.

Levels run from the innermost outwards here, which is the order of elimination. For level k the array
`products[k]` is Z_k'[Z_k, Z_k+1, ..., X, y] of each cluster, with clusters along the last axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Basis, Crossproducts, pair
from epiladder.design.model import Model, RandomColumns
from epiladder.design.spec import INTERCEPT


@dataclass(frozen=True)
class Level:
    """One level in the problem's basis: its free entries of Lambda, its map to raw units, its place among others.

    mask: (q, q) lower-triangular, true where Lambda is free. to_raw: (q, q), raw row = solved row @ to_raw.
    starts: for each level outside it, the first of this level's clusters in each of that level's clusters.
    ancestors: for each level outside it, the index of this level's clusters' ancestor.
    """

    name: str
    terms: tuple[str, ...]
    mask: np.ndarray
    to_raw: np.ndarray
    n_clusters: int
    starts: tuple[np.ndarray, ...]
    ancestors: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Problem:
    """Everything that the Gaussian criteria need; independent of the number of rows.

    products[k]: (q_k, q_k + ... + p + 1, J_k). total: (p+1, p+1) cross-product of [X y].
    x_to_raw: (p, p), raw X = solved X @ x_to_raw. y_mean, y_scale: raw y = solved y * y_scale + y_mean.
    """

    names: tuple[str, ...]
    levels: tuple[Level, ...]
    products: tuple[np.ndarray, ...]
    total: np.ndarray
    n_rows: int
    x_to_raw: np.ndarray
    y_mean: float
    y_scale: float

    @property
    def n_fixed(self) -> int:
        """Number of fixed effects p."""
        return len(self.names)

    @property
    def n_theta(self) -> int:
        """Number of covariance parameters, without the residual variance."""
        return sum(int(level.mask.sum()) for level in self.levels)


def make_problem(cross: Crossproducts, model: Model) -> Problem:
    """The problem of a model from the cross-products of a ladder that holds all its columns."""
    basis = cross.basis
    x_selection = selection(basis, model.fixed)
    y_selection = selection(basis, (model.outcome,))
    random = tuple(reversed(model.random))
    solved = [random_basis(basis, part) for part in random]
    size = len(basis.names)
    right = np.hstack([*(weights for weights, _ in solved), x_selection, y_selection])
    products, levels, offset = [], [], 0
    for k, part in enumerate(random):
        weights, to_raw = solved[k]
        starts = cross.starts(part.level)
        packed = (
            np.add.reduceat(cross.products, starts, axis=1) if len(starts) < cross.products.shape[1] else cross.products
        )
        products.append(_combine(packed, weights, right[:, offset:], size))
        offset += weights.shape[1]
        outer = [cross.starts(other.level) for other in random[k + 1 :]]
        levels.append(level_of(part, to_raw, starts, outer))
    both = np.hstack([x_selection, y_selection])
    y = basis.index(model.outcome)
    return Problem(
        names=model.fixed,
        levels=tuple(levels),
        products=tuple(products),
        total=both.T @ cross.total() @ both,
        n_rows=cross.n_rows,
        x_to_raw=x_to_raw(basis, model.fixed),
        y_mean=float(basis.mean[y]),
        y_scale=float(basis.scale[y]),
    )


def selection(basis: Basis, names: tuple[str, ...]) -> np.ndarray:
    """Columns of the basis chosen by name, as weights (m, k)."""
    weights = np.zeros((len(basis.names), len(names)))
    for column, name in enumerate(names):
        weights[basis.index(name), column] = 1.0
    return weights


def x_to_raw(basis: Basis, names: tuple[str, ...]) -> np.ndarray:
    """raw = standardised * scale + intercept * mean, as a matrix on the right."""
    to_raw = np.eye(len(names))
    intercept = names.index(INTERCEPT)
    for column, name in enumerate(names):
        if name != INTERCEPT:
            i = basis.index(name)
            to_raw[column, column] = basis.scale[i]
            to_raw[intercept, column] = basis.mean[i]
    return to_raw


def random_basis(basis: Basis, part: RandomColumns) -> tuple[np.ndarray, np.ndarray]:
    """Weights on the standardised columns (m, q) and the map to raw columns (q, q) of one level.

    A block that holds the intercept may be centred; any other may only be scaled, or the model would change.
    """
    names = part.names
    weights, to_raw = np.zeros((len(basis.names), len(names))), np.eye(len(names))
    zero = basis.index(INTERCEPT)
    column = 0
    for block in part.blocks:
        centred = INTERCEPT in block
        first = column
        for name in block:
            i = basis.index(name)
            mean, scale = basis.mean[i], basis.scale[i]
            if name == INTERCEPT:
                weights[zero, column] = 1.0
            elif centred:
                weights[i, column] = 1.0
                to_raw[column, column], to_raw[first, column] = scale, mean
            else:
                size = np.hypot(mean, scale)
                weights[i, column], weights[zero, column] = scale / size, mean / size
                to_raw[column, column] = size
            column += 1
    return weights, to_raw


def _combine(packed: np.ndarray, left: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    """left' C right for each cluster's packed matrix C; sparse weights, so entry by entry."""
    out = np.zeros((left.shape[1], right.shape[1], packed.shape[1]))
    for a in range(left.shape[1]):
        for c in range(right.shape[1]):
            for i in np.flatnonzero(left[:, a]):
                for j in np.flatnonzero(right[:, c]):
                    weight = left[i, a] * right[j, c]
                    entry = packed[pair(int(i), int(j))]
                    out[a, c] += entry if weight == 1.0 else weight * entry
    return out


def level_of(part: RandomColumns, to_raw: np.ndarray, starts: np.ndarray, outer: list[np.ndarray]) -> Level:
    """A level, given its clusters' and its outer levels' first innermost clusters."""
    q = len(part.names)
    mask = np.zeros((q, q), dtype=bool)
    row = 0
    for block in part.blocks:
        end = row + len(block)
        mask[row:end, row:end] = np.tril(np.ones((len(block), len(block)), dtype=bool))
        row = end
    firsts = tuple(np.searchsorted(starts, other) for other in outer)
    ancestors = tuple(np.searchsorted(other, starts, side="right") - 1 for other in outer)
    return Level(part.level, part.names, mask, to_raw, len(starts), firsts, ancestors)

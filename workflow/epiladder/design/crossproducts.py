"""Cross-products of each innermost cluster's columns: all that a Gaussian likelihood needs from the rows.

Columns are centred and scaled first (a covariate with mean 1e6 would otherwise cost every digit); the basis is kept, so
that estimates can be mapped back. Arrays hold clusters along the last axis, which every later step runs over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from epiladder.design.spec import INTERCEPT

ROWS_A_CHUNK = 1 << 15


@dataclass(frozen=True)
class Basis:
    """How the columns were centred and scaled: standardised = (raw - mean) / scale. The intercept is left alone."""

    names: tuple[str, ...]
    mean: np.ndarray
    scale: np.ndarray

    def index(self, name: str) -> int:
        """Position of a column."""
        return self.names.index(name)


@dataclass(frozen=True)
class Crossproducts:
    """Packed cross-products by innermost cluster.

    products: (m(m+1)/2, J), the lower triangle row by row of each cluster's m x m matrix, standardised columns.
    labels: one tuple of J labels a level, outermost first (each innermost cluster's ancestors and itself).
    table_rows: (J,), rows of the table in each innermost cluster, whatever their frequency weights.
    """

    basis: Basis
    products: np.ndarray
    levels: tuple[str, ...]
    labels: tuple[np.ndarray, ...]
    table_rows: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """Rows in each innermost cluster, shape (J,); a row counts as often as its frequency weight says."""
        return self.products[pair(0, 0)]

    @property
    def n_rows(self) -> int:
        """Rows in all, counted likewise."""
        return round(float(self.sizes.sum()))

    def total(self) -> np.ndarray:
        """The m x m cross-product over all rows."""
        return unpack(self.products.sum(axis=1), len(self.basis.names))

    def means(self, names: Sequence[str]) -> np.ndarray:
        """Means of columns over the rows, in the user's units; of the intercept one."""
        at = [self.basis.index(name) for name in names]
        sums = np.array([self.products[pair(i, 0)].sum() for i in at])
        found = self.basis.mean[at] + self.basis.scale[at] * sums / float(self.sizes.sum())
        return np.where([name == INTERCEPT for name in names], 1.0, found)

    def starts(self, level: str) -> np.ndarray:
        """First innermost cluster of each cluster of a level, shape (J_level,)."""
        depth = self.levels.index(level) + 1
        new = np.zeros(self.products.shape[1], dtype=bool)
        new[0] = True
        for labels in self.labels[:depth]:
            new[1:] |= labels[1:] != labels[:-1]
        return np.flatnonzero(new)

    def cluster_sizes(self, level: str) -> np.ndarray:
        """Rows in each cluster of a level."""
        return np.add.reduceat(self.sizes, self.starts(level))

    def cluster_labels(self, level: str) -> np.ndarray:
        """Label of each cluster of a level."""
        return self.labels[self.levels.index(level)][self.starts(level)]


def pair(row: int, column: int) -> int:
    """Position of an entry in the packed lower triangle."""
    high, low = max(row, column), min(row, column)
    return high * (high + 1) // 2 + low


def unpack(packed: np.ndarray, size: int) -> np.ndarray:
    """A symmetric matrix from its packed lower triangle."""
    full = np.empty((size, size))
    rows, columns = np.tril_indices(size)
    full[rows, columns] = full[columns, rows] = packed
    return full


def cluster_starts(labels: list[np.ndarray]) -> np.ndarray:
    """First row of each innermost cluster of rows sorted by their labels, outermost first."""
    new = np.zeros(len(labels[0]), dtype=bool)
    new[:1] = True
    for values in labels:
        new[1:] |= values[1:] != values[:-1]
    return np.flatnonzero(new)


def make_basis(names: Sequence[str], columns: Sequence[np.ndarray], weights: np.ndarray | None = None) -> Basis:
    """Mean and standard deviation of each column; a constant column keeps its units. The intercept comes first."""
    mean, scale = np.zeros(len(names)), np.ones(len(names))
    for i, column in enumerate(columns):
        if names[i] == INTERCEPT:
            continue
        mean[i] = np.average(column, weights=weights)
        spread = float(np.sqrt(np.average((column - mean[i]) ** 2, weights=weights)))
        scale[i] = spread if spread > 1e-14 * abs(mean[i]) and spread > 0 else 1.0
    return Basis(tuple(names), mean, scale)


def crossproducts(
    names: Sequence[str],
    columns: Sequence[np.ndarray],
    starts: np.ndarray,
    levels: Sequence[str],
    labels: Sequence[np.ndarray],
    weights: np.ndarray | None = None,
) -> Crossproducts:
    """Cross-products of rows sorted by cluster.

    names, columns: the intercept first, the outcome last, each column of shape (N,).
    starts: first row of each innermost cluster, shape (J,). labels: for each level, outermost first, J labels.
    weights: frequency weights (N,); a weight of k is the row k times.
    """
    basis = make_basis(names, columns, weights)
    n_rows, size = len(columns[-1]), len(names)
    products = np.empty((size * (size + 1) // 2, len(starts)))
    bounds = np.append(starts, n_rows)
    for first, last in _chunks(bounds):
        part = slice(bounds[first], bounds[last])
        block = np.empty((size, part.stop - part.start))
        for i, column in enumerate(columns):
            np.subtract(column[part], basis.mean[i], out=block[i])
            block[i] /= basis.scale[i]
        weighted = block if weights is None else block * weights[part]
        _sum_products(block, weighted, bounds[first:last] - part.start, products[:, first:last])
    return Crossproducts(basis, products, tuple(levels), tuple(np.asarray(label) for label in labels), np.diff(bounds))


def _sum_products(block: np.ndarray, weighted: np.ndarray, starts: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(block)):
        for j in range(i + 1):
            np.add.reduceat(block[i] * weighted[j], starts, out=out[pair(i, j)])


def _chunks(bounds: np.ndarray) -> list[tuple[int, int]]:
    """Runs of whole clusters of about ROWS_A_CHUNK rows, fixed by the data alone so that sums have one order."""
    n_clusters = len(bounds) - 1
    targets = np.arange(ROWS_A_CHUNK, bounds[-1], ROWS_A_CHUNK)
    cuts = np.unique(np.concatenate([[0], np.searchsorted(bounds, targets), [n_clusters]]))
    return [(int(a), int(b)) for a, b in pairwise(cuts)]

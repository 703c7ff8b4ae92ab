"""Deviances of many simulated outcomes with one level of clusters, at a theta each: sums over clusters as products.

With G = Z'Z, C = Z'X, c = Z'y of a cluster and K = Lambda (I + Lambda'G Lambda)^-1 Lambda', V^-1 takes C'KC, C'Kc and
c'Kc from X'X, X'y and y'y (Henderson and Searle 1981, equation 17). G and C are the same in every replicate, so that
their sums over clusters are products of matrices (replicates by clusters, clusters by columns), and nothing but K and c
is held for each replicate. Clusters are taken a run at a time, so that arrays stay in the processor's cache. Entries of
symmetric q x q arrays are kept by pairs (a, b), b <= a.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from epiladder.engine.batch import Batch, Profiled, factors_of, profiled, tail_of
from epiladder.engine.elimination import Rows, lower_factor

CELLS = 1 << 13  # replicates times clusters in a run
Zz = Callable[[], list[np.ndarray]]


def one_level(batch: Batch, theta: np.ndarray, criterion: str) -> tuple[Profiled, list[np.ndarray], Zz]:
    """The criterion, its derivative by Sigma (R, q, q), and what makes Z'V^-1Z of every cluster (q, q, R, J).

    Raises FloatingPointError or numpy.linalg.LinAlgError where a replicate cannot be evaluated.
    """
    factor = factors_of(batch.problem, theta)[0].transpose(1, 2, 0)[..., None]
    sums = _Sums(batch)
    log_determinant, tail, inner = sums.forward(factor)
    found = profiled(batch.problem, criterion, log_determinant, tail)
    return found, [sums.slope(inner, found)], lambda: [sums.zz(inner)]


class _Sums:
    """The clusters of a batch, a run at a time."""

    def __init__(self, batch: Batch) -> None:
        (self.given,), (self.zy,) = batch.problem.products, batch.zy
        self.batch, self.p = batch, batch.problem.n_fixed
        self.q, self.n, self.clusters = self.zy.shape
        self.pairs = [(a, b) for a in range(self.q) for b in range(a + 1)]
        self.of = {frozenset(pair): at for at, pair in enumerate(self.pairs)}
        self.rows, self.columns = np.tril_indices(self.p)

    def runs(self) -> Iterator[tuple[slice, np.ndarray, np.ndarray, np.ndarray]]:
        """A run, and of its clusters G (q, q, n), C (q, p, n) and c (q, R, n)."""
        length = max(1, CELLS // self.n)
        for first in range(0, self.clusters, length):
            run = slice(first, min(first + length, self.clusters))
            yield run, self.given[:, : self.q, run], self.given[:, self.q : -1, run], self.zy[..., run]

    def squares(self, c: np.ndarray, a: int, b: int) -> np.ndarray:
        """C_a C_b' + C_b C_a' of each cluster, or C_a C_a', by pairs of columns, (P, n)."""
        found = c[a][self.rows] * c[b][self.columns]
        return found if a == b else found + c[b][self.rows] * c[a][self.columns]

    def forward(self, factor: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """log|V| (R,), [X y]'V^-1[X y] (R, p + 1, p + 1), and K by pairs (S, R, J); factor: (q, q, R, 1)."""
        p, tail = self.p, tail_of(self.batch)
        inner = np.empty((len(self.pairs), self.n, self.clusters))
        log_determinant, taken = np.zeros(self.n), np.zeros((len(self.rows), self.n))
        for run, g, c, y in self.runs():
            root = lower_factor(_system(g, factor))
            log_determinant += 2 * _log_product(root).sum(axis=-1)
            k = _inner(root, factor)
            for at, (a, b) in enumerate(self.pairs):
                inner[at][:, run] = k[at]
                taken += self.squares(c, a, b) @ k[at].T
            for a in range(self.q):
                ky = sum(k[self.of[frozenset((a, b))]] * y[b] for b in range(self.q))
                tail[:, :p, p] -= ky @ c[a].T
                tail[:, p, p] -= np.einsum("rj,rj->r", ky, y[a])
        tail[:, self.rows, self.columns] -= taken.T
        tail[:, self.columns, self.rows] = tail[:, self.rows, self.columns]
        tail[:, p, :p] = tail[:, :p, p]
        return log_determinant, tail, inner

    def slope(self, inner: np.ndarray, found: Profiled) -> np.ndarray:
        """d deviance / d Sigma, (R, q, q): the sum of W (G - F W') over clusters.

        W = I - G K takes Z' to Z'V^-1; F = u u'/s2 with u = c - C beta, and C (X'V^-1X)^-1 C' more under REML.
        """
        out = np.zeros((self.n, self.q, self.q))
        size = np.sqrt(found.variance)[:, None]
        beta, weights = found.beta / size, self._weights(found)
        for run, g, c, y in self.runs():
            w = self._left(g, inner[..., run])
            u = [y[a] / size - beta @ c[a] for a in range(self.q)]
            f = [u[a] * u[b] for a, b in self.pairs]
            if weights is not None:
                for at, (a, b) in enumerate(self.pairs):
                    f[at] += (weights if a == b else weights / 2) @ self.squares(c, a, b)
            for b in range(self.q):
                rest = [
                    g[d, b] - sum(f[self.of[frozenset((d, e))]] * w[b][e] for e in range(self.q)) for d in range(self.q)
                ]
                for a in range(b, self.q):
                    out[:, a, b] += sum(np.einsum("rj,rj->r", w[a][d], rest[d]) for d in range(self.q))
        return _symmetric(out)

    def _weights(self, found: Profiled) -> np.ndarray | None:
        """(X'V^-1X)^-1 by pairs of columns, (R, P), those of two columns twice."""
        if found.inverse is None:
            return None
        return found.inverse[:, self.rows, self.columns] * np.where(self.rows == self.columns, 1.0, 2.0)

    def _left(self, g: np.ndarray, k: np.ndarray) -> list[list[np.ndarray]]:
        """W = I - G K of a run, q x q entries (R, n)."""
        rows = []
        for a in range(self.q):
            taken = [sum(g[a, d] * k[self.of[frozenset((d, b))]] for d in range(self.q)) for b in range(self.q)]
            rows.append([np.asarray(float(a == b) - taken[b]) for b in range(self.q)])
        return rows

    def zz(self, inner: np.ndarray) -> np.ndarray:
        """Z'V^-1Z = W G of every cluster, (q, q, R, J)."""
        out = np.empty((self.q, self.q, self.n, self.clusters))
        for run, g, _, _ in self.runs():
            w = self._left(g, inner[..., run])
            for a, b in self.pairs:
                out[a, b][:, run] = sum(w[a][d] * g[d, b] for d in range(self.q))
                out[b, a][:, run] = out[a, b][:, run]
        return out


def _system(g: np.ndarray, factor: np.ndarray) -> Rows:
    """Lower triangle of I + Lambda'G Lambda, entries (R, n)."""
    q = len(factor)
    rotated = [[sum(factor[c, a] * g[c, b] for c in range(a, q)) for b in range(q)] for a in range(q)]
    return [
        [np.asarray(sum(rotated[a][c] * factor[c, b] for c in range(b, q)) + float(a == b)) for b in range(a + 1)]
        for a in range(q)
    ]


def _log_product(root: Rows) -> np.ndarray:
    """The logarithm of the product of a factor's diagonal, (R, n)."""
    product = root[0][0]
    for row in root[1:]:
        product = product * row[-1]
    return np.log(product)


def _inner(root: Rows, factor: np.ndarray) -> list[np.ndarray]:
    """K by pairs, (R, n) each, from the factor of I + Lambda'G Lambda."""
    q = len(factor)
    half: list[list[np.ndarray]] = []
    for a in range(q):
        half.append([])
        for b in range(q):
            value = factor[b, a] if b >= a else 0.0
            for c in range(a):
                value = value - root[a][c] * half[c][b]
            half[a].append(value / root[a][a])
    return [np.asarray(sum(row[a] * row[b] for row in half)) for a in range(q) for b in range(a + 1)]


def _symmetric(lower: np.ndarray) -> np.ndarray:
    """Of matrices (R, q, q) whose upper triangles are empty."""
    return lower + np.tril(lower, -1).transpose(0, 2, 1)

"""Simulated outcomes of a Gaussian model as cross-products, drawn directly: no row is ever made.

For y = X beta + sum_k Z_k b_k + e the likelihood asks of each innermost cluster Z'y, and of all rows X'y and y'y. With
G = Z'Z of a cluster and a factor F of it (F F' = G, of as many columns as G has rank), Z'e is s F z; what Z leaves of
X'e is normal with covariance s2 W'W, W = (I - P_Z) X over all clusters; what both leave of e'e is s2 times chi-square
with N less all these ranks. Nothing is approximate: z, the effects, W'e and the chi-square are independent, and a
cluster that does not tell its columns apart is its factor's lower rank. Frequency weights are rows repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Crossproducts, pair
from epiladder.design.model import Model
from epiladder.engine.covariance import square_root
from epiladder.engine.given import Parameters
from epiladder.engine.problem import level_of, make_problem, random_basis

RANKLESS = 1e-10  # share of a cross-product's largest eigenvalue below which a direction is not there


@dataclass(frozen=True)
class Drawn:
    """R simulated outcomes in the standardised units of the cross-products.

    z: (c, R, J), Z'y of each innermost cluster, Z the columns `random`. x: (p, R), X'y over all rows, X the columns
    `fixed`. square: (R,), y'y.
    """

    random: tuple[str, ...]
    fixed: tuple[str, ...]
    z: np.ndarray
    x: np.ndarray
    square: np.ndarray


@dataclass(frozen=True)
class _Effects:
    """One level's effects: half (c, q), s Lambda on the standardised columns; ancestors (J,) of innermost clusters."""

    half: np.ndarray
    n_clusters: int
    ancestors: np.ndarray


class Simulator:
    """Draws outcomes of a model at given parameters, for all models whose columns are among `fixed` and `random`."""

    def __init__(
        self, cross: Crossproducts, model: Model, at: Parameters, fixed: Sequence[str], random: Sequence[str]
    ) -> None:
        self.fixed = tuple(dict.fromkeys([*model.fixed, *fixed]))
        self.random = tuple(dict.fromkeys([*(name for part in model.random for name in part.names), *random]))
        x, z = ([cross.basis.index(name) for name in names] for names in (self.fixed, self.random))
        self.zz, self.xz = _blocks(cross, z, z), _blocks(cross, x, z)
        self.xx = cross.total()[np.ix_(x, x)]
        self._factor(cross.n_rows)
        problem = make_problem(cross, model)
        self.s = float(np.sqrt(at.variance)) / problem.y_scale
        beta = at.beta.copy()
        beta[problem.names.index("(Intercept)")] -= problem.y_mean
        self.beta = np.append(problem.x_to_raw @ beta / problem.y_scale, np.zeros(len(x) - len(beta)))
        self.effects = _effects(cross, model, at, z, self.s)
        self.z_mean = np.tensordot(self.beta, self.xz, axes=(0, 0))

    def _factor(self, n_rows: int) -> None:
        """Factors of each cluster's Z'Z and of what Z leaves of X'X, and the degrees of freedom that are left."""
        values, vectors = np.linalg.eigh(np.moveaxis(self.zz, -1, 0))
        there = values > RANKLESS * np.maximum(values[:, -1:], 1e-300) if len(self.random) else values > 0
        sizes = np.sqrt(np.where(there, values, 0.0))
        self.there = np.ascontiguousarray(there.T.astype(float))
        self.root = np.ascontiguousarray(np.moveaxis(vectors * sizes[:, None, :], 0, -1))
        inverse = np.moveaxis(vectors * np.where(there, 1 / np.where(there, sizes, 1.0), 0.0)[:, None, :], 0, -1)
        self.explained = np.einsum("pcj,cdj->pdj", self.xz, inverse)
        left = self.xx - np.tensordot(self.explained, self.explained, axes=([1, 2], [1, 2]))
        scale = np.sqrt(np.diag(self.xx))
        values, vectors = np.linalg.eigh(left / np.outer(scale, scale))
        kept = values > RANKLESS
        self.left = scale[:, None] * vectors[:, kept] * np.sqrt(values[kept])
        self.df = n_rows - int(there.sum()) - int(kept.sum())

    def draw(self, generators: Sequence[np.random.Generator]) -> Drawn:
        """One outcome from each generator, which draws the effects from the outermost level inwards, then the rest."""
        shapes = [(effects.half.shape[1], effects.n_clusters) for effects in self.effects]
        normals = [np.empty((q, len(generators), n)) for q, n in shapes]
        z = np.empty((self.there.shape[0], len(generators), self.there.shape[1]))
        w, rest = np.empty((self.left.shape[1], len(generators))), np.empty(len(generators))
        for r, generator in enumerate(generators):
            for values, shape in zip(normals, shapes, strict=True):
                values[:, r] = generator.standard_normal(shape)
            z[:, r] = generator.standard_normal((z.shape[0], z.shape[2]))
            w[:, r] = generator.standard_normal(len(w))
            rest[r] = generator.chisquare(self.df) if self.df else 0.0
        z *= self.there[:, None]
        return self._assemble(normals, z, w, rest)

    def _assemble(self, normals: list[np.ndarray], z: np.ndarray, w: np.ndarray, rest: np.ndarray) -> Drawn:
        z_error = self.s * np.einsum("abj,brj->arj", self.root, z)
        x_error = self.s * (np.tensordot(self.explained, z, axes=([1, 2], [0, 2])) + self.left @ w)
        square_error = self.s**2 * ((z**2).sum(axis=(0, 2)) + (w**2).sum(axis=0) + rest)
        z_all = z_error + self.z_mean[:, None]
        x_all = x_error + (self.xx @ self.beta)[:, None]
        square = square_error + self.beta @ self.xx @ self.beta + 2 * self.beta @ x_error
        if self.effects:
            varying = sum(
                np.tensordot(effects.half, values, axes=(1, 0))[:, :, effects.ancestors]
                for effects, values in zip(self.effects, normals, strict=True)
            )
            z_effects = np.einsum("abj,brj->arj", self.zz, varying)
            x_effects = np.tensordot(self.xz, varying, axes=([1, 2], [0, 2]))
            square = square + 2 * self.beta @ x_effects
            square = square + (varying * (z_effects + 2 * z_error)).sum(axis=(0, 2))
            z_all, x_all = z_all + z_effects, x_all + x_effects
        return Drawn(self.random, self.fixed, z_all, x_all, square)


def _blocks(cross: Crossproducts, rows: list[int], columns: list[int]) -> np.ndarray:
    """Cross-products of some columns with others in each innermost cluster, (rows, columns, J)."""
    found = [[cross.products[pair(i, j)] for j in columns] for i in rows]
    return np.array(found).reshape(len(rows), len(columns), cross.products.shape[1])


def _effects(cross: Crossproducts, model: Model, at: Parameters, z: list[int], s: float) -> list[_Effects]:
    """Of each level, outermost first."""
    innermost = np.arange(cross.products.shape[1])
    made = []
    for part, raw in zip(model.random, at.covariances, strict=True):
        weights, to_raw = random_basis(cross.basis, part)
        starts = cross.starts(part.level)
        level = level_of(part, to_raw, starts, [])
        root = square_root(level, to_raw @ raw @ to_raw.T / at.variance)
        ancestors = np.searchsorted(starts, innermost, side="right") - 1
        made.append(_Effects(s * weights[z] @ root, len(starts), ancestors))
    return made

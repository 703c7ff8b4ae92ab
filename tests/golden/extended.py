"""The REML deviance of one level of clusters with an intercept and a slope in extended precision, and what follows.

Eighteen digits and closed forms of two by two matrices, nothing of the engine's: derivatives by differences keep eight
digits, where those of doubles lose half of them beside a boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDE = np.longdouble


def _lower(matrix: np.ndarray) -> np.ndarray:
    """Cholesky's factor, entry by entry."""
    factor = np.zeros_like(matrix)
    for i in range(len(matrix)):
        for j in range(i + 1):
            left = matrix[i, j] - (factor[i, :j] * factor[j, :j]).sum()
            factor[i, j] = np.sqrt(left) if i == j else left / factor[j, j]
    return factor


@dataclass(frozen=True)
class Slopes:
    """Per cluster: zz (J, 2, 2), zw (J, 2, p + 1), W = [X y]; ww (p + 1, p + 1) over all rows."""

    zz: np.ndarray
    zw: np.ndarray
    ww: np.ndarray
    n_rows: int

    @classmethod
    def of(cls, z: np.ndarray, w: np.ndarray, clusters: np.ndarray) -> Slopes:
        """From rows: z (N, 2), w (N, p + 1), codes (N,)."""
        z, w = z.astype(WIDE), w.astype(WIDE)
        rows = [np.flatnonzero(clusters == code) for code in np.unique(clusters)]
        zz = np.array([z[at].T @ z[at] for at in rows])
        return cls(zz, np.array([z[at].T @ w[at] for at in rows]), w.T @ w, len(z))

    def tail(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """log|V| and the Cholesky factor of [X y]'V^-1[X y], at Lambda = [[a, 0], [b, c]] and a residual of one."""
        half = np.array([[theta[0], 0], [theta[1], theta[2]]], dtype=WIDE)
        system = np.array([half.T @ zz @ half for zz in self.zz]) + np.eye(2)
        determinant = system[:, 0, 0] * system[:, 1, 1] - system[:, 0, 1] ** 2
        left = np.array([half.T @ zw for zw in self.zw])
        first = system[:, 1, 1, None] * left[:, 0] - system[:, 0, 1, None] * left[:, 1]
        second = system[:, 0, 0, None] * left[:, 1] - system[:, 0, 1, None] * left[:, 0]
        turned = np.stack([first, second], axis=1) / determinant[:, None, None]
        explained = (left[:, :, :, None] * turned[:, :, None, :]).sum(axis=(0, 1))
        return np.log(determinant).sum(), _lower(self.ww - explained)

    def deviance(self, place: np.ndarray) -> np.ndarray:
        """At theta and the log residual variance, without constants."""
        log_determinant, root = self.tail(place[:3])
        p = len(root) - 1
        value = log_determinant + 2 * np.log(np.diag(root)[:p]).sum() + (self.n_rows - p) * place[3]
        return value + root[p, p] ** 2 * np.exp(-place[3])

    def variances(self, place: np.ndarray) -> np.ndarray:
        """Of the fixed effects, (p,)."""
        root = self.tail(place[:3])[1]
        p = len(root) - 1
        inverse = np.zeros((p, p), dtype=WIDE)
        for k in range(p):  # forward substitution of each unit vector
            for i in range(k, p):
                inverse[i, k] = (WIDE(i == k) - (root[i, k:i] * inverse[k:i, k]).sum()) / root[i, i]
        return (inverse**2).sum(axis=0) * np.exp(place[3])

    def optimum(self, place: np.ndarray, steps: int = 3) -> np.ndarray:
        """Newton's method from a place near the optimum."""
        for _ in range(steps):
            gradient, bend = self.derivatives(place)
            place = place - np.linalg.solve(bend.astype(float), gradient.astype(float))
        return place

    def derivatives(self, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and Hessian of the deviance by central differences of fourth order (Richardson's)."""
        near, far = (self._differences(place, times) for times in (1, 2))
        first, second = ((4 * one - other) / 3 for one, other in zip(near, far, strict=True))
        return first, second

    def _differences(self, place: np.ndarray, times: int) -> tuple[np.ndarray, np.ndarray]:
        width = times * _width(place)
        unit, here = np.diag(width), self.deviance(place)
        ends = [(self.deviance(place + u), self.deviance(place - u)) for u in unit]
        first = np.array([(up - down) / 2 for up, down in ends], dtype=WIDE) / width
        second = np.diag(np.array([up + down - 2 * here for up, down in ends], dtype=WIDE))
        for i in range(len(place)):
            for j in range(i):
                corners = [self.deviance(place + a * unit[i] + b * unit[j]) for a in (1, -1) for b in (1, -1)]
                second[i, j] = second[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / 4
        return first, second / np.outer(width, width)

    def satterthwaite(self, place: np.ndarray) -> np.ndarray:
        """Degrees of freedom of each fixed effect (Fai and Cornelius 1996), (p,)."""
        slopes = sum(
            weight * np.array([self.variances(place + times * u) - self.variances(place - times * u) for u in unit])
            for times, weight, unit in ((1, 2 / 3, np.diag(_width(place))), (2, -1 / 12, np.diag(_width(place))))
        )
        slopes = (slopes / _width(place)[:, None]).astype(float)
        spread = 2 * np.linalg.inv(self.derivatives(place)[1].astype(float))
        doubt = np.einsum("np,nm,mp->p", slopes, spread, slopes)
        return 2 * self.variances(place).astype(float) ** 2 / doubt


def _width(place: np.ndarray) -> np.ndarray:
    """Steps in proportion to what moves, which beside a boundary is small."""
    return np.minimum(WIDE(0.02) * np.maximum(np.abs(place), WIDE(1e-4)), WIDE(0.005))

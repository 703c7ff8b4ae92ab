"""A linear regression with random intercepts at nested levels, drawn from its posterior by Gibbs sampling.

Coefficients and all intercepts are one block: the intercepts are eliminated level by level from the innermost outwards,
the coefficients drawn from their marginal law, and the intercepts on the way back. Only sums by cluster are needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from epiladder.imputation.draws import half_cauchy_variance, variance


@dataclass(frozen=True)
class Level:
    """The clusters of a level that have rows. which: their numbers. parents: position of each one's outer cluster."""

    which: np.ndarray
    parents: np.ndarray


@dataclass(frozen=True)
class Rows:
    """The rows of a regression: x (n, p), the innermost cluster of each, and sums by innermost cluster.

    levels: outermost first. within: (n,) position among the innermost clusters. counts: (J,). sums: (J, p).
    weights: (n,) precisions, by which products, counts and sums are weighted; None where all are one.
    """

    x: np.ndarray
    levels: tuple[Level, ...]
    within: np.ndarray
    products: np.ndarray
    counts: np.ndarray
    sums: np.ndarray
    weights: np.ndarray | None = None

    @classmethod
    def of(cls, x: np.ndarray, codes: list[np.ndarray]) -> Rows:
        """codes: the cluster of each row at each level, outermost first; rows of a cluster stand together."""
        n, levels = len(x), []
        at = np.zeros(n, dtype=np.int64)  # without levels there is one cluster, whose intercept is never drawn
        for codes_of_level in codes:
            outer = at
            which, first, at = np.unique(codes_of_level, return_index=True, return_inverse=True)
            levels.append(Level(which, outer[first]))
        counts = np.bincount(at).astype(float)
        sums = np.column_stack([np.bincount(at, weights=column) for column in x.T])
        return cls(x, tuple(levels), at, x.T @ x, counts, sums)

    def weighted(self, weights: np.ndarray) -> Rows:
        """The same rows with other precisions, (n,)."""
        heavy = self.x * weights[:, None]
        counts = np.bincount(self.within, weights=weights)
        sums = np.column_stack([np.bincount(self.within, weights=column) for column in heavy.T])
        return replace(self, products=self.x.T @ heavy, counts=counts, sums=sums, weights=weights)


@dataclass
class State:
    """The last draw: coefficients (p,), effects of each level's clusters, their variances, the residual variance."""

    beta: np.ndarray
    effects: list[np.ndarray]
    variances: list[float]
    residual: float = 1.0

    @classmethod
    def start(cls, rows: Rows) -> State:
        """Small variances between clusters, and nothing known."""
        effects = [np.zeros(len(level.which)) for level in rows.levels]
        return cls(np.zeros(rows.x.shape[1]), effects, [0.1] * len(effects))

    def together(self, rows: Rows) -> np.ndarray:
        """The sum of the effects of each innermost cluster and of those around it, (J,)."""
        total = np.zeros(1)
        for level, effects in zip(rows.levels, self.effects, strict=True):
            total = total[level.parents] + effects
        return total

    def fitted(self, rows: Rows) -> np.ndarray:
        """The linear predictor of each row, (n,)."""
        return rows.x @ self.beta + self.together(rows)[rows.within]


@dataclass(frozen=True)
class Response:
    """A response as the sampler sees it: X'y (p,), sums by innermost cluster (J,), and the sum of squares."""

    crossed: np.ndarray
    sums: np.ndarray
    square: float

    @classmethod
    def of(cls, rows: Rows, y: np.ndarray) -> Response:
        """The sums of a response (n,)."""
        heavy = y if rows.weights is None else rows.weights * y
        return cls(rows.x.T @ heavy, np.bincount(rows.within, weights=heavy), float(y @ heavy))


def sweep(rng: np.random.Generator, rows: Rows, y: Response, state: State, precision: float, fixed: bool) -> None:
    """One draw of everything given the response. precision: a priori, of each coefficient of standardised columns.

    fixed: the residual variance is known, as a probit's is.
    """
    draw_effects(rng, rows, y, state, precision)
    for k, effects in enumerate(state.effects):
        state.variances[k] = half_cauchy_variance(rng, effects, state.variances[k])
    if not fixed:
        rest = max(_squares(rows, y, state), 1e-10 * max(y.square, 1e-300))
        state.residual = variance(rng, len(rows.x) / 2, rest / 2)


def draw_effects(rng: np.random.Generator, rows: Rows, y: Response, state: State, precision: float) -> None:
    """Coefficients and intercepts given the variances, as one block."""
    products, crossed = rows.products.copy(), y.crossed.copy()
    counts, sums, response = rows.counts, rows.sums, y.sums
    kept = []
    for level, between in zip(reversed(rows.levels), reversed(state.variances), strict=True):
        weight = between / (state.residual + counts * between)
        products -= (sums * weight[:, None]).T @ sums
        crossed -= sums.T @ (weight * response)
        kept.append((weight, counts, sums, response))
        shrunk, n_outer = 1 - counts * weight, int(level.parents.max()) + 1
        counts = np.bincount(level.parents, weights=counts * shrunk, minlength=n_outer)
        response = np.bincount(level.parents, weights=response * shrunk, minlength=n_outer)
        sums = np.column_stack([np.bincount(level.parents, weights=column * shrunk) for column in sums.T])
    state.beta = _coefficients(rng, products, crossed, state.residual, precision)
    around = np.zeros(1)
    for k, (level, (weight, counts, sums, response)) in enumerate(zip(rows.levels, reversed(kept), strict=True)):
        outer = around[level.parents]
        means = weight * (response - sums @ state.beta - counts * outer)
        state.effects[k] = means + np.sqrt(state.residual * weight) * rng.normal(size=len(means))
        around = outer + state.effects[k]


def _coefficients(
    rng: np.random.Generator, products: np.ndarray, crossed: np.ndarray, residual: float, precision: float
) -> np.ndarray:
    """Normal with precision (X'V^-1X) / residual and the prior's."""
    system = products + (residual * precision + 1e-10 * np.trace(products) / len(products)) * np.eye(len(products))
    root = np.linalg.cholesky(system)
    half = np.linalg.solve(root, crossed) + np.sqrt(residual) * rng.normal(size=len(crossed))
    return np.linalg.solve(root.T, half)


def _squares(rows: Rows, y: Response, state: State) -> float:
    """The residual sum of squares, from the sums alone."""
    beta, total = state.beta, state.together(rows)
    fixed = y.square - 2 * beta @ y.crossed + beta @ rows.products @ beta
    left = y.sums - rows.sums @ beta
    return float(fixed - 2 * total @ left + (rows.counts * total) @ total)


def effects_everywhere(
    rng: np.random.Generator, rows: Rows, state: State, codes: list[np.ndarray], sizes: list[int]
) -> np.ndarray:
    """The sum of the effects for rows in these clusters; a cluster without rows draws its effect from the prior."""
    total = np.zeros(len(codes[0])) if codes else np.zeros(1)
    for k, level in enumerate(rows.levels):
        everywhere = np.sqrt(state.variances[k]) * rng.normal(size=sizes[k])
        everywhere[level.which] = state.effects[k]
        total = total + everywhere[codes[k]]
    return total

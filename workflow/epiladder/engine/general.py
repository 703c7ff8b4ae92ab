"""A problem that is not Gaussian: its rows in stretches, in the basis in which it is solved, and the way back.

Fixed columns are made orthonormal (X'X = N), random ones centred and scaled as in the Gaussian problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.penalised import ResponseAt, Start
from epiladder.engine.problem import Level, level_of, random_basis, selection, x_to_raw
from epiladder.engine.response import Density, Response
from epiladder.engine.stretch import Stretch, stretches


@dataclass(frozen=True)
class Outcome:
    """The outcome's rows: y (N,), and trials, offset and frequency weights as arrays (N,) or numbers.

    constant: terms of the log-density that no parameter enters, summed with their weights.
    """

    y: np.ndarray
    trials: np.ndarray | float
    offset: np.ndarray | float
    density: Density
    constant: float
    family: str
    weights: np.ndarray | float = 1.0

    @property
    def dispersed(self) -> bool:
        """Whether the density has a dispersion to be estimated."""
        return self.family == "negative_binomial"

    @property
    def bounded(self) -> bool:
        """Whether covariates may tell the outcomes apart without a fault: events of trials."""
        return self.family == "binomial"

    @property
    def counted(self) -> bool:
        """Whether the outcome is a Poisson count, whose variance is its mean."""
        return self.family == "poisson"

    @property
    def may_overdisperse(self) -> bool:
        """Whether rows can show a variance above that of their law: counts, and events of more than one trial."""
        return self.counted or (self.bounded and bool(np.max(self.trials) > 1))

    def at(self, dispersion: float) -> ResponseAt:
        """The density and its derivatives on a stretch, as a function of its linear predictor."""

        def response(stretch: Stretch, eta: np.ndarray) -> Response:
            found = self.density(stretch.y, stretch.trials, eta, dispersion)
            return found.weighted(stretch.weights) if isinstance(stretch.weights, np.ndarray) else found

        return response


@dataclass(frozen=True)
class General:
    """names: fixed columns (p). levels: innermost first. x_to_raw: raw X = solved X @ x_to_raw, (p, p)."""

    names: tuple[str, ...]
    levels: tuple[Level, ...]
    stretches: list[Stretch]
    outcome: Outcome
    n_rows: int
    x_to_raw: np.ndarray

    @property
    def n_fixed(self) -> int:
        """Number of fixed effects p."""
        return len(self.names)

    @property
    def n_theta(self) -> int:
        """Number of covariance parameters."""
        return sum(int(level.mask.sum()) for level in self.levels)

    def at_rest(self) -> list[Start]:
        """Effects of zero for every stretch, to start from."""
        return [[np.zeros((len(z), len(part.levels[k].rows))) for k, z in enumerate(part.z)] for part in self.stretches]


def make_general(cross: Crossproducts, model: Model, columns: Mapping[str, np.ndarray], outcome: Outcome) -> General:
    """The problem of a model. columns: each design column (N,), rows sorted by cluster as in the cross-products."""
    basis = cross.basis
    chosen = selection(basis, model.fixed)
    gram = chosen.T @ cross.total() @ chosen / cross.n_rows
    root = np.linalg.cholesky(gram).T
    random = tuple(reversed(model.random))
    solved = [random_basis(basis, part) for part in random]
    standard = _Standardised(cross, columns)
    x = standard.combine(chosen @ np.linalg.inv(root))
    first_rows = np.concatenate([[0], np.cumsum(cross.table_rows)])
    outers = [cross.starts(part.level) for part in random]
    levels = tuple(
        level_of(part, to_raw, outers[k], outers[k + 1 :])
        for k, (part, (_, to_raw)) in enumerate(zip(random, solved, strict=True))
    )
    parts = stretches(
        outcome.y,
        outcome.trials,
        outcome.offset,
        outcome.weights,
        x,
        [standard.combine(weights) for weights, _ in solved],
        [first_rows[starts] for starts in outers or [cross.starts(cross.levels[0])]],
    )
    return General(model.fixed, levels, parts, outcome, cross.n_rows, root @ x_to_raw(basis, model.fixed))


class _Standardised:
    """Columns in the cross-products' basis, made one at a time so that no second copy of all is held."""

    def __init__(self, cross: Crossproducts, columns: Mapping[str, np.ndarray]) -> None:
        self.basis, self.columns, self.n_rows = cross.basis, columns, int(cross.table_rows.sum())

    def combine(self, weights: np.ndarray) -> np.ndarray:
        """weights' times the standardised columns: (m, k) to (k, N)."""
        out = np.zeros((weights.shape[1], self.n_rows))
        for i in np.flatnonzero(np.abs(weights).sum(axis=1)):
            column = (self.columns[self.basis.names[i]] - self.basis.mean[i]) / self.basis.scale[i]
            for k in np.flatnonzero(weights[i]):
                out[k] += weights[i, k] * column
        return out

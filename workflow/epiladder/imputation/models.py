"""The model of one incomplete variable by its kind: parameters drawn from their posterior, then the missing values.

A number has a linear mixed model; two categories have a probit one by data augmentation (Albert and Chib 1993); more
have independent probit utilities, the largest of which is the category that is seen (McCulloch and Rossi 1994, with an
identity covariance), the first category's being the reference. Parameters are drawn from rows whose value is there.
The residual variance of a number depends on its partners in products (scatter.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from epiladder.imputation.draws import between, beyond
from epiladder.imputation.mixed import Response, Rows, State, effects_everywhere, sweep
from epiladder.imputation.scatter import Scatter
from epiladder.imputation.slopes import Slope
from epiladder.imputation.variable import Variable

SWEEPS = 5  # Gibbs sweeps at each visit; their last draw is kept, and the next visit starts from it
FLAT, WIDE = 0.01, 0.04  # prior precisions of coefficients: standard deviations of 10, and of 5 for utilities


@dataclass(frozen=True)
class Visit:
    """What a visit is given: predictors (n, p) of all clusters or units, the clusters around each, and sizes.

    codes, sizes: of each level outside the variable's own, outermost first. partners: (n, k) columns on which the
    residual variance of a number depends.
    """

    x: np.ndarray
    codes: list[np.ndarray]
    sizes: list[int]
    partners: np.ndarray | None = None


@dataclass
class Model:
    """A variable's model and its last draw."""

    target: Variable
    slopes: list[Slope] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    scatter: Scatter | None = None
    latent: np.ndarray | None = None

    def draw(self, rng: np.random.Generator, visit: Visit) -> np.ndarray:
        """Values for the gaps, from a new draw of the parameters."""
        there, gaps = ~self.target.gaps, self.target.gaps
        self._scattered(visit)
        rows = Rows.of(visit.x[there], [codes[there] for codes in visit.codes])
        if not self.states:
            self.states = [State.start(rows) for _ in range(max(1, len(self.target.categories) - 1))]
        self._parameters(rng, rows, there)
        around = [codes[gaps] for codes in visit.codes]
        means = [
            visit.x[gaps] @ state.beta + effects_everywhere(rng, rows, state, around, visit.sizes) + self._sloped(gaps)
            for state in self.states
        ]
        return self._values(rng, means)

    def _scattered(self, visit: Visit) -> None:
        """The partners as they are now; coefficients are kept."""
        if visit.partners is None:
            return
        if self.scatter is not None:
            self.scatter.columns = visit.partners
        elif self.target.kind == "number":
            self.scatter = Scatter(visit.partners)

    def _sloped(self, which: np.ndarray) -> np.ndarray | float:
        return sum(slope.part(which) for slope in self.slopes)

    def _parameters(self, rng: np.random.Generator, rows: Rows, there: np.ndarray) -> None:
        target = self.target
        if target.kind == "category":
            _utilities(rng, rows, self, target.seen.astype(np.int64))
            return
        state, y = self.states[0], (target.seen - target.centre) / target.scale
        steady = target.kind == "number" and not self.slopes and self.scatter is None
        response = Response.of(rows, y) if steady else None
        for _ in range(SWEEPS):
            if self.scatter is not None:
                rows = rows.weighted(self.scatter.weights(there))
            sloped = self._sloped(there)
            if target.kind == "binary":
                y = _latent(rng, state.fitted(rows) + sloped, target.seen > 0)
            found = response or Response.of(rows, y - sloped)
            sweep(rng, rows, found, state, WIDE if target.kind == "binary" else FLAT, target.kind == "binary")
            for slope in self.slopes:
                left = y - state.fitted(rows) - self._sloped(there) + slope.part(there)
                slope.draw(rng, left, there, state.residual, rows.weights)
            if self.scatter is not None:
                self.scatter.draw(rng, y - state.fitted(rows) - self._sloped(there), there, state.residual)

    def _values(self, rng: np.random.Generator, means: list[np.ndarray]) -> np.ndarray:
        target = self.target
        if target.kind == "number":
            low, high = ((limit - target.centre) / target.scale for limit in target.limits)
            spread = np.sqrt(self.states[0].residual)
            if self.scatter is not None:
                spread = spread / np.sqrt(self.scatter.weights(target.gaps))
            drawn = between(rng, means[0], spread, low, high)
            return np.clip(target.centre + target.scale * drawn, *target.limits)
        utilities = np.column_stack([np.zeros(len(means[0])), *means])
        if target.kind == "binary":
            return (utilities[:, 1] + rng.normal(size=len(utilities)) > 0).astype(float)
        return (utilities + rng.normal(size=utilities.shape)).argmax(axis=1).astype(float)


def _latent(rng: np.random.Generator, means: np.ndarray, event: np.ndarray) -> np.ndarray:
    """The latent normal behind each event, beyond zero on the side that was seen."""
    sign = np.where(event, 1.0, -1.0)
    return means + sign * beyond(rng, -sign * means)


def _utilities(rng: np.random.Generator, rows: Rows, model: Model, seen: np.ndarray) -> None:
    """Utilities given the coefficients, then the coefficients of each category given its utilities, several times."""
    n, at = len(seen), np.arange(len(seen))
    if model.latent is None:
        model.latent = np.sort(rng.normal(size=(n, len(model.states) + 1)), axis=1)
        model.latent[at, seen], model.latent[:, -1] = model.latent[:, -1].copy(), model.latent[at, seen].copy()
    latent = model.latent
    for _ in range(SWEEPS):
        means = np.column_stack([np.zeros(n), *(state.fitted(rows) for state in model.states)])
        latent[at, seen] = -np.inf
        own = means[at, seen]
        best = own + beyond(rng, latent.max(axis=1) - own)
        for k in range(latent.shape[1]):
            others = seen != k
            latent[others, k] = means[others, k] - beyond(rng, means[others, k] - best[others])
        latent[at, seen] = best
        for k, state in enumerate(model.states, start=1):
            sweep(rng, rows, Response.of(rows, latent[:, k]), state, WIDE, fixed=True)

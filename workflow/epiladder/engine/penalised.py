"""Penalised likelihood: the conditional modes of all clusters of a stretch at once, by Newton's method.

The modes maximise log f(y | u) - u'u/2 given fixed effects and Lambda. Each Newton step is an elimination of weighted
cross-products, the same that serves Gaussian models; steps are halved outermost cluster by outermost cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from epiladder.engine.chain import solve_effects
from epiladder.engine.elimination import Forward, forward
from epiladder.engine.response import Response
from epiladder.engine.stretch import Stretch
from epiladder.errors import LikelihoodError

STEPS = 100
HALVINGS = 40
FALLS = 0.9  # share of a cluster's Newton decrement to which a whole step must bring it
CLOSE = 1e-9  # decrement whose step lands within rounding; below it a decrement may rise
SETTLED = 1e-21  # decrement at which no step is worth taking

Effects = list[np.ndarray]
ResponseAt = Callable[[Stretch, np.ndarray], Response]


@dataclass(frozen=True)
class Modes:
    """A stretch at its modes: effects u (q_k, J_k) of each level, the response there, and the elimination.

    eta: (n,), the linear predictor. products[k]: Z_k'W[Z_k, ...] before elimination.
    """

    effects: Effects
    eta: np.ndarray
    response: Response
    products: list[np.ndarray]
    done: Forward

    @property
    def objective(self) -> float:
        """-log f(y | u) + u'u/2, summed over the stretch."""
        penalty = sum(float((effect**2).sum()) for effect in self.effects)
        return 0.5 * penalty - float(self.response.density().sum())


Start = Effects | Modes


def predictor(stretch: Stretch, fixed: np.ndarray, factors: Sequence[np.ndarray], effects: Effects) -> np.ndarray:
    """The linear predictor: the fixed part plus each level's Z Lambda u."""
    eta = fixed.copy()
    for k, (factor, effect) in enumerate(zip(factors, effects, strict=True)):
        for row, values in zip(stretch.z[k], factor @ effect, strict=True):
            eta += row * stretch.spread(values, k)
    return eta


def find_modes(
    stretch: Stretch, response_at: ResponseAt, fixed: np.ndarray, factors: Sequence[np.ndarray], start: Start
) -> Modes:
    """Newton's method. start: effects, or the modes at another point, from which those at this one are foreseen.

    Steps are taken whole while every cluster's decrement falls; the densities, which cost most, are asked only where
    one does not. Raises LikelihoodError where it does not settle.
    """
    effects = foreseen(stretch, fixed, factors, start) if isinstance(start, Modes) else start
    before: tuple[Effects, Effects] | None = None
    bound: np.ndarray | float = np.inf
    worst = np.inf
    for _ in range(STEPS):
        eta = predictor(stretch, fixed, factors, effects)
        response = response_at(stretch, eta)
        products, done = _eliminate(stretch, response, factors)
        step, decrement = _step(stretch, response, factors, effects, done)
        falls = np.isfinite(decrement) & (decrement <= bound)
        if falls.all():
            last, worst = worst, decrement.max()
            if worst < SETTLED or last < CLOSE:
                return Modes(effects, eta, response, products, done)
            before, bound = (effects, step), np.maximum(FALLS * decrement, CLOSE)
            effects = _moved(stretch, effects, step, np.ones(len(decrement)))
        elif before is not None:
            effects, before, bound = _guarded(stretch, response_at, fixed, factors, *before), None, np.inf
            worst = np.inf
        else:
            break
    raise LikelihoodError("The conditional modes of some clusters were not found; the likelihood cannot be evaluated.")


def foreseen(stretch: Stretch, fixed: np.ndarray, factors: Sequence[np.ndarray], known: Modes) -> Effects:
    """One Newton step towards the modes at a new point from the slopes and curvatures at an old one.

    It spares a look at the densities of all rows, and lands as near as the step between the points squared.
    """
    moved = predictor(stretch, fixed, factors, known.effects)
    moved -= known.eta
    moved *= known.response.curvature
    slope = np.subtract(known.response.slope, moved, out=moved)
    done = forward(stretch.levels, known.products, np.empty((0, 0)), factors)
    step = solve_effects(stretch.levels, factors, done, _pull(stretch, slope, factors, known.effects))
    return [effect + part for effect, part in zip(known.effects, step, strict=True)]


def _losses(stretch: Stretch, response: Response, effects: Effects) -> np.ndarray:
    """-log f(y | u) + u'u/2 of each outermost cluster."""
    losses = -stretch.gather(response.density(), len(stretch.levels) - 1)
    for effect, outermost in zip(effects, stretch.outermost, strict=True):
        losses += 0.5 * np.bincount(outermost, (effect**2).sum(axis=0), len(losses))
    return losses


def _eliminate(
    stretch: Stretch, response: Response, factors: Sequence[np.ndarray], tail: np.ndarray | None = None
) -> tuple[list[np.ndarray], Forward]:
    """The penalised system of every cluster. tail: columns (p, n) that it is to be solved for as well."""
    tail = np.empty((0, len(stretch.y))) if tail is None else tail
    products = []
    for k, own in enumerate(stretch.z):
        weighted = own * response.curvature
        others = [*(row for z in stretch.z[k:] for row in z), *tail]
        entries = np.empty((len(own), len(others), len(stretch.levels[k].rows)))
        for a, row in enumerate(weighted):
            for b, other in enumerate(others):
                if b < a:
                    entries[a, b] = entries[b, a]
                else:
                    np.add.reduceat(row * other, stretch.levels[k].rows, out=entries[a, b])
        products.append(entries)
    return products, forward(stretch.levels, products, (tail * response.curvature) @ tail.T, factors)


def information(stretch: Stretch, factors: Sequence[np.ndarray], modes: Modes) -> np.ndarray:
    """X'V^-1X of the working model at the modes, (p, p): what rows tell of the fixed effects, clusters taken out."""
    return _eliminate(stretch, modes.response, factors, stretch.x)[1].tail


def _pull(stretch: Stretch, slope: np.ndarray, factors: Sequence[np.ndarray], effects: Effects) -> Effects:
    """Slope of the penalised log-likelihood in every effect."""
    return [
        factor.T @ stretch.gather(z * slope, k) - effect
        for k, (z, factor, effect) in enumerate(zip(stretch.z, factors, effects, strict=True))
    ]


def _step(
    stretch: Stretch, response: Response, factors: Sequence[np.ndarray], effects: Effects, done: Forward
) -> tuple[Effects, np.ndarray]:
    """The Newton step of every effect, and the decrement of each outermost cluster."""
    pull = _pull(stretch, response.slope, factors, effects)
    step = solve_effects(stretch.levels, factors, done, pull)
    decrement = np.zeros(len(stretch.levels[-1].rows))
    for force, move, outermost in zip(pull, step, stretch.outermost, strict=True):
        decrement += np.bincount(outermost, (force * move).sum(axis=0), len(decrement))
    return step, decrement


def _moved(stretch: Stretch, effects: Effects, step: Effects, size: np.ndarray) -> Effects:
    """Effects a step further, of a size (K,) for each outermost cluster."""
    return [
        effect + size[outermost] * part
        for effect, part, outermost in zip(effects, step, stretch.outermost, strict=True)
    ]


def _guarded(
    stretch: Stretch,
    response_at: ResponseAt,
    fixed: np.ndarray,
    factors: Sequence[np.ndarray],
    effects: Effects,
    step: Effects,
) -> Effects:
    """Take the step, halved in the outermost clusters whose loss it would raise."""
    losses = _losses(stretch, response_at(stretch, predictor(stretch, fixed, factors, effects)), effects)
    size = np.ones(len(losses))
    for _ in range(HALVINGS):
        moved = _moved(stretch, effects, step, size)
        found = _losses(stretch, response_at(stretch, predictor(stretch, fixed, factors, moved)), moved)
        worse = ~(found <= losses + 1e-9 * (1 + np.abs(losses)))
        if not worse.any():
            return moved
        size[worse] /= 2
    raise LikelihoodError("The conditional modes of some clusters were not found; the likelihood cannot be evaluated.")

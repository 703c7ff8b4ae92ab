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
CLOSE = 1e-9  # Newton decrement from which one more step, taken unseen, lands within 1e-18

Effects = list[np.ndarray]
ResponseAt = Callable[[Stretch, np.ndarray], Response]


@dataclass(frozen=True)
class Modes:
    """A stretch at its modes: effects u (q_k, J_k) of each level, the response there, and the elimination.

    objective: -log f(y | u) + u'u/2 summed over the stretch. products[k]: Z_k'W[Z_k, ...] before elimination.
    """

    effects: Effects
    response: Response
    objective: float
    products: list[np.ndarray]
    done: Forward


def predictor(stretch: Stretch, fixed: np.ndarray, factors: Sequence[np.ndarray], effects: Effects) -> np.ndarray:
    """The linear predictor: the fixed part plus each level's Z Lambda u."""
    eta = fixed.copy()
    for k, (factor, effect) in enumerate(zip(factors, effects, strict=True)):
        for row, values in zip(stretch.z[k], factor @ effect, strict=True):
            eta += row * stretch.spread(values, k)
    return eta


def find_modes(
    stretch: Stretch, response_at: ResponseAt, fixed: np.ndarray, factors: Sequence[np.ndarray], start: Effects
) -> Modes:
    """Newton's method from `start`. Raises LikelihoodError where it does not settle."""
    effects = start
    eta = predictor(stretch, fixed, factors, effects)
    response = response_at(stretch, eta)
    losses = _losses(stretch, response, effects)
    for _ in range(STEPS):
        products, done = _eliminate(stretch, response, factors)
        step, decrement = _step(stretch, response, factors, effects, done)
        if not np.isfinite(decrement).all():
            break
        worst = decrement.max()
        effects, response, losses = _move(stretch, response_at, fixed, factors, effects, step, losses)
        if worst < CLOSE:
            products, done = _eliminate(stretch, response, factors)
            return Modes(effects, response, float(losses.sum()), products, done)
    raise LikelihoodError("The conditional modes of some clusters were not found; the likelihood cannot be evaluated.")


def _losses(stretch: Stretch, response: Response, effects: Effects) -> np.ndarray:
    """-log f(y | u) + u'u/2 of each outermost cluster."""
    losses = -stretch.gather(response.density, len(stretch.levels) - 1)
    for effect, outermost in zip(effects, stretch.outermost, strict=True):
        losses += 0.5 * np.bincount(outermost, (effect**2).sum(axis=0), len(losses))
    return losses


def _eliminate(stretch: Stretch, response: Response, factors: Sequence[np.ndarray]) -> tuple[list[np.ndarray], Forward]:
    products = []
    for k, own in enumerate(stretch.z):
        weighted = own * response.curvature
        others = np.concatenate(stretch.z[k:])
        entries = np.empty((len(own), len(others), len(stretch.levels[k].rows)))
        for a, row in enumerate(weighted):
            for b, other in enumerate(others):
                if b < a:
                    entries[a, b] = entries[b, a]
                else:
                    np.add.reduceat(row * other, stretch.levels[k].rows, out=entries[a, b])
        products.append(entries)
    return products, forward(stretch.levels, products, np.empty((0, 0)), factors)


def _step(
    stretch: Stretch, response: Response, factors: Sequence[np.ndarray], effects: Effects, done: Forward
) -> tuple[Effects, np.ndarray]:
    """The Newton step of every effect, and the decrement of each outermost cluster."""
    pull = [
        factor.T @ stretch.gather(z * response.slope, k) - effect
        for k, (z, factor, effect) in enumerate(zip(stretch.z, factors, effects, strict=True))
    ]
    step = solve_effects(stretch.levels, factors, done, pull)
    decrement = np.zeros(len(stretch.levels[-1].rows))
    for force, move, outermost in zip(pull, step, stretch.outermost, strict=True):
        decrement += np.bincount(outermost, (force * move).sum(axis=0), len(decrement))
    return step, decrement


def _move(
    stretch: Stretch,
    response_at: ResponseAt,
    fixed: np.ndarray,
    factors: Sequence[np.ndarray],
    effects: Effects,
    step: Effects,
    losses: np.ndarray,
) -> tuple[Effects, Response, np.ndarray]:
    """Take the step, halved in the outermost clusters whose loss it would raise."""
    size = np.ones(len(losses))
    for _ in range(HALVINGS):
        moved = [
            effect + size[outermost] * part
            for effect, part, outermost in zip(effects, step, stretch.outermost, strict=True)
        ]
        response = response_at(stretch, predictor(stretch, fixed, factors, moved))
        found = _losses(stretch, response, moved)
        worse = ~(found <= losses + 1e-9 * (1 + np.abs(losses)))
        if not worse.any():
            return moved, response, found
        size[worse] /= 2
    raise LikelihoodError("The conditional modes of some clusters were not found; the likelihood cannot be evaluated.")

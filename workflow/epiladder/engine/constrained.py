"""The lowest deviance where some function of the parameters is held: sequential quadratic programming from the optimum.

The search runs in coordinates in which half the deviance has nearly the Hessian 1 that a search begins with, so that
its first step is nearly its last. Where evaluations are dear it goes by way of a coarse rule's optimum. scipy's SLSQP
(Kraft 1988) does the work.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np

from epiladder.engine.search import Point
from epiladder.engine.surface import Surface
from epiladder.errors import LikelihoodError

STEP = 1e-5  # of a standard error, for derivatives of what is held
REFUSED = 1e6  # above the deviance at the optimum, where the likelihood cannot be evaluated
HELD = 1e-6  # standard errors by which what is held may be missed

Held = Callable[[np.ndarray], np.ndarray]


def constrained(surface: Surface, held: Held, start: np.ndarray | None = None) -> Point:
    """The lowest point where held(place) (k,) is zero; start: a place near it, the optimum if None.

    A coarse surface, where there is one, is searched first: where it ends the fine one's search begins.

    `held` is in units of about one standard error. Raises LikelihoodError where no such point is found.
    """
    from scipy.optimize import minimize

    if surface.coarse is not None:
        with suppress(LikelihoodError):
            start = constrained(surface.coarse, held, start).place
    centre, spread, met = surface.peak.place, surface.spread, list[Point]()
    inverse = np.linalg.inv(spread)

    def value(z: np.ndarray) -> tuple[float, np.ndarray]:
        try:
            point = surface.objective.at(centre + spread @ z)
        except LikelihoodError:
            return REFUSED, np.zeros(len(z))
        met[:] = [point]
        return (point.value - surface.peak.value) / 2, spread.T @ point.gradient / 2

    def slope(z: np.ndarray) -> np.ndarray:
        columns = []
        for unit in np.eye(len(z)) * STEP:
            high, low = held(centre + spread @ (z + unit)), held(centre + spread @ (z - unit))
            columns.append((high - low) / (2 * STEP))
        return np.array(columns).T

    begin = inverse @ ((surface.start if start is None else start) - centre)
    fixed = {"type": "eq", "fun": lambda z: held(centre + spread @ z), "jac": slope}
    found = minimize(value, begin, jac=True, method="SLSQP", constraints=fixed, options={"ftol": 5e-9, "maxiter": 200})
    place = centre + spread @ found.x
    if not np.isfinite(found.fun) or np.abs(held(place)).max() > HELD or found.fun >= REFUSED:
        raise LikelihoodError("no optimum was found with this parameter held")
    return met[0] if met and np.array_equal(met[0].place, place) else surface.objective.at(place)

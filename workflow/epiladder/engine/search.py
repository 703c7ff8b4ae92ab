"""The search for a minimum: BFGS with a first Hessian by differences, then Newton steps to the last digits.

Few parameters, an exact gradient, evaluations that cost: so every evaluation counts, and the Hessian that the start and
the end need comes from differences of the gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from epiladder.errors import LikelihoodError

BFGS_STEPS = 200
POLISH_STEPS = 6
ROUNDS = 3
ARRIVED = 1e-8  # predicted fall of the deviance at which BFGS hands over to Newton, and has it arrived after all
NEAR = 10.0  # times the fall of handing over, from which one Newton step leaves the Hessian as it was to five digits
DIFFERENCE = 1e-6  # step of differences, and at parameters beyond one a share of them
DECREMENT = 1e-17  # the same at which Newton is content

Detail = TypeVar("Detail")


@dataclass(frozen=True)
class Point(Generic[Detail]):
    """The deviance and its gradient (n,) at a place (n,), with what was computed on the way."""

    place: np.ndarray
    value: float
    gradient: np.ndarray
    detail: Detail


First = np.ndarray | Callable[[Point[Detail]], np.ndarray]  # a first Hessian, or how to have it at the first point


class Objective(Generic[Detail]):
    """A deviance as a function of its parameters, counting its evaluations.

    exact: the Hessian (n, n) at a point, where it can be had without differences. arrived: see ARRIVED; more where much
    data make the deviance as good as quadratic, so that a Hessian holds farther around. lost: whether a place is so far
    out that a search which has come there ends.
    """

    def __init__(
        self,
        function: Callable[[np.ndarray], Point[Detail]],
        exact: Callable[[Point[Detail]], np.ndarray] | None = None,
        arrived: float = ARRIVED,
        lost: Callable[[np.ndarray], bool] = lambda place: False,
    ) -> None:
        self._function, self.exact, self.arrived, self.lost = function, exact, arrived, lost
        self.evaluations = 0
        self._known: tuple[Point[Detail], np.ndarray] | None = None

    def exactly(self, point: Point[Detail]) -> np.ndarray | None:
        """The exact Hessian (n, n) at a point, made once for one that is asked again; None where there is none."""
        if self.exact is None:
            return None
        if self._known is None or self._known[0] is not point:
            self._known = point, self.exact(point)
        return self._known[1]

    def at(self, place: np.ndarray) -> Point[Detail]:
        """Evaluate; raises LikelihoodError where there is no finite value."""
        self.evaluations += 1
        return self._function(place)


@dataclass(frozen=True)
class Curvature:
    """The Hessian (n, n) at a point; decrement g'H^-1g and largest scaled gradient over its positive directions."""

    hessian: np.ndarray
    decrement: float
    scaled_gradient: float


def minimise(
    objective: Objective[Detail],
    start: np.ndarray,
    first: First[Detail] | None = None,
) -> tuple[Point[Detail], Curvature]:
    """BFGS from `start`, then Newton. first: a first Hessian; by differences if None."""
    return finish(objective, descend(objective, start, first))


def descend(objective: Objective[Detail], start: np.ndarray, first: First[Detail] | None = None) -> Point[Detail]:
    """BFGS alone: as near to a minimum as tells it from another one."""
    point = objective.at(start)
    if first is None:
        first = hessian(objective, point)
    known = first(point) if callable(first) else first
    return _bfgs(objective, point, positive_inverse(known))


def finish(objective: Objective[Detail], point: Point[Detail]) -> tuple[Point[Detail], Curvature]:
    """Newton steps from where BFGS ended.

    Where the Hessian there says that BFGS took a flat direction for a floor, BFGS goes on with that Hessian.
    """
    if objective.lost(point.place):
        return point, curvature(objective, point)
    point, end = _polish(objective, point)
    for _ in range(ROUNDS):
        if end.decrement < ARRIVED:
            break
        further = _bfgs(objective, point, positive_inverse(end.hessian))
        if further is point:
            break
        point, end = _polish(objective, further)
    return point, end


def _bfgs(objective: Objective[Detail], point: Point[Detail], inverse: np.ndarray) -> Point[Detail]:
    for _ in range(BFGS_STEPS):
        step = -inverse @ point.gradient
        if -point.gradient @ step < objective.arrived or objective.lost(point.place):
            break
        found = _backtrack(objective, point, step)
        if found is None:
            break
        exact = objective.exactly(found)
        if exact is not None:
            inverse = positive_inverse(exact)
        else:
            inverse = _updated(inverse, found.place - point.place, found.gradient - point.gradient)
        point = found
    return point


def _backtrack(objective: Objective[Detail], point: Point[Detail], step: np.ndarray) -> Point[Detail] | None:
    """Halve the step until the deviance falls enough (Armijo's condition); None where it does not."""
    expected = float(point.gradient @ step)
    for halving in range(30):
        size = 0.5**halving
        try:
            found = objective.at(point.place + size * step)
        except LikelihoodError:
            continue
        if found.value <= point.value + 1e-4 * size * expected:
            return found
    return None


def _updated(inverse: np.ndarray, moved: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The BFGS update of an inverse Hessian (Nocedal and Wright 2006, equation 6.17)."""
    along = float(moved @ change)
    if along <= 1e-10 * float(np.linalg.norm(moved) * np.linalg.norm(change)):
        return inverse
    left = np.eye(len(moved)) - np.outer(moved, change) / along
    return left @ inverse @ left.T + np.outer(moved, moved) / along


def _polish(objective: Objective[Detail], point: Point[Detail]) -> tuple[Point[Detail], Curvature]:
    """Newton steps while they shrink the gradient; the deviance itself is too coarse a judge of the last digits.

    A step from very near the minimum keeps the Hessian it was taken with, which costs more than all the rest.
    """
    end = curvature(objective, point)
    for _ in range(POLISH_STEPS):
        if end.decrement < DECREMENT:
            break
        step = positive_inverse(end.hessian) @ point.gradient
        try:
            candidate = objective.at(point.place - step)
        except LikelihoodError:
            break
        rose = candidate.value > point.value + 1e-10 * abs(point.value)
        if rose or np.abs(candidate.gradient).max() >= np.abs(point.gradient).max():
            break
        point, near = candidate, end.decrement < NEAR * objective.arrived and not objective.exact
        end = judged(end.hessian, point) if near else curvature(objective, point)
    return point, end


def hessian(objective: Objective[Detail], point: Point[Detail]) -> np.ndarray:
    """The Hessian (n, n): exact, or by differences of the exact gradient."""
    exact = objective.exactly(point)
    if exact is not None:
        return exact
    found = hessian_columns(objective, point, range(len(point.place)))
    return (found + found.T) / 2


def hessian_columns(objective: Objective[Detail], base: Point[Detail], which: Sequence[int]) -> np.ndarray:
    """Some columns of the Hessian, (n, k), by forward differences from a point.

    Gradients are exact, and good to twelve digits or more, so a step this small leaves six: what differences miss is
    the third derivative times the step.
    """
    columns = []
    for i in which:
        step = np.zeros(len(base.place))
        step[i] = DIFFERENCE * max(1.0, abs(base.place[i]))
        columns.append((objective.at(base.place + step).gradient - base.gradient) / step[i])
    return np.array(columns).T


def positive_inverse(matrix: np.ndarray) -> np.ndarray:
    """Inverse with every eigenvalue made positive, and none below 1e-8 of the largest."""
    values, vectors = np.linalg.eigh(matrix)
    sizes = np.abs(values)
    sizes = np.maximum(sizes, 1e-8 * max(sizes.max(), 1e-300))
    return (vectors / sizes) @ vectors.T


def curvature(objective: Objective[Detail], point: Point[Detail]) -> Curvature:
    """The Hessian at a point, by differences, and how far the point is from the minimum by it."""
    return judged(hessian(objective, point), point)


def judged(matrix: np.ndarray, point: Point[Detail]) -> Curvature:
    """How far a point is from the minimum by a Hessian."""
    values, vectors = np.linalg.eigh(matrix)
    along = vectors.T @ point.gradient
    usable = values > 1e-8 * max(values.max(), 1e-300)
    if not usable.any():
        return Curvature(matrix, 0.0, 0.0)
    decrement = float((along[usable] ** 2 / values[usable]).sum())
    return Curvature(matrix, decrement, float(np.abs(along[usable] / np.sqrt(values[usable])).max()))

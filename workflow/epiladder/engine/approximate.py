"""The search of a model that is not Gaussian: its starts, its boundary, and where it ended.

Parameters are the fixed effects of the orthonormal columns, the free entries of Lambda, and the log of the dispersion
where the family has one; the objective is minus twice the approximate log-likelihood, with every constant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.engine.boundary import null_space, without_null
from epiladder.engine.covariance import factors_of, square_root, theta_of
from epiladder.engine.general import General
from epiladder.engine.laplace import Share, independent, laplace
from epiladder.engine.nested_quadrature import NestedRule, nested_quadrature, placed
from epiladder.engine.penalised import Modes, Start, information
from epiladder.engine.quadrature import Rule, quadrature, rule
from epiladder.engine.search import (
    ARRIVED,
    Curvature,
    Objective,
    Point,
    curvature,
    descend,
    finish,
    hessian_columns,
    minimise,
)
from epiladder.errors import LikelihoodError

Detail = list[Start]
_End = tuple[Point[Detail], Curvature, bool]  # an optimum, the Hessian there, and whether the search is stuck
SPREADS = (0.5, 1.5)  # standard deviations, on the scale of the linear predictor, from which a search starts
FAR_OUT = 8.0
FARTHER = ((40.0, 24.0), (100.0, 59.0))  # starts beyond, for optima that turn out to lie there
RUNAWAY = 30.0  # a standard deviation that nothing finite asks for: the likelihood is flat there, and nodes few
FEW, SPARSE = 2_000, 20  # rows in all, or in a cluster of the innermost level, at which several optima are plausible
MANY = 20_000  # rows above which one start is enough all the same
SAME = 1e-4  # deviances that are the same optimum
PROBE = 1e-4  # variance given to a direction without any, to ask whether the deviance falls
RESTARTS = 3
ARRIVED_A_CLUSTER = 2e-9  # predicted fall of the deviance for each cluster at which BFGS hands over to Newton
PLACED = 1e-6  # change of the deviance by placing nodes anew, at which they stay
MOST_EVALUATIONS = 1000


@dataclass(frozen=True)
class Arrival:
    """An optimum. starts, agreed: how many searches were made, and how many came here. stuck: the deviance still falls

    along a direction that the search could not follow.
    """

    point: Point[Detail]
    curvature: Curvature
    evaluations: int
    starts: int
    agreed: int
    stuck: bool


@dataclass(frozen=True)
class Place:
    """A parameter vector's parts: beta (p,), the factors of each level (innermost first), the dispersion."""

    beta: np.ndarray
    factors: list[np.ndarray]
    dispersion: float


def unpack(problem: General, place: np.ndarray) -> Place:
    """The parts of a parameter vector."""
    p, end = problem.n_fixed, problem.n_fixed + problem.n_theta
    dispersion = float(np.exp(np.clip(place[end], -30, 30))) if problem.outcome.dispersed else 1.0
    return Place(place[:p], factors_of(problem.levels, place[p:end]), dispersion)


def pack(problem: General, beta: np.ndarray, factors: list[np.ndarray], log_dispersion: float) -> np.ndarray:
    """A parameter vector from its parts."""
    last = [log_dispersion] if problem.outcome.dispersed else []
    return np.concatenate([beta, theta_of(problem.levels, factors), last])


Nodes = Rule | NestedRule | None  # None is Laplace's approximation


def evaluate(problem: General, place: np.ndarray, start: Detail, nodes: Nodes) -> Point[Detail]:
    """Minus twice the approximate log-likelihood and its gradient."""
    parts = unpack(problem, place)
    response_at = problem.outcome.at(parts.dispersion)
    shares: list[Share] = []
    for i, (stretch, begin) in enumerate(zip(problem.stretches, start, strict=True)):
        fixed = parts.beta @ stretch.x + stretch.offset
        if not problem.levels:
            shares.append(independent(stretch, response_at, fixed))
        elif nodes is None:
            shares.append(laplace(stretch, response_at, fixed, parts.factors, begin))
        elif isinstance(nodes, NestedRule):
            placement = nodes.placements[i]
            shares.append(nested_quadrature(stretch, response_at, fixed, parts.factors, begin, nodes, placement))
        else:
            shares.append(quadrature(stretch, response_at, fixed, parts.factors, begin, nodes))
    value = sum(share.value for share in shares) - problem.outcome.constant
    if not np.isfinite(value):
        raise LikelihoodError("The likelihood is not finite here.")
    beta = np.sum([share.beta for share in shares], axis=0)
    factors = [np.sum(slopes, axis=0) for slopes in zip(*(share.factors for share in shares), strict=True)]
    gradient = pack(problem, beta, factors, sum(share.dispersion for share in shares))
    return Point(place, 2 * value, 2 * gradient, [share.modes for share in shares])


class _Remembering:
    """The objective; each evaluation starts the modes where the last one left them."""

    def __init__(self, problem: General, nodes: Nodes) -> None:
        self.problem, self.nodes, self.modes = problem, nodes, problem.at_rest()

    def __call__(self, place: np.ndarray) -> Point[Detail]:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                point = evaluate(self.problem, place, self.modes, self.nodes)
        except (LikelihoodError, FloatingPointError) as error:
            self.modes = self.problem.at_rest()
            raise LikelihoodError(str(error)) from None
        self.modes = point.detail
        return point


def _objective(problem: General, nodes: Nodes) -> Objective[Detail]:
    """The objective, and the fall at which BFGS hands over: sooner with many clusters; errors keep five digits.

    Quadrature follows no variance that runs away: its nodes grow too few for a likelihood with steps in it.
    """
    fewest = min((level.n_clusters for level in problem.levels), default=0)

    def lost(place: np.ndarray) -> bool:
        return nodes is not None and farthest(problem, place) > RUNAWAY

    return Objective(_Remembering(problem, nodes), arrived=max(ARRIVED, ARRIVED_A_CLUSTER * fewest), lost=lost)


def arrive(problem: General, nodes: Nodes, beta: np.ndarray, alone: np.ndarray, far: bool = True) -> Arrival:
    """The best optimum over the starts. beta, alone: (p,) and (p, p), the single-level fit and its information.

    far: whether searches begin far out as well, where that is plausible.
    """
    objective = _objective(problem, nodes)
    ends: list[_End] = []
    refused: LikelihoodError | None = None
    starts = [start for start in _starts(problem) if far or start[0] < FAR_OUT]

    def first(point: Point[Detail]) -> np.ndarray:
        return _first_hessian(problem, objective, point, alone)

    while starts:
        spread, grown = starts.pop(0)
        place = pack(problem, grown * beta, [spread * np.eye(len(level.mask)) for level in problem.levels], 0.0)
        try:
            point = descend(objective, place, first)
            known = next((end for end in ends if abs(point.value - end[0].value) < SAME), None)
            ends.append(known or _climb(problem, objective, *finish(objective, point)))
        except LikelihoodError as error:
            refused = error
        if spread == FAR_OUT and nodes is None and any(lies_far_out(problem, end[0]) for end in ends):
            starts += FARTHER
    if not ends and refused is not None:
        raise refused
    best = min(ends, key=lambda end: end[0].value)
    agreed = sum(end[0].value - best[0].value < SAME for end in ends)
    return Arrival(best[0], best[1], objective.evaluations, len(ends), agreed, best[2])


def lies_far_out(problem: General, point: Point[Detail]) -> bool:
    """Whether a standard deviation is beyond what overlapping outcomes ask for."""
    return farthest(problem, point.place) > FAR_OUT


def farthest(problem: General, place: np.ndarray) -> float:
    """The largest entry of any level's Lambda, a standard deviation in the solved basis or nearly so."""
    return max((float(np.abs(factor).max()) for factor in unpack(problem, place).factors), default=0.0)


def arrive_near(problem: General, nodes: Nodes, place: np.ndarray, alone: np.ndarray) -> Arrival:
    """The optimum that one search from a place near it finds, as refits to simulated outcomes want it."""
    objective = _objective(problem, nodes)
    found = minimise(objective, place, lambda begin: _first_hessian(problem, objective, begin, alone))
    point, end, stuck = _climb(problem, objective, *found)
    return Arrival(point, end, objective.evaluations, 1, 1, stuck)


def _starts(problem: General) -> list[tuple[float, float]]:
    """Where searches begin: (standard deviation of the effects, factor on the single-level coefficients).

    Nearly separated events can have an optimum far out, where conditional coefficients outgrow marginal ones (by about
    this factor: Zeger, Liang and Albert 1988).
    """
    sparse = problem.n_rows <= SPARSE * max((level.n_clusters for level in problem.levels), default=0)
    if problem.n_rows > (MANY if sparse else FEW):
        return [(SPREADS[0], 1.0)]
    far = [(FAR_OUT, float(np.sqrt(1 + 0.346 * FAR_OUT**2)))] if problem.outcome.bounded else []
    return [*((spread, 1.0) for spread in SPREADS), *far]


def arrive_finely(problem: General, nodes: Nodes, arrival: Arrival) -> Arrival:
    """From the optimum of a coarser rule to that of a finer one, which is too dear for several starts."""
    objective = _objective(problem, nodes)
    found = minimise(objective, arrival.point.place, arrival.curvature.hessian)
    point, end, stuck = _climb(problem, objective, *found)
    return Arrival(point, end, arrival.evaluations + objective.evaluations, arrival.starts, arrival.agreed, stuck)


def arrive_nested(problem: General, nodes: int, arrival: Arrival) -> Arrival:
    """Nested quadrature from Laplace's optimum; the outer nodes are placed anew until the deviance stays."""
    while True:
        arrival = arrive_finely(problem, nested_rule(problem, nodes, arrival.point), arrival)
        point = arrival.point
        anew = evaluate(problem, point.place, point.detail, nested_rule(problem, nodes, point))
        if abs(point.value - anew.value) < PLACED or arrival.evaluations > MOST_EVALUATIONS:
            return arrival


def nested_rule(problem: General, nodes: int, point: Point[Detail]) -> NestedRule:
    """The rule of two levels whose outer nodes stand around the modes at a point."""
    parts = unpack(problem, point.place)
    response_at = problem.outcome.at(parts.dispersion)
    placements = tuple(
        placed(stretch, response_at, parts.beta @ stretch.x + stretch.offset, parts.factors, begin)
        for stretch, begin in zip(problem.stretches, point.detail, strict=True)
    )
    inner, outer = (rule(nodes, len(level.terms)) for level in problem.levels)
    return NestedRule(inner, outer, placements)


def _first_hessian(
    problem: General, objective: Objective[Detail], point: Point[Detail], alone: np.ndarray
) -> np.ndarray:
    """The fixed effects' block from what the rows tell of them, the others by differences.

    Of many rows the working model at the modes tells it; of few the single level does, since their start may lie where
    modes are extreme.
    """
    p = problem.n_fixed
    factors = unpack(problem, point.place).factors
    first = np.zeros((len(point.place), len(point.place)))
    if problem.n_rows > FEW and problem.levels:
        known = [modes for modes in point.detail if isinstance(modes, Modes)]
        parts = zip(problem.stretches, known, strict=True)
        first[:p, :p] = 2 * sum(information(stretch, factors, modes) for stretch, modes in parts)
    else:
        first[:p, :p] = 2 * alone
    first[:, p:] = hessian_columns(objective, point, range(p, len(point.place)))
    first[p:, :p] = first[:p, p:].T
    return (first + first.T) / 2


def _climb(problem: General, objective: Objective[Detail], point: Point[Detail], end: Curvature) -> _End:
    """Search again from wherever a boundary turns out to be no optimum; a search that is lost is stuck."""
    if objective.lost(point.place):
        return point, end, True
    for _ in range(RESTARTS):
        point, end = _snap(problem, objective, point, end)
        way_out = _way_out(problem, objective, point)
        if way_out is None:
            return point, end, False
        found, found_end = minimise(objective, way_out)
        if found.value >= point.value - SAME:
            return point, end, False
        point, end = found, found_end
    return point, end, _way_out(problem, objective, point) is not None


def _snap(
    problem: General, objective: Objective[Detail], point: Point[Detail], end: Curvature
) -> tuple[Point[Detail], Curvature]:
    """A variance that is as good as nothing becomes nothing, where that costs nothing."""
    parts = unpack(problem, point.place)
    pairs = list(zip(problem.levels, parts.factors, strict=True))
    if not any(null_space(level, factor).shape[1] for level, factor in pairs):
        return point, end
    factors = [square_root(level, without_null(level, factor)) for level, factor in pairs]
    place = pack(problem, parts.beta, factors, point.place[-1])
    found = objective.at(place)
    return (found, curvature(objective, found)) if found.value <= point.value + 1e-7 else (point, end)


def _way_out(problem: General, objective: Objective[Detail], point: Point[Detail]) -> np.ndarray | None:
    """A place with a little variance along a missing direction, where the deviance is lower; None if there is none."""
    parts = unpack(problem, point.place)
    for k, (level, factor) in enumerate(zip(problem.levels, parts.factors, strict=True)):
        for direction in null_space(level, factor).T:
            factors = list(parts.factors)
            factors[k] = square_root(level, factor @ factor.T + PROBE * np.outer(direction, direction))
            place = pack(problem, parts.beta, factors, point.place[-1])
            if objective.at(place).value < point.value - 1e-9 * max(1.0, abs(point.value)):
                return place
    return None

"""How far Laplace's approximation lies from the likelihood at its own optimum: measured by one pass of quadrature.

The error of the approximation goes with the information that a cluster has of its own effects, not with its rows: forty
rows with one event among them say as little as two. So it is measured. The gradient of the quadrature's likelihood at
Laplace's optimum, times the inverse of the Hessian there, is the step to where quadrature would have ended.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from epiladder.engine.approximate import Arrival, Place, evaluate, nested_rule, pack, unpack
from epiladder.engine.covariance import raw_covariance
from epiladder.engine.general import General
from epiladder.engine.laplace import Share, laplace
from epiladder.engine.penalised import Modes, ResponseAt, find_modes, predictor
from epiladder.engine.quadrature import quadrature, rule
from epiladder.engine.result import Adequacy
from epiladder.engine.stretch import Stretch
from epiladder.errors import LikelihoodError

NESTED = 5  # nodes at each of two levels
NODES, PLACES = (7, 5, 3), 125  # nodes a dimension, the most of which no more places than these are made
CURVED = 1e-8  # share of the largest curvature below which a direction is flat


def adequacy(problem: General, arrival: Arrival) -> Adequacy | None:
    """Laplace's optimum judged by quadrature; None where that cannot be had, with many effects of a cluster.

    Intercepts at two levels are integrated together; else each level by itself, the effects of others at their modes.
    """
    nodes = next((n for n in NODES if n ** max(len(level.terms) for level in problem.levels) <= PLACES), None)
    if nodes is None:
        return None
    try:
        return _judged(problem, arrival, nodes)
    except (LikelihoodError, FloatingPointError, np.linalg.LinAlgError):
        return None


def _judged(problem: General, arrival: Arrival, nodes: int) -> Adequacy:
    point = arrival.point
    parts = unpack(problem, point.place)
    if [len(level.terms) for level in problem.levels] == [1, 1]:
        nodes = NESTED
        found = evaluate(problem, point.place, point.detail, nested_rule(problem, nodes, point))
        value, slope = found.value - point.value, found.gradient - point.gradient
    else:
        value, slope = _level_by_level(problem, arrival, parts, nodes)
    hessian = arrival.curvature.hessian
    step = -_inverse(hessian) @ slope
    return Adequacy(
        nodes=nodes,
        log_likelihood=-value / 2,
        distance=float(np.sqrt(max(step @ hessian @ step, 0.0) / 2)),
        moved=_moved(problem, hessian, step),
        spreads=_spreads(problem, parts.factors),
        foreseen=_spreads(problem, _foreseen(parts, unpack(problem, point.place + step))),
    )


def _level_by_level(problem: General, arrival: Arrival, parts: Place, nodes: int) -> tuple[float, np.ndarray]:
    """The deviance by quadrature less that by Laplace's approximation, and the same of its gradient."""
    response_at = problem.outcome.at(parts.dispersion)
    value, beta, dispersion = 0.0, np.zeros(problem.n_fixed), 0.0
    factors = [np.zeros_like(factor) for factor in parts.factors]
    for stretch, start in zip(problem.stretches, arrival.point.detail, strict=True):
        fixed = parts.beta @ stretch.x + stretch.offset
        modes = find_modes(stretch, response_at, fixed, parts.factors, start)
        for k in range(len(problem.levels)):
            for sign, share in zip(
                (1, -1), _both(stretch, response_at, fixed, parts.factors, modes, k, nodes), strict=True
            ):
                value += sign * share.value
                beta += sign * share.beta
                factors[k] += sign * share.factors[0]
                dispersion += sign * share.dispersion
    return 2 * value, 2 * pack(problem, beta, factors, dispersion)


def _both(
    stretch: Stretch,
    response_at: ResponseAt,
    fixed: np.ndarray,
    factors: Sequence[np.ndarray],
    modes: Modes,
    k: int,
    nodes: int,
) -> tuple[Share, Share]:
    """By quadrature and by Laplace's approximation, the clusters of level k alone."""
    held = [np.zeros_like(effect) if at == k else effect for at, effect in enumerate(modes.effects)]
    others = predictor(stretch, fixed, factors, held)
    own, factor, start = stretch.only(k), [factors[k]], [modes.effects[k]]
    points = rule(nodes, len(factors[k]))
    return (
        quadrature(own, response_at, others, factor, start, points),
        laplace(own, response_at, others, factor, start),
    )


def _inverse(hessian: np.ndarray) -> np.ndarray:
    """Over the directions in which the deviance is curved upwards; a variance of zero stays where it is."""
    values, vectors = np.linalg.eigh(hessian)
    curved = values > CURVED * values.max()
    return (vectors[:, curved] / values[curved]) @ vectors[:, curved].T


def _moved(problem: General, hessian: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The step of each fixed effect of the raw columns in its standard errors, (p,)."""
    p, back = problem.n_fixed, np.linalg.inv(problem.x_to_raw)
    variances = np.diag(back @ (2 * _inverse(hessian))[:p, :p] @ back.T)
    return (back @ step[:p]) / np.sqrt(variances)


def _foreseen(now: Place, then: Place) -> list[np.ndarray]:
    """Each Lambda after the step; a diagonal that it takes to zero and beyond is zero, its column's loadings stay."""
    pairs = zip(now.factors, then.factors, strict=True)
    return [new - np.diag(np.where(np.diag(old) * np.diag(new) < 0, np.diag(new), 0.0)) for old, new in pairs]


def _spreads(problem: General, factors: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Standard deviations (q,) of each level's effects in raw units, outermost level first."""
    pairs = zip(problem.levels, factors, strict=True)
    found = [np.sqrt(np.diag(raw_covariance(level, factor, 1.0))) for level, factor in pairs]
    return tuple(reversed(found))

"""From an optimum of a model that is not Gaussian to estimates in the user's units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.engine.approximate import Arrival, Place, unpack
from epiladder.engine.boundary import is_singular
from epiladder.engine.chain import joint_covariances
from epiladder.engine.covariance import raw_covariance
from epiladder.engine.gaussian_result import CONTENT, MESSAGES
from epiladder.engine.general import General
from epiladder.engine.pearson import Pearson, pearson
from epiladder.engine.penalised import ResponseAt, find_modes
from epiladder.engine.problem import Level
from epiladder.engine.result import DISPERSION, Convergence, Estimates, LevelEstimate, LevelModes, Uncertainty
from epiladder.engine.stretch import Stretch
from epiladder.engine.variation import variation
from epiladder.errors import LikelihoodError

WIDE = 1e3  # standard deviation of a prior that says nothing on the scale of a log ratio
LEAST_INFORMATION = 1e-3  # below it a cluster's own maximum lies at infinity, or nowhere


def estimates(problem: General, arrival: Arrival, method: str, nodes: int | None, modes: bool = True) -> Estimates:
    """All reported quantities of an optimum; conditional modes where they are wanted.

    Covariances come from the joint Hessian of all parameters.
    """
    parts = unpack(problem, arrival.point.place)
    p = problem.n_fixed
    back = np.linalg.inv(problem.x_to_raw)
    covariance = 2 * _inverse(arrival.curvature.hessian)
    levels = tuple(
        LevelEstimate(level.name, level.terms, raw_covariance(level, factor, 1.0), int(level.mask.sum()))
        for level, factor in zip(problem.levels, parts.factors, strict=True)
    )
    dispersed = problem.outcome.dispersed
    measured = problem.outcome.may_overdisperse
    look = _look(problem, arrival, parts, modes) if modes or measured else _Look([], Pearson())
    spare = problem.n_rows - p - problem.n_theta
    measured &= spare > 0
    return Estimates(
        criterion="ML",
        method=method,
        nodes=nodes,
        log_likelihood=-arrival.point.value / 2,
        deviance=arrival.point.value,
        n_parameters=p + problem.n_theta + dispersed,
        names=problem.names,
        beta=back @ parts.beta,
        beta_covariance=back @ covariance[:p, :p] @ back.T,
        levels=tuple(reversed(levels)),
        residual_variance=None,
        dispersion=parts.dispersion if dispersed else None,
        convergence=_convergence(problem, arrival, parts),
        uncertainty=Uncertainty(covariance[p:, p:], np.zeros((len(covariance) - p, p, p))),
        modes=tuple(reversed(look.modes)),
        variation=variation(
            problem.levels,
            parts.factors,
            1.0,
            (DISPERSION, parts.dispersion) if dispersed else None,
            covariance,
            back,
        ),
        overdispersion=look.pearson.statistic / spare if measured else None,
        overdispersion_error=float(np.sqrt(look.pearson.variance)) / spare if measured else None,
    )


def _inverse(hessian: np.ndarray) -> np.ndarray:
    """Over the directions in which the deviance is curved; a variance of zero has none of its own."""
    values, vectors = np.linalg.eigh(hessian)
    positive = values > 1e-10 * values.max()
    return (vectors[:, positive] / values[positive]) @ vectors[:, positive].T


def _convergence(problem: General, arrival: Arrival, parts: Place) -> Convergence:
    curved = bool(np.linalg.eigvalsh(arrival.curvature.hessian).min() > -1e-6 * np.abs(arrival.curvature.hessian).max())
    arrived = arrival.curvature.decrement < CONTENT and not arrival.stuck and curved
    status = "failed" if not arrived else "boundary" if is_singular(problem.levels, parts.factors) else "converged"
    message = MESSAGES[status]
    if arrived and arrival.agreed < arrival.starts:
        message += f" {arrival.agreed} of {arrival.starts} starts led here; the others ended at a lower likelihood."
    return Convergence(status, message, arrival.curvature.scaled_gradient, arrival.evaluations)


@dataclass(frozen=True)
class _Look:
    """One last look at every stretch: modes (raw units) and covariances by level, each cluster alone, Pearson's sum."""

    modes: list[LevelModes]
    pearson: Pearson


def _look(problem: General, arrival: Arrival, parts: Place, modes: bool) -> _Look:
    """Conditional modes and covariances in raw units, and each cluster by itself."""
    response_at = problem.outcome.at(parts.dispersion)
    gathered: list[list[tuple[np.ndarray, ...]]] = [[] for _ in problem.levels]
    total, measured = Pearson(), problem.outcome.may_overdisperse
    for stretch, start in zip(problem.stretches, arrival.point.detail, strict=True):
        fixed = parts.beta @ stretch.x + stretch.offset
        eta = fixed
        if problem.levels:
            found = find_modes(stretch, response_at, fixed, parts.factors, start)
            eta = found.eta
            joints = joint_covariances(stretch.levels, parts.factors, found.done) if modes else []
            for k, level in enumerate(problem.levels if modes else ()):
                alone = _alone(stretch, response_at, fixed, k, level)
                gathered[k].append((*_raw(level, parts.factors[k], found.effects[k], joints[k]), *alone))
        total += pearson(problem.outcome, stretch, eta) if measured else Pearson()
    levels = [
        LevelModes(level.name, level.terms, *(np.concatenate(parts) for parts in zip(*found, strict=True)))
        for level, found in zip(problem.levels, gathered, strict=True)
        if modes
    ]
    return _Look(levels, total)


def _raw(level: Level, factor: np.ndarray, effects: np.ndarray, joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Modes (J, q) and conditional covariances (J, q, q) in raw units."""
    back = np.linalg.solve(level.to_raw, factor)
    q = len(level.terms)
    return (back @ effects).T, np.einsum("ab,bcj,dc->jad", back, joint[:q, :q], back)


def _alone(
    stretch: Stretch, response_at: ResponseAt, fixed: np.ndarray, k: int, level: Level
) -> tuple[np.ndarray, np.ndarray]:
    """Each cluster by itself, the fixed effects given: its own maximum, found under a prior too wide to matter.

    NaN where the cluster has no finite maximum (all or none have the event) or too little to find one.
    """
    q, own = len(level.terms), stretch.only(k)
    wide = WIDE * np.eye(q)
    try:
        found = find_modes(own, response_at, fixed, [wide], [np.zeros((q, len(own.levels[0].rows)))])
    except (LikelihoodError, FloatingPointError):
        nothing = np.full((len(own.levels[0].rows), q), np.nan)
        return nothing, nothing
    information = found.products[0].transpose(2, 0, 1)
    usable = np.linalg.eigvalsh(information)[:, 0] > LEAST_INFORMATION
    back = np.linalg.inv(level.to_raw)
    values = np.where(usable[:, None], (back @ wide @ found.effects[0]).T, np.nan)
    variances = np.full(values.shape, np.nan)
    variances[usable] = np.einsum("ab,jbc,ac->ja", back, np.linalg.inv(information[usable]), back)
    return values, variances

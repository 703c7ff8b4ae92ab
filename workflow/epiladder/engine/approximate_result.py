"""From an optimum of a model that is not Gaussian to estimates in the user's units."""

from __future__ import annotations

import numpy as np

from epiladder.engine.approximate import Arrival, Place, unpack
from epiladder.engine.boundary import is_singular
from epiladder.engine.chain import joint_covariances
from epiladder.engine.covariance import raw_covariance
from epiladder.engine.gaussian_result import CONTENT, MESSAGES
from epiladder.engine.general import General
from epiladder.engine.penalised import find_modes
from epiladder.engine.result import Convergence, Estimates, LevelEstimate, LevelModes, Uncertainty


def estimates(problem: General, arrival: Arrival, method: str, nodes: int | None) -> Estimates:
    """All reported quantities of an optimum. Covariances come from the joint Hessian of all parameters."""
    parts = unpack(problem, arrival.point.place)
    p = problem.n_fixed
    back = np.linalg.inv(problem.x_to_raw)
    covariance = 2 * _inverse(arrival.curvature.hessian)
    levels = tuple(
        LevelEstimate(level.name, level.terms, raw_covariance(level, factor, 1.0), int(level.mask.sum()))
        for level, factor in zip(problem.levels, parts.factors, strict=True)
    )
    dispersed = problem.outcome.dispersed
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
        modes=tuple(reversed(_modes(problem, arrival, parts))),
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


def _modes(problem: General, arrival: Arrival, parts: Place) -> list[LevelModes]:
    """Conditional modes and covariances in raw units, from one last look at every stretch."""
    if not problem.levels:
        return []
    response_at = problem.outcome.at(parts.dispersion)
    modes: list[list[np.ndarray]] = [[] for _ in problem.levels]
    covariances: list[list[np.ndarray]] = [[] for _ in problem.levels]
    for stretch, start in zip(problem.stretches, arrival.point.detail, strict=True):
        fixed = parts.beta @ stretch.x + stretch.offset
        found = find_modes(stretch, response_at, fixed, parts.factors, start)
        joints = joint_covariances(stretch.levels, parts.factors, found.done)
        for k, level in enumerate(problem.levels):
            back = np.linalg.solve(level.to_raw, parts.factors[k])
            q = len(level.terms)
            modes[k].append((back @ found.effects[k]).T)
            covariances[k].append(np.einsum("ab,bcj,dc->jad", back, joints[k][:q, :q], back))
    out = []
    for level, mode, covariance in zip(problem.levels, modes, covariances, strict=True):
        values = np.concatenate(mode)
        nothing = np.full(values.shape, np.nan)
        out.append(LevelModes(level.name, level.terms, values, np.concatenate(covariance), nothing, nothing))
    return out

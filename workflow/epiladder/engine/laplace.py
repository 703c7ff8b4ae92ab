"""Laplace's approximation of a stretch's log-likelihood, with its exact gradient.

With u the modes and H the penalised curvature there, -log L is about h(u) + log|H| / 2 (Tierney and Kadane 1986). The
gradient takes in how modes and curvature move: the third derivative of the density, and one more solve (an adjoint).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epiladder.engine.chain import joint_covariances, solve_effects
from epiladder.engine.penalised import Modes, ResponseAt, Start, find_modes, predictor
from epiladder.engine.stretch import Stretch


@dataclass(frozen=True)
class Share:
    """A stretch's share of minus the log-likelihood and of its gradient; the modes, to start the next search from.

    beta: (p,). factors[k]: (q_k, q_k), the gradient in Lambda_k. dispersion: the gradient in its log.
    """

    value: float
    beta: np.ndarray
    factors: list[np.ndarray]
    dispersion: float
    modes: Start


def laplace(
    stretch: Stretch, response_at: ResponseAt, fixed: np.ndarray, factors: Sequence[np.ndarray], start: Start
) -> Share:
    """Value and gradient at one point. fixed: (n,), the fixed part of the linear predictor."""
    modes = find_modes(stretch, response_at, fixed, factors, start)
    joints = joint_covariances(stretch.levels, factors, modes.done)
    response = modes.response
    variance = predicted_variance(stretch, along(factors), joints[0])
    sway = 0.5 * response.third() * variance
    pull = [
        factor.T @ stretch.gather(z * sway, k) for k, (z, factor) in enumerate(zip(stretch.z, factors, strict=True))
    ]
    shift = solve_effects(stretch.levels, factors, modes.done, pull)
    moved = predictor(stretch, np.zeros(len(stretch.y)), factors, shift)
    residual = sway - response.slope - response.curvature * moved
    slopes = []
    for k, z in enumerate(stretch.z):
        slope = stretch.gather(z * residual, k) @ modes.effects[k].T
        slope += stretch.gather(z * response.slope, k) @ shift[k].T
        slopes.append(slope + curvature_slope(stretch, factors, joints, modes, k))
    value = modes.objective + 0.5 * modes.done.log_determinant
    dispersion = 0.0
    if response.dispersed:
        by = response.dispersed()
        dispersion = float((0.5 * variance * by.curvature - by.density + moved * by.slope).sum())
    return Share(value, stretch.x @ residual, slopes, dispersion, modes)


def independent(stretch: Stretch, response_at: ResponseAt, fixed: np.ndarray) -> Share:
    """The likelihood itself, where there are no random effects."""
    response = response_at(stretch, fixed)
    dispersion = -float(response.dispersed().density.sum()) if response.dispersed else 0.0
    return Share(-float(response.density().sum()), -(stretch.x @ response.slope), [], dispersion, [])


def predicted_variance(stretch: Stretch, chain: np.ndarray, joint: np.ndarray) -> np.ndarray:
    """z'Lambda J Lambda'z of each row, (n,), for matrices J (Q, Q, clusters) along each innermost cluster's chain."""
    covariance = np.einsum("ab,bcj,dc->adj", chain, joint, chain)
    columns = np.concatenate(stretch.z)
    variance = np.zeros(len(stretch.y))
    for a, row in enumerate(columns):
        for b in range(a + 1):
            part = stretch.spread(covariance[a, b] if a == b else covariance[a, b] + covariance[b, a], 0)
            part *= row
            part *= columns[b]
            variance += part
    return variance


def along(factors: Sequence[np.ndarray]) -> np.ndarray:
    """The levels' Lambdas as one block-diagonal matrix, innermost first."""
    size = sum(map(len, factors))
    chain, first = np.zeros((size, size)), 0
    for factor in factors:
        chain[first : first + len(factor), first : first + len(factor)] = factor
        first += len(factor)
    return chain


def curvature_slope(
    stretch: Stretch, factors: Sequence[np.ndarray], joints: Sequence[np.ndarray], modes: Modes, k: int
) -> np.ndarray:
    """The gradient of log|H| / 2 in Lambda_k, the curvatures held: Z_k'W Z Lambda H^-1, own columns."""
    q = len(factors[k])
    outwards = np.einsum("abj,bcj->acj", modes.products[k], np.einsum("ab,bcj->acj", along(factors[k:]), joints[k]))
    slope = outwards[:, :q].sum(axis=2)
    for inner in range(k):
        first = sum(len(factor) for factor in factors[inner:k])
        size = len(factors[inner])
        products = modes.products[inner][:, first : first + q]
        slope += np.einsum("abj,ac,cdj->bd", products, factors[inner], joints[inner][:size, first : first + q])
    return slope

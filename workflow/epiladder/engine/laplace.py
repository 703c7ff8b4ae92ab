"""Laplace's approximation of a stretch's log-likelihood, with its exact gradient.

With u the modes and H the penalised curvature there, -log L is about h(u) + log|H| / 2 (Tierney and Kadane 1986). The
gradient takes in how modes and curvature move: the third derivative of the density, and one more solve (an adjoint).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    found = adjoint(stretch, response_at, fixed, factors, start)
    slopes = [slope.sum(axis=2) for slope in found.slopes]
    for k, _, curved in curvature_slopes(factors, found):
        slopes[k] += curved.sum(axis=2)
    value = found.modes.objective + 0.5 * found.modes.done.log_determinant
    return Share(value, stretch.x @ found.residual, slopes, float(found.dispersion.sum()), found.modes)


@dataclass(frozen=True)
class Adjoint:
    """The modes of a stretch, and how minus its approximate log-likelihood changes there with the parameters.

    joints: covariances along each chain. residual: (n,), the slope in the fixed part. slopes[k]: (q_k, q_k, J_k), that
    in Lambda_k by cluster, but for what `curvature_slopes` adds. dispersion: (n,), that in its log; empty without one.
    """

    modes: Modes
    joints: list[np.ndarray]
    residual: np.ndarray
    slopes: list[np.ndarray]
    dispersion: np.ndarray


def adjoint(
    stretch: Stretch, response_at: ResponseAt, fixed: np.ndarray, factors: Sequence[np.ndarray], start: Start
) -> Adjoint:
    """Find the modes, and solve once more for how they answer to the change of the curvatures."""
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
        slope = stretch.gather(z * residual, k)[:, None] * modes.effects[k][None]
        slope += stretch.gather(z * response.slope, k)[:, None] * shift[k][None]
        slopes.append(slope)
    dispersion = np.empty(0)
    if response.dispersed:
        by = response.dispersed()
        dispersion = 0.5 * variance * by.curvature - by.density + moved * by.slope
    return Adjoint(modes, joints, residual, slopes, dispersion)


def curvature_slopes(factors: Sequence[np.ndarray], found: Adjoint) -> Iterator[tuple[int, int, np.ndarray]]:
    """The slope of log|H| / 2 in Lambda_k, the weights held, as k, level and (q_k, q_k, J) by cluster of that level.

    It is Z_k'W Z Lambda H^-1, own columns, of which every level inside k has a share.
    """
    for k, own in enumerate(factors):
        q, products = len(own), found.modes.products
        outwards = np.einsum("ab,bcj->acj", along(factors[k:]), found.joints[k][:, :q])
        yield k, k, np.einsum("abj,bcj->acj", products[k], outwards)
        for inner, factor in enumerate(factors[:k]):
            first = sum(len(between) for between in factors[inner:k])
            joint = found.joints[inner][: len(factor), first : first + q]
            turned = np.einsum("abj,ac->bcj", products[inner][:, first : first + q], factor)
            yield k, inner, np.einsum("bcj,cdj->bdj", turned, joint)


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

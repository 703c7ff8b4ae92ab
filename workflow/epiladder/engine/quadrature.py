"""Adaptive Gauss-Hermite quadrature of a stretch with one level of clusters, with its exact gradient.

Nodes lie around each cluster's modes, scaled by the curvature there (Naylor and Smith 1982; Pinheiro and Chao 2006), so
they move with the parameters; the gradient takes that in, with one more solve, as Laplace's does with a single node.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from epiladder.engine.elimination import backward_solve, forward_solve
from epiladder.engine.laplace import Share, predicted_variance
from epiladder.engine.penalised import Modes, ResponseAt, Start, find_modes, predictor
from epiladder.engine.stretch import Stretch


@dataclass(frozen=True)
class Rule:
    """places: (M, q). log_weights: (M,), with exp(x'x) in them, for integrals of exp(...) itself."""

    places: np.ndarray
    log_weights: np.ndarray


def rule(nodes: int, q: int) -> Rule:
    """The product of q Gauss-Hermite rules of `nodes` points."""
    x, w = np.polynomial.hermite.hermgauss(nodes)
    places = np.array(list(product(x, repeat=q)))
    weights = np.array(list(product(np.log(w) + x**2, repeat=q))).sum(axis=1)
    return Rule(places, weights)


@dataclass(frozen=True)
class ClusterShares:
    """Each cluster's share. value: (J,), minus the log-likelihood. residual: (n,), its slope in the fixed part.

    factor: (q, q, J), its slope in Lambda. dispersion: (J,). modes: around which the nodes stand.
    """

    value: np.ndarray
    residual: np.ndarray
    factor: np.ndarray
    dispersion: np.ndarray
    modes: Modes


@dataclass(frozen=True)
class _Averages:
    """Averages over the nodes by their posterior weights. At rows: slope (n,). At clusters: value (J,), the loss's

    slope in u, force (q, J), its product with the place, lever (q, q, J), Z'g u', pull (q, q, J), and dispersion (J,).
    """

    value: np.ndarray
    slope: np.ndarray
    force: np.ndarray
    lever: np.ndarray
    pull: np.ndarray
    dispersion: np.ndarray


def quadrature(
    stretch: Stretch,
    response_at: ResponseAt,
    fixed: np.ndarray,
    factors: Sequence[np.ndarray],
    start: Start,
    nodes: Rule,
) -> Share:
    """Value and gradient at one point; see `laplace`."""
    found = cluster_shares(stretch, response_at, fixed, factors[0], start, nodes)
    slopes = [found.factor.sum(axis=2)]
    dispersion = float(found.dispersion.sum())
    return Share(float(found.value.sum()), stretch.x @ found.residual, slopes, dispersion, found.modes)


def cluster_shares(
    stretch: Stretch,
    response_at: ResponseAt,
    fixed: np.ndarray,
    factor: np.ndarray,
    start: Start,
    nodes: Rule,
) -> ClusterShares:
    """Value and gradient of each cluster of a stretch with one level."""
    modes = find_modes(stretch, response_at, fixed, [factor], start)
    response, cholesky = modes.response, modes.done.levels[0].factor
    q, n_clusters = modes.effects[0].shape
    eye = np.broadcast_to(np.eye(q)[:, :, None], (q, q, n_clusters))
    inverse = forward_solve(cholesky, eye)
    reach = np.sqrt(2.0) * inverse.transpose(1, 0, 2)
    found = _average(stretch, response_at, fixed, factor, modes, reach, nodes)

    twist = -np.einsum("baj,bcj->acj", found.lever, reach)
    turn = np.tril(np.ones((q, q)), -1)[:, :, None] * twist / 2
    turn = turn + turn.transpose(1, 0, 2) + np.eye(q)[:, :, None] * (twist + 1) / 2
    bend = np.einsum("baj,bcj,cdj->adj", inverse, turn, inverse)
    variance = predicted_variance(stretch, factor, bend)
    sway = response.third() * variance
    push = found.force + factor.T @ stretch.gather(stretch.z[0] * sway, 0)
    shift = backward_solve(cholesky, forward_solve(cholesky, push))
    moved = predictor(stretch, np.zeros(len(stretch.y)), [factor], [shift])
    z, effects = stretch.z[0], modes.effects[0]
    slope = stretch.gather(z * (sway - response.curvature * moved), 0)[:, None] * effects[None] - found.pull
    slope += stretch.gather(z * response.slope, 0)[:, None] * shift[None]
    slope += 2 * np.einsum("abj,bc,cdj->adj", modes.products[0], factor, bend)
    dispersion = found.dispersion
    if response.dispersed:
        by = response.dispersed()
        dispersion = dispersion + stretch.gather(variance * by.curvature + moved * by.slope, 0)
    residual = sway - found.slope - response.curvature * moved
    return ClusterShares(found.value, residual, slope, dispersion, modes)


def _average(
    stretch: Stretch,
    response_at: ResponseAt,
    fixed: np.ndarray,
    factor: np.ndarray,
    modes: Modes,
    reach: np.ndarray,
    nodes: Rule,
) -> _Averages:
    """Go through the nodes once; weights are kept relative to the best node so far, cluster by cluster."""
    q, n_clusters = modes.effects[0].shape
    n = len(stretch.y)
    best, mass = np.full(n_clusters, -np.inf), np.zeros(n_clusters)
    slope, force, lever = np.zeros(n), np.zeros((q, n_clusters)), np.zeros((q, q, n_clusters))
    pull, dispersion = np.zeros((q, q, n_clusters)), np.zeros(n_clusters)
    for place, log_weight in zip(nodes.places, nodes.log_weights, strict=True):
        effects = modes.effects[0] + np.einsum("abj,b->aj", reach, place)
        response = response_at(stretch, predictor(stretch, fixed, [factor], [effects]))
        height = stretch.gather(response.density(), 0) - 0.5 * (effects**2).sum(axis=0) + log_weight
        top = np.maximum(best, height)
        fade, share = np.exp(best - top), np.exp(height - top)
        best, mass = top, mass * fade + share
        pulled = stretch.gather(stretch.z[0] * response.slope, 0)
        lost = effects - factor.T @ pulled
        slope *= stretch.spread(fade, 0)
        slope += stretch.spread(share, 0) * response.slope
        force = force * fade + share * lost
        lever = lever * fade + share * lost[:, None] * place[None, :, None]
        pull = pull * fade + share * pulled[:, None] * effects[None]
        if response.dispersed:
            dispersion = dispersion * fade + share * stretch.gather(response.dispersed().density, 0)
    half = sum(np.log(modes.done.levels[0].factor[a][a]) for a in range(q))
    return _Averages(
        -(best + np.log(mass)) + half + 0.5 * q * np.log(np.pi),
        slope / stretch.spread(mass, 0),
        force / mass,
        lever / mass,
        pull / mass,
        -dispersion / mass,
    )

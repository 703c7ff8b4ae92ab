"""Nested adaptive quadrature of a stretch with two levels of clusters (Rabe-Hesketh, Skrondal and Pickles 2005).

Each outer cluster has nodes of its own, around its mode and as wide as its conditional covariance. They stand still
while a search runs and are placed anew from its end, until nothing moves; given an outer node, the inner clusters are
integrated as clusters of one level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epiladder.engine.chain import joint_covariances
from epiladder.engine.laplace import Share
from epiladder.engine.penalised import Modes, ResponseAt, Start, find_modes
from epiladder.engine.quadrature import ClusterShares, Rule, cluster_shares
from epiladder.engine.stretch import Stretch


@dataclass(frozen=True)
class Placement:
    """Where the outer nodes of a stretch stand: centre (q, K), reach (q, q, K) with node = centre + reach place."""

    centre: np.ndarray
    reach: np.ndarray


@dataclass(frozen=True)
class NestedRule:
    """inner, outer: the rules of the two levels. placements: one a stretch."""

    inner: Rule
    outer: Rule
    placements: tuple[Placement, ...]


def placed(
    stretch: Stretch, response_at: ResponseAt, fixed: np.ndarray, factors: Sequence[np.ndarray], start: Start
) -> Placement:
    """Nodes around the modes at one point of the parameters."""
    modes = find_modes(stretch, response_at, fixed, factors, start)
    covariance = joint_covariances(stretch.levels, factors, modes.done)[1]
    root = np.linalg.cholesky(np.moveaxis(covariance, 2, 0))
    return Placement(modes.effects[1], np.sqrt(2.0) * np.moveaxis(root, 0, 2))


def nested_quadrature(
    stretch: Stretch,
    response_at: ResponseAt,
    fixed: np.ndarray,
    factors: Sequence[np.ndarray],
    start: Start,
    rule: NestedRule,
    placement: Placement,
) -> Share:
    """Value and gradient at one point, the outer nodes standing still; see `laplace`."""
    total = _Running(stretch, len(factors[0]), len(factors[1]))
    inner = stretch.only(0)
    begin: Start = [(start.effects if isinstance(start, Modes) else start)[0]]
    for place, log_weight in zip(rule.outer.places, rule.outer.log_weights, strict=True):
        node = placement.centre + np.einsum("abk,b->ak", placement.reach, place)
        shifted = fixed.copy()
        for row, values in zip(stretch.z[1], factors[1] @ node, strict=True):
            shifted += row * stretch.spread(values, 1)
        found = cluster_shares(inner, response_at, shifted, factors[0], begin, rule.inner)
        begin = found.modes
        total.add(found, node, log_weight)
    return total.share(placement, start)


class _Running:
    """Sums over outer nodes, kept relative to each outer cluster's best node so far."""

    def __init__(self, stretch: Stretch, q_inner: int, q_outer: int) -> None:
        n_inner, n_outer = (len(level.rows) for level in stretch.levels)
        self.stretch = stretch
        self.best, self.mass = np.full(n_outer, -np.inf), np.zeros(n_outer)
        self.residual = np.zeros(len(stretch.y))
        self.inner = np.zeros((q_inner, q_inner, n_inner))
        self.outer = np.zeros((q_outer, q_outer, n_outer))
        self.dispersion = np.zeros(n_outer)

    def add(self, found: ClusterShares, node: np.ndarray, log_weight: float) -> None:
        """One more node, (q, K)."""
        stretch, level = self.stretch, self.stretch.levels[0]
        height = log_weight - 0.5 * (node**2).sum(axis=0) - np.add.reduceat(found.value, level.starts[0])
        top = np.maximum(self.best, height)
        fade, share = np.exp(self.best - top), np.exp(height - top)
        self.best, self.mass = top, self.mass * fade + share
        self.residual = self.residual * stretch.spread(fade, 1) + stretch.spread(share, 1) * found.residual
        self.inner = self.inner * fade[level.ancestors[0]] + share[level.ancestors[0]] * found.factor
        pulled = stretch.gather(stretch.z[1] * found.residual, 1)
        self.outer = self.outer * fade + share * pulled[:, None] * node[None]
        self.dispersion = self.dispersion * fade + share * np.add.reduceat(found.dispersion, level.starts[0])

    def share(self, placement: Placement, start: Start) -> Share:
        """The stretch's share, weights made to sum to one."""
        stretch, ancestors = self.stretch, self.stretch.levels[0].ancestors[0]
        q = len(placement.centre)
        reach = np.linalg.slogdet(np.moveaxis(placement.reach, 2, 0))[1] - 0.5 * q * np.log(2.0)
        value = -(self.best + np.log(self.mass)) - reach + 0.5 * q * np.log(np.pi)
        residual = self.residual / stretch.spread(self.mass, 1)
        factors = [(self.inner / self.mass[ancestors]).sum(axis=2), (self.outer / self.mass).sum(axis=2)]
        dispersion = float((self.dispersion / self.mass).sum())
        return Share(float(value.sum()), stretch.x @ residual, factors, dispersion, start)

"""The chain of a row: its clusters from the innermost outwards, and what is known of their effects together.

Solving for all effects, and their joint covariance along each chain, from an elimination already done.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from epiladder.engine.elimination import Forward, Nested, backward_solve, forward_solve


def solve_effects(
    levels: Sequence[Nested], factors: Sequence[np.ndarray], done: Forward, right: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """H^-1 right for all levels at once, H being I + Lambda'Z'WZ Lambda; right[k]: (q_k, J_k)."""
    pending = list(right)
    halves = []
    for k, level in enumerate(levels):
        eliminated = done.levels[k]
        half = forward_solve(eliminated.factor, pending[k])
        first = len(half)
        for step, outer in enumerate(range(k + 1, len(levels))):
            q = len(factors[outer])
            explained = np.einsum("azj,aj->zj", eliminated.half[:, first : first + q], half)
            summed = np.add.reduceat(explained, level.starts[step], axis=1)
            pending[outer] = pending[outer] - factors[outer].T @ summed
            first += q
        halves.append(half)
    effects: list[np.ndarray] = [np.empty(0)] * len(levels)
    for k in reversed(range(len(levels))):
        half, eliminated, first = halves[k], done.levels[k], len(halves[k])
        for step, outer in enumerate(range(k + 1, len(levels))):
            q = len(factors[outer])
            moved = (factors[outer] @ effects[outer])[:, levels[k].ancestors[step]]
            half = half - np.einsum("azj,zj->aj", eliminated.half[:, first : first + q], moved)
            first += q
        effects[k] = backward_solve(eliminated.factor, half)
    return effects


def joint_covariances(levels: Sequence[Nested], factors: Sequence[np.ndarray], done: Forward) -> list[np.ndarray]:
    """Covariance of (u_k, u_k+1, ...) along the chain of each cluster of each level, (Q_k, Q_k, J_k)."""
    joints: list[np.ndarray] = [np.empty(0)] * len(levels)
    for k in reversed(range(len(levels))):
        eliminated = done.levels[k]
        q, _, n_clusters = eliminated.products.shape
        inverse_root = forward_solve(eliminated.factor, np.broadcast_to(np.eye(q)[:, :, None], (q, q, n_clusters)))
        own = np.einsum("caj,cbj->abj", inverse_root, inverse_root)
        if k + 1 == len(levels):
            joints[k] = own
            continue
        outer = joints[k + 1][:, :, levels[k].ancestors[0]]
        n_outer = len(outer)
        joint = np.empty((q + n_outer, q + n_outer, n_clusters))
        weights = _on_outer(eliminated.solved[:, q : q + n_outer], factors[k + 1 :])
        cross = -np.einsum("abj,bcj->acj", weights, outer)
        joint[:q, :q] = own - np.einsum("abj,cbj->acj", cross, weights)
        joint[:q, q:], joint[q:, :q], joint[q:, q:] = cross, cross.transpose(1, 0, 2), outer
        joints[k] = joint
    return joints


def _on_outer(solved: np.ndarray, factors: Sequence[np.ndarray]) -> np.ndarray:
    """H^-1 Lambda' Z'V^-1 Z_outer Lambda_outer, (q, Q_outer, J)."""
    out = np.empty_like(solved)
    first = 0
    for factor in factors:
        part = solved[:, first : first + len(factor)]
        out[:, first : first + len(factor)] = np.einsum("abj,bc->acj", part, factor)
        first += len(factor)
    return out

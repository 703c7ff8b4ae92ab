"""Separation: a combination of covariates that tells events from non-events without a fault has no finite coefficient.

Found by linear programming (Konis 2007, chapter 4): the largest sum of s x'd over rows with 0 <= s x'd <= 1, s being
the sign of the outcome, is zero exactly when the data overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FAR = 15.0  # linear predictors that no overlapping data reach; beyond them the question is asked


@dataclass(frozen=True)
class Separation:
    """names: the columns of a separating combination. rows: (N,), true where it tells events from non-events."""

    names: tuple[str, ...]
    rows: np.ndarray


def separation(x: np.ndarray, y: np.ndarray, trials: np.ndarray | float, names: tuple[str, ...]) -> Separation | None:
    """The separation of outcomes by the columns of x (p, N), or None where events and non-events overlap."""
    from scipy.optimize import linprog

    patterns, which = np.unique(np.column_stack([x.T, y > 0, y < trials]), axis=0, return_inverse=True)
    counts = np.bincount(which.ravel())
    columns, some, not_all = patterns[:, :-2], patterns[:, -2] > 0, patterns[:, -1] > 0
    both = some & not_all
    signed = np.where(some, 1.0, -1.0)[:, None] * columns
    objective = -(signed[~both] * counts[~both, None]).sum(axis=0)
    found = linprog(
        objective,
        A_ub=np.vstack([-signed[~both], signed[~both]]),
        b_ub=np.concatenate([np.zeros((~both).sum()), np.ones((~both).sum())]),
        A_eq=columns[both] if both.any() else None,
        b_eq=np.zeros(both.sum()) if both.any() else None,
        bounds=(None, None),
        method="highs",
    )
    if not found.success or -found.fun < 1e-6:
        return None
    strong = np.abs(found.x) * columns.std(axis=0) > 1e-7
    told = ~both & (signed @ found.x > 1e-7)
    return Separation(tuple(name for name, kept in zip(names, strong, strict=True) if kept), told[which.ravel()])

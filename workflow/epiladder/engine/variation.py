"""The uncertainty of variances and covariances in the user's units, from that of the parameters that were searched.

Delta method: the searched ones are the free entries of each level's Lambda and the log of the residual variance (or of
a dispersion), with their covariance from the joint Hessian at the optimum. A variance estimated as zero has no
curvature of its own, and so no standard error but zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from epiladder.engine.problem import Level
from epiladder.engine.result import RESIDUAL, Variation


def variation(
    levels: Sequence[Level],
    factors: Sequence[np.ndarray],
    scale: float,
    last: tuple[str, float] | None,
    joint: np.ndarray,
    back: np.ndarray | None,
) -> Variation:
    """Covariance parameters with their covariance matrix.

    levels, factors: innermost first. scale: what Lambda Lambda' is multiplied by (the residual variance, else 1). last:
    the name and value of the parameter whose log ends the searched ones, if any. joint: their covariance, the fixed
    effects first where there is `back`, (p, p), which maps these to raw units.
    """
    p = 0 if back is None else len(back)
    names, values, slopes, at = [], [], [], p
    for level, factor in zip(levels, factors, strict=True):
        own = _level(level, factor, scale, joint.shape[0], at)
        for (a, b), value, slope in own:
            if last is not None and last[0] == RESIDUAL:
                slope[-1] = value
            names.append((level.name, level.terms[a], level.terms[b]))
            values.append(value)
            slopes.append(slope)
        at += int(level.mask.sum())
    order = _outermost_first(levels, names)
    names, values, slopes = [names[i] for i in order], [values[i] for i in order], [slopes[i] for i in order]
    if last is not None:
        names.append((None, last[0], last[0]))
        values.append(last[1])
        slopes.append(np.eye(joint.shape[0])[-1] * last[1])
    by = np.array(slopes).reshape(len(slopes), joint.shape[0])
    with_fixed = np.empty((len(by), 0)) if back is None else by @ joint[:, :p] @ back.T
    return Variation(tuple(names), np.array(values), by @ joint @ by.T, with_fixed)


Entry = tuple[tuple[int, int], float, np.ndarray]


def _level(level: Level, factor: np.ndarray, scale: float, size: int, at: int) -> list[Entry]:
    """Entries (a, b), a not before b, of one level's Sigma that are free, with their slopes by the searched ones."""
    half = np.linalg.inv(level.to_raw)
    sigma = scale * half @ factor @ factor.T @ half.T
    by = []
    for row, column in zip(*np.nonzero(level.mask), strict=True):
        moved = np.zeros_like(factor)
        moved[row] = factor[:, column]
        by.append(scale * half @ (moved + moved.T) @ half.T)
    entries: list[Entry] = []
    for a, b in zip(*np.nonzero(level.mask), strict=True):
        slope = np.zeros(size)
        slope[at : at + len(by)] = [one[a, b] for one in by]
        entries.append(((int(a), int(b)), float(sigma[a, b]), slope))
    return entries


def _outermost_first(levels: Sequence[Level], names: Sequence[tuple[str | None, str, str]]) -> list[int]:
    place = {level.name: -i for i, level in enumerate(levels)}
    return sorted(range(len(names)), key=lambda i: place[str(names[i][0])])

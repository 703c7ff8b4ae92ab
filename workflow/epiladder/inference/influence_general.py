"""What each outermost cluster adds to a likelihood that is not Gaussian: by Laplace's approximation, with its gradient.

Outermost clusters are independent, so minus twice the log-likelihood is a sum over them, and its gradient too (see
`engine.laplace`, whose sums over a stretch are taken cluster by cluster here).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.engine.approximate import Detail, pack, unpack
from epiladder.engine.covariance import square_root
from epiladder.engine.general import General
from epiladder.engine.laplace import adjoint, curvature_slopes
from epiladder.engine.penalised import Modes, Start
from epiladder.engine.stretch import Stretch


@dataclass(frozen=True)
class UnitShares:
    """Each unit's share of the deviance (U,) and of its gradient (n, U); modes, to start from elsewhere."""

    deviance: np.ndarray
    gradient: np.ndarray
    modes: Detail


def place_of(problem: General, estimate: dict) -> np.ndarray:
    """The parameter vector of a rung's recorded estimates (beta, covariances, dispersion)."""
    beta = np.array([row["estimate"] for row in estimate["fixed"]])
    given = [np.array(part["covariance"]) for part in reversed(estimate["random"])]
    factors = [
        square_root(level, level.to_raw @ raw @ level.to_raw.T)
        for level, raw in zip(problem.levels, given, strict=True)
    ]
    log_dispersion = float(np.log(estimate["dispersion"])) if estimate["dispersion"] is not None else 0.0
    return pack(problem, problem.x_to_raw @ beta, factors, log_dispersion)


def unit_shares(problem: General, place: np.ndarray, start: Detail) -> UnitShares:
    """Every unit's share at one place. start: modes at another place, or effects."""
    found = [_shares(problem, place, stretch, begin) for stretch, begin in zip(problem.stretches, start, strict=True)]
    deviance = np.concatenate([one[0] for one in found])
    return UnitShares(2 * deviance, 2 * np.concatenate([one[1] for one in found], axis=1), [one[2] for one in found])


def _shares(
    problem: General, place: np.ndarray, stretch: Stretch, start: Start
) -> tuple[np.ndarray, np.ndarray, Modes]:
    parts = unpack(problem, place)
    response_at, factors = problem.outcome.at(parts.dispersion), parts.factors
    found = adjoint(stretch, response_at, parts.beta @ stretch.x + stretch.offset, factors, start)
    slopes = [_by_unit(stretch, slope, k) for k, slope in enumerate(found.slopes)]
    for k, at, curved in curvature_slopes(factors, found):
        slopes[k] = slopes[k] + _by_unit(stretch, curved, at)
    rows = len(problem.levels) - 1
    gradient = [stretch.gather(stretch.x * found.residual, rows)]
    gradient += [slope[level.mask] for level, slope in zip(problem.levels, slopes, strict=True)]
    if len(found.dispersion):
        gradient.append(stretch.gather(found.dispersion, rows)[None])
    return _values(stretch, found.modes), np.concatenate(gradient), found.modes


def _values(stretch: Stretch, modes: Modes) -> np.ndarray:
    """Minus the log-likelihood of each unit, (U,)."""
    value = -stretch.gather(modes.response.density(), len(stretch.levels) - 1)
    for k, (effect, eliminated) in enumerate(zip(modes.effects, modes.done.levels, strict=True)):
        logs = np.sum([np.log(row[-1]) for row in eliminated.factor], axis=0)
        value += _by_unit(stretch, 0.5 * (effect**2).sum(axis=0) + logs, k)
    return value


def _by_unit(stretch: Stretch, values: np.ndarray, k: int) -> np.ndarray:
    """Values of a level's clusters summed by unit, (..., J) to (..., U)."""
    level = stretch.levels[k]
    return np.add.reduceat(values, level.starts[-1], axis=-1) if level.starts else values

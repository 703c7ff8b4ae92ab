"""The fit without random effects, from which searches begin and by which separation is asked after."""

from __future__ import annotations

import numpy as np

from epiladder.engine.general import General
from epiladder.errors import LikelihoodError

STEPS, HALVINGS = 100, 40

_Look = tuple[float, np.ndarray, np.ndarray]  # the log-likelihood, its slope (p,) and the information (p, p)


def single_level(problem: General) -> tuple[np.ndarray, np.ndarray]:
    """The fit by Newton's method, its steps halved where the likelihood falls: beta (p,) and the information (p, p).

    A dispersion is held at one, as a start for models that estimate it.
    """
    beta = _begin(problem)
    value, slope, alone = _look(problem, beta)
    for _ in range(STEPS):
        step = np.linalg.solve(alone, slope)
        if slope @ step < 1e-16 * max(1.0, abs(value)):
            return beta, alone
        for halving in range(HALVINGS):
            moved = beta + 0.5**halving * step
            found = _look(problem, moved)
            if found[0] >= value - 1e-9 * max(1.0, abs(value)):
                break
        else:
            break
        beta, (value, slope, alone) = moved, found
    raise LikelihoodError("The single-level fit did not settle; a covariate may separate the outcomes.")


def _begin(problem: General) -> np.ndarray:
    """Zero for events; least squares of log(y + 1/2) for counts, which from zero may be exponents away (X'X = N)."""
    beta = np.zeros(problem.n_fixed)
    if problem.outcome.bounded:
        return beta
    for stretch in problem.stretches:
        beta += stretch.x @ (stretch.weights * (np.log(stretch.y + 0.5) - stretch.offset))
    return beta / problem.n_rows


def _look(problem: General, beta: np.ndarray) -> _Look:
    slope, alone, value = np.zeros(len(beta)), np.zeros((len(beta), len(beta))), problem.outcome.constant
    response_at = problem.outcome.at(1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        for stretch in problem.stretches:
            response = response_at(stretch, beta @ stretch.x + stretch.offset)
            slope += stretch.x @ response.slope
            alone += (stretch.x * response.curvature) @ stretch.x.T
            value += float(response.density().sum())
    return value, slope, alone

"""The linear predictor of every row at given parameters, without and with the modes; outside Gaussian models."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.general import Outcome, make_general
from epiladder.engine.given import Parameters, factors_at
from epiladder.engine.penalised import find_modes


def predictors(
    cross: Crossproducts, model: Model, columns: Mapping[str, np.ndarray], outcome: Outcome, at: Parameters
) -> tuple[np.ndarray, np.ndarray]:
    """The fixed part with its offset, and that plus the random part at the conditional modes, (N,) each.

    Rows whose weight is zero tell nothing of the modes, and have predictors all the same. Raises LikelihoodError where
    modes cannot be found.
    """
    problem = make_general(cross, model, columns, outcome)
    response_at = outcome.at(at.dispersion or 1.0)
    beta, factors = problem.x_to_raw @ at.beta, factors_at(problem.levels, at)
    alone, whole = [], []
    for stretch, rest in zip(problem.stretches, problem.at_rest(), strict=True):
        fixed = beta @ stretch.x + stretch.offset
        alone.append(fixed)
        whole.append(find_modes(stretch, response_at, fixed, factors, rest).eta if problem.levels else fixed)
    return np.concatenate(alone), np.concatenate(whole)

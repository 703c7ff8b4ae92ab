"""Population-average coefficients of a mixed model: its cluster-specific ones averaged over the population of clusters.

The marginal mean of a row is the inverse link averaged over its random part, which is normal with variance z'Sigma z
summed over levels. The coefficients of the single-level model nearest to those means are the ones that GEE and ordinary
regression aim at (Zeger, Liang and Albert 1988; Hedeker, du Toit, Demirtas and Gibbons 2018).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from epiladder.inference.practice_general import family_of
from epiladder.inference.regression import Answer, Regression, answer

NODES = 31
STEP = 1e-4  # of a standard error, for the derivative of marginal by conditional coefficients


def marginal(data: Regression, estimate: Mapping[str, Any]) -> Answer:
    """The marginal coefficients of an estimate (a record's `ML`), with delta-method errors, variances held."""
    beta = np.array([row["estimate"] for row in estimate["fixed"]])
    errors = np.array([row["std_error"] for row in estimate["fixed"]])
    names = [row["term"] for row in estimate["fixed"]]
    variance = random_variance(data, estimate["random"])
    centre = _project(data, beta, variance, None)
    slopes = np.empty((len(beta), len(beta)))
    for i in range(len(beta)):
        moved = beta.copy()
        moved[i] += STEP * errors[i]
        slopes[:, i] = (_project(data, moved, variance, centre) - centre) / (STEP * errors[i])
    covariance = slopes @ np.array(estimate["fixed_covariance"]) @ slopes.T
    return answer(names, centre, np.sqrt(np.diag(covariance)), None, data.confidence)


def random_variance(data: Regression, random: list[dict[str, Any]]) -> np.ndarray:
    """z'Sigma z of each row, summed over levels, (N,)."""
    position = {name: i for i, name in enumerate(data.names)}
    total = np.zeros(len(data.outcome))
    for part in random:
        z = data.x[:, [position[term] for term in part["terms"]]]
        total += np.einsum("na,ab,nb->n", z, np.array(part["covariance"]), z)
    return total


def _project(data: Regression, beta: np.ndarray, variance: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """Coefficients of the single-level model whose means are nearest (in its own likelihood) to the marginal ones."""
    from statsmodels.genmod.generalized_linear_model import GLM

    family = family_of(data)
    eta = data.x @ beta + (0.0 if data.offset is None else data.offset)
    places, weights = np.polynomial.hermite_e.hermegauss(NODES)
    means = np.zeros(len(eta))
    for place, weight in zip(places, weights / weights.sum(), strict=True):
        means += weight * family.link.inverse(eta + place * np.sqrt(variance))
    counted = np.ones(len(eta)) if data.trials is None else data.trials
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GLM(means, data.x, family=family, offset=data.offset, freq_weights=counted)
        return np.asarray(model.fit(start_params=start, tol=1e-12, maxiter=100).params)

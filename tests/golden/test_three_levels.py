"""Nested quadrature on simulated binary data of three levels: the parameters that made them lie within its intervals.

Few binary visits a person and large variances are where Laplace's approximation misleads; quadrature must not.
"""

from __future__ import annotations

import numpy as np
import pytest
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, Approximation, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.engine.result import Estimates

BETA = np.array([-0.5, 0.8])
CLINIC, PERSON = 1.0, 4.0  # variances
CLINICS, PERSONS, VISITS = 80, 10, 4
INTERCEPT = (("(Intercept)",),)


def fit(approximation: Approximation) -> Estimates:
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(CLINICS * PERSONS), VISITS)
    clinic = person // PERSONS
    x = rng.normal(size=len(person))
    eta = BETA[0] + BETA[1] * x + np.sqrt(CLINIC) * rng.normal(size=CLINICS)[clinic]
    eta += np.sqrt(PERSON) * rng.normal(size=CLINICS * PERSONS)[person]
    y = (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    columns = {"(Intercept)": np.ones(len(y)), "x": x}
    starts = np.arange(0, len(y), VISITS)
    labels = [clinic[starts], person[starts]]
    cross = crossproducts([*columns, "y"], [*columns.values(), y], starts, ["clinic", "person"], labels)
    model = Model("y", tuple(columns), (RandomColumns("clinic", INTERCEPT), RandomColumns("person", INTERCEPT)))
    return fit_general(cross, model, columns, make_outcome("binomial", "logit", y), approximation)


def test_quadrature_holds_the_truth_where_laplace_falls_short() -> None:
    found, laplace = fit(Approximation("quadrature", 15)), fit(LAPLACE)
    assert found.convergence.status == "converged"
    errors = np.sqrt(np.diag(found.beta_covariance))
    np.testing.assert_allclose((found.beta - BETA) / errors, 0, atol=2.6)
    clinic, person = (level.covariance[0, 0] for level in found.levels)
    # of 80 and 800 clusters: standard errors of about 0.25 and 0.6
    assert clinic == pytest.approx(CLINIC, abs=0.65)
    assert person == pytest.approx(PERSON, abs=1.5)
    assert laplace.levels[1].covariance[0, 0] < person - 0.3
    assert laplace.log_likelihood < found.log_likelihood - 1


def test_more_nodes_change_nothing() -> None:
    few, many = fit(Approximation("quadrature", 21)), fit(Approximation("quadrature", 31))
    assert few.log_likelihood == pytest.approx(many.log_likelihood, abs=1e-3)
    np.testing.assert_allclose(few.beta, many.beta, rtol=1e-4)

"""Awkward data against glmmTMB and lme4's quadrature, frozen with the data (make_hostile.R).

Tolerances: log-likelihoods to 1e-6, estimates to 5e-4 of a standard error, standard errors and covariances to 2e-4 of
themselves; the worst seen are a quarter of that (slopes at two levels), where glmmTMB's search stops a little short.
Quadrature: lme4's bobyqa is good to some 1e-4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, Approximation, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.engine.result import Estimates
from studies import reference

FROZEN = reference("hostile")
FAMILIES = {"nbinom2": "negative_binomial"}


def fitted(case: dict[str, Any], approximation: Approximation) -> Estimates:
    """The case's model on its rows, which lie sorted by cluster."""
    data = {name: np.array(values, dtype=float) for name, values in case["data"].items()}
    columns = {"(Intercept)": np.ones(len(data["y"]))} | {name: data[name] for name in case["names"][1:]}
    starts = np.flatnonzero(np.append(True, np.diff(data["g"]) != 0))
    levels = [name for name in ("h", "g") if name in case["effects"]]
    cross = crossproducts(
        [*columns, "y"], [*columns.values(), data["y"]], starts, levels, [data[name][starts] for name in levels]
    )
    random = tuple(RandomColumns(level, (tuple(np.atleast_1d(case["effects"][level])),)) for level in levels)
    family = str(FAMILIES.get(case["family"]) or case["family"])
    offset = np.log(data["t"]) if "t" in data else None
    outcome = make_outcome(family, case["link"], data["y"], data.get("n"), offset)
    return fit_general(cross, Model("y", tuple(columns), random), columns, outcome, approximation)


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_laplace_is_that_of_glmmtmb(name: str) -> None:
    case = FROZEN[name]
    found = fitted(case, LAPLACE)
    assert found.convergence.status == "converged"
    assert found.log_likelihood == pytest.approx(case["logLik"], abs=1e-6)
    errors = np.array(case["se"])
    np.testing.assert_allclose((found.beta - case["estimate"]) / errors, 0, atol=5e-4)
    np.testing.assert_allclose(np.sqrt(np.diag(found.beta_covariance)) / errors, 1, atol=2e-4)
    for level in found.levels:
        theirs = np.atleast_2d(case["covariance"][level.level])
        np.testing.assert_allclose(level.covariance, theirs, atol=2e-4 * np.abs(theirs).max())
    if case["family"] == "nbinom2":
        assert found.dispersion == pytest.approx(case["dispersion"], rel=2e-4)


@pytest.mark.parametrize("name", sorted(name for name in FROZEN if "exact" in FROZEN[name]))
def test_quadrature_is_that_of_lme4(name: str) -> None:
    case = FROZEN[name]
    found = fitted(case, Approximation("quadrature", 25))
    errors = np.array(case["se"])
    np.testing.assert_allclose((found.beta - case["exact"]["estimate"]) / errors, 0, atol=1e-3)
    assert found.levels[0].covariance[0, 0] == pytest.approx(case["exact"]["variance"], rel=1e-3)

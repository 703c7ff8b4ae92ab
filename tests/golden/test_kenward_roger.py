"""Kenward-Roger and Satterthwaite, coefficients and terms, against pbkrtest and lmerTest (make_fixed_effects.R).

lme4's optimum is tight to some seven digits, and what is compared inherits them; lmerTest's Hessian has four or five.
"""

import functools
from dataclasses import replace

import numpy as np
import pytest
from cases import CASES
from epiladder.engine.fit import fit_gaussian
from epiladder.inference.fixed import coefficients
from epiladder.inference.kenward_roger import KenwardRoger, kenward_roger
from epiladder.inference.term_tests import term_tests
from studies import reference

EXPECTED = reference("fixed_effects")["fits"]


@functools.cache
def fitted(name: str):
    cross, model = CASES[name]()
    fit = fit_gaussian(cross, model, ("REML",))["REML"]
    return fit, kenward_roger(cross, model, fit)


def ordered(names: list[str] | str, found: tuple[str, ...]) -> list[int]:
    """Their names in our order, whichever way round a product is written."""
    ours = [frozenset(name.split(":")) for name in found]
    return [ours.index(frozenset(name.split(":"))) for name in np.atleast_1d(names).tolist()]


@pytest.mark.parametrize("name", sorted(CASES))
def test_adjusted_covariance(name: str) -> None:
    fit, adjusted = fitted(name)
    at = ordered(EXPECTED[name]["Kenward-Roger"]["names"], fit.names)
    for matrix, key in ((adjusted.covariance, "adjusted"), (adjusted.unadjusted, "unadjusted")):
        theirs = np.atleast_2d(np.array(EXPECTED[name][key], dtype=float))
        scale = np.sqrt(np.outer(np.diag(theirs), np.diag(theirs)))
        np.testing.assert_allclose(matrix[np.ix_(at, at)] / scale, theirs / scale, atol=1e-5)
    np.testing.assert_allclose(adjusted.unadjusted, fit.beta_covariance, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(("method", "digits"), [("Kenward-Roger", 1e-5), ("Satterthwaite", 2e-3)])
@pytest.mark.parametrize("name", sorted(CASES))
def test_coefficients(name: str, method: str, digits: float) -> None:
    fit, adjusted = fitted(name)
    theirs = EXPECTED[name][method]
    found = coefficients(fit, method.lower().replace("-", "_"), 0.95, adjusted)
    rows = [found[i] for i in ordered(theirs["names"], fit.names)]
    for key in ("std_error", "df"):
        ours = np.array([getattr(row, key) for row in rows])
        np.testing.assert_allclose(ours, np.atleast_1d(theirs[key]), rtol=digits)
    logs = np.log([row.p_value for row in rows])
    np.testing.assert_allclose(logs, np.log(np.atleast_1d(theirs["p_value"])), rtol=max(digits, 1e-5), atol=1e-6)


@pytest.mark.parametrize(("method", "digits"), [("Kenward-Roger", 1e-5), ("Satterthwaite", 2e-3)])
@pytest.mark.parametrize("name", [name for name in sorted(CASES) if EXPECTED[name]["Kenward-Roger"]["terms"]])
def test_terms_of_several_coefficients(name: str, method: str, digits: float) -> None:
    fit, adjusted = fitted(name)
    for term, theirs in EXPECTED[name][method]["terms"].items():
        columns = tuple(fit.names[i] for i in ordered(theirs["names"], fit.names))
        kind = method.lower().replace("-", "_")
        found = term_tests(fit, kind, {term: columns}, adjusted)[0]
        assert found.df1 == theirs["df1"] and found.method == kind
        assert found.df2 == pytest.approx(theirs["df2"], rel=digits)
        assert found.statistic == pytest.approx(theirs["statistic"], rel=digits)
        assert np.log(found.p_value) == pytest.approx(np.log(theirs["p_value"]), rel=max(digits, 1e-5))


def test_an_ordinary_regression_has_student_s_degrees_of_freedom() -> None:
    cross, model = CASES["few_ri"]()
    single = replace(model, random=())
    fit = fit_gaussian(cross, single, ("REML",))["REML"]
    adjusted: KenwardRoger = kenward_roger(cross, single, fit)
    np.testing.assert_allclose(adjusted.covariance, fit.beta_covariance, rtol=1e-9)
    assert [adjusted.freedom(unit[None])[0] for unit in np.eye(5)] == pytest.approx([50.0] * 5)

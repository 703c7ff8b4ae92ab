"""Exact tests of variances against R: F against anova() of nested lm(), the restricted ratio's law against RLRsim."""

import numpy as np
import pytest
from epiladder.design.load import Designed
from epiladder.design.model import Model
from epiladder.engine.problem import make_problem
from epiladder.inference.exact import ExactF, exact_f, restricted_draws
from epiladder.inference.monte_carlo import simulated_p
from studies import MODELS, Laboratory, reference

FROZEN = reference("exact")
LRT = reference("lrt")["exact_rlrt"]
N = 40_000


def pair(laboratory: Laboratory, name: str) -> tuple[Designed, Model, Model]:
    """The model of a reference, and the one without its innermost added effects."""
    golden = MODELS[name]
    designed = Designed(laboratory.results(golden) / "design")
    larger = designed.model(golden.rung)
    smaller = "random_intercept" if golden.rung == "random_slope" else None
    random = designed.model(smaller).random if smaller else ()
    return designed, Model(larger.outcome, larger.fixed, random), larger


@pytest.mark.parametrize("name", sorted(FROZEN["f"]))
def test_f_is_rs_anova(laboratory: Laboratory, name: str) -> None:
    """One and two levels of clusters, slopes, schools of two pupils: statistic, degrees of freedom and p."""
    expected = FROZEN["f"][name]
    found = exact_f(*_flat(pair(laboratory, name)))
    assert isinstance(found, ExactF)
    assert (found.df_between, found.df_within) == (expected["df_between"], expected["df_within"])
    assert found.statistic == pytest.approx(expected["statistic"], rel=1e-7)
    assert found.p_value == pytest.approx(expected["p"], rel=1e-6)


def _flat(found: tuple[Designed, Model, Model]) -> tuple:
    return found[0].cross, found[1], found[2]


@pytest.mark.parametrize("name", sorted(FROZEN["rlrt"]))
def test_restricted_law_is_rlrsims(laboratory: Laboratory, name: str) -> None:
    """Mass at zero, tail probability and upper quantiles within 4 Monte Carlo errors (RLRsim's grid is coarser)."""
    designed, _, larger = pair(laboratory, name)
    draws = restricted_draws(make_problem(designed.cross, larger), np.random.default_rng(1), N)
    assert not isinstance(draws, str)
    expected = FROZEN["rlrt"][name]
    for share, theirs in (((draws < 1e-8).mean(), "zero"), ((draws >= expected["at"]).mean(), "tail")):
        error = np.sqrt(share * (1 - share) * (1 / N + 1 / expected["draws"]))
        assert abs(share - expected[theirs]) < 4 * error
    for at, value in expected["quantiles"].items():
        tail = 1 - float(at.rstrip("%")) / 100
        assert abs((draws >= value).mean() - tail) < 4 * np.sqrt(tail * (1 - tail) * (1 / N + 1 / expected["draws"]))


def test_restricted_p_of_dyestuff(laboratory: Laboratory) -> None:
    """RLRsim's p of the reference's statistic; a statistic of zero has p one."""
    designed, _, larger = pair(laboratory, "dyestuff_null")
    draws = restricted_draws(make_problem(designed.cross, larger), np.random.default_rng(2), N)
    assert not isinstance(draws, str)
    expected = LRT["dyestuff"]
    found = simulated_p(expected["RLRT"], draws, 0.95)
    assert abs(found.p_value - expected["p"]) < 4 * np.sqrt(expected["p"] * (1 / N + 1 / expected["nsim"]))
    assert simulated_p(LRT["dyestuff2"]["RLRT"], draws, 0.95).p_value == 1.0

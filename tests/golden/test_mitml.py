"""Rubin's rules, D1 with Reiter's degrees of freedom, and Meng and Rubin's D3, against R's mitml.

The imputed data sets are built from exam.csv by both.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.given import Parameters, gaussian_log_likelihood
from epiladder.engine.result import Estimates
from epiladder.inference.pooled_comparison import pooled_test
from epiladder.inference.rubin import pool, pool_test

FOLDER = Path(__file__).parent
SCHOOL = (RandomColumns("school", (("(Intercept)",),)),)
MODELS = {
    "smaller": Model("normexam", ("(Intercept)", "standlrt"), SCHOOL),
    "middle": Model("normexam", ("(Intercept)", "standlrt", "schavg"), SCHOOL),
    "larger": Model("normexam", ("(Intercept)", "standlrt", "schavg", "standlrt:schavg"), SCHOOL),
}


@pytest.fixture(scope="module")
def reference() -> dict:
    return json.loads((FOLDER / "references" / "imputation.json").read_text(encoding="utf-8"))


@cache
def data_set(number: int) -> Crossproducts:
    table = np.genfromtxt(FOLDER / "data" / "exam.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
    row, score = np.arange(1, len(table) + 1), table["standlrt"].copy()
    gap = row % 2 == 0
    score[gap] = score[gap] / 2 + np.sin(1.7 * row[gap] * number)
    order = np.argsort(table["school"], kind="stable")
    school, score, average = table["school"][order], score[order], table["schavg"][order]
    columns = {
        "(Intercept)": np.ones(len(table)),
        "standlrt": score,
        "schavg": average,
        "standlrt:schavg": score * average,
        "normexam": table["normexam"][order],
    }
    starts = np.unique(school, return_index=True)[1]
    return crossproducts([*columns], [*columns.values()], starts, ["school"], [school[starts]])


@cache
def fits(name: str) -> tuple[Estimates, ...]:
    return tuple(fit_gaussian(data_set(number), MODELS[name], ("ML",))["ML"] for number in range(1, 6))


@pytest.mark.parametrize(("which", "complete"), [("rubin", None), ("barnard_rubin", 60.0)])
def test_pooled_coefficients_are_those_of_mitml(reference: dict, which: str, complete: float | None) -> None:
    for i, row in enumerate(reference[which]):
        errors = [float(fit.beta_covariance[i, i]) for fit in fits("middle")]
        found = pool([float(fit.beta[i]) for fit in fits("middle")], errors, complete)
        seen = (found.estimate, found.std_error, found.df, found.relative_increase, found.fraction)
        assert seen == pytest.approx([row[key] for key in ("Estimate", "Std.Error", "df", "RIV", "FMI")], rel=2e-5)


@pytest.mark.parametrize("pair", ["larger_smaller", "larger_middle", "middle_smaller"])
def test_the_pooled_likelihood_ratio_is_that_of_mitml(reference: dict, pair: str) -> None:
    high, low = pair.split("_")
    own = [2 * (b.log_likelihood - a.log_likelihood) for a, b in zip(fits(low), fits(high), strict=True)]
    averaged = [2 * (b - a) for a, b in zip(at_average(low), at_average(high), strict=True)]
    test = pooled_test(own, averaged, len(MODELS[high].fixed) - len(MODELS[low].fixed))
    expected = reference["d3"][pair]
    seen = (test.statistic, test.v, test.p_value, test.increase)
    assert seen == pytest.approx([expected[key] for key in ("F.value", "df2", "P(>F)", "RIV")], rel=1e-4)


def at_average(name: str) -> list[float]:
    found = fits(name)
    at = Parameters(
        np.mean([fit.beta for fit in found], axis=0),
        (np.mean([fit.levels[0].covariance for fit in found], axis=0),),
        float(np.mean([fit.residual_variance for fit in found])),
    )
    return [gaussian_log_likelihood(data_set(number), MODELS[name], at) for number in range(1, 6)]


@pytest.mark.parametrize(("which", "complete"), [("many", None), ("few", 60.0), ("fewer", 12.0)])
@pytest.mark.parametrize("tested", ["one", "two", "three"])
def test_the_pooled_wald_test_is_that_of_mitml(
    reference: dict, tested: str, which: str, complete: float | None
) -> None:
    """D1 of Li, Raghunathan and Rubin, and with Reiter's (2007) degrees of freedom where complete data have few."""
    expected = reference["d1"][tested]
    at = [MODELS["larger"].fixed.index(term) for term in expected["terms"]]
    betas = np.array([fit.beta[at] for fit in fits("larger")])
    found = pool_test(betas, np.array([fit.beta_covariance[np.ix_(at, at)] for fit in fits("larger")]), complete)
    theirs = expected[which]
    assert found.statistic == pytest.approx(theirs["F.value"], rel=1e-5)
    assert found.df1 == theirs["df1"]
    if tested == "one" and complete is not None:  # Reiter's series has no value here, and mitml's 4 is not one
        scalar = pool([float(beta[0]) for beta in betas], [float(c[at[0], at[0]]) for c in covariances()], complete)
        assert found.df2 == pytest.approx(scalar.df, rel=1e-12)
        assert scalar.df < complete
    else:
        assert found.df2 == pytest.approx(theirs["df2"], rel=1e-4)


def covariances() -> list[np.ndarray]:
    return [fit.beta_covariance for fit in fits("larger")]

"""Profile intervals and likelihood ratios of terms against lme4.

profile_ci.json is made with lme4 1.1-31's `confint`, fixed_effects.json by make_fixed_effects.R. lme4 interpolates its
profiles with splines, which leaves its ends good to some four digits of an interval's width, so the ends are also held
to their definition, by a likelihood that is computed another way.
"""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cases import CASES
from epiladder import steps
from epiladder.design.crossproducts import Basis, pair
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.given import Parameters
from epiladder.engine.surface import Surface, gaussian_surface
from epiladder.errors import LikelihoodError
from epiladder.files import read_json
from epiladder.inference.profile import NO_VARIANCE, profile_rows
from epiladder.inference.term_ratios import term_ratios
from general_studies import LAPLACE, fit
from studies import reference

LIMIT = 3.841458820694124  # the 95% point of chi-square with one degree of freedom
EXPECTED = reference("profile_ci")
SAME = {"sleepstudy_ri_ml": "sleepstudy_ri", "sleepstudy_rs_ml": "sleepstudy_rs", "pastes_3level_ml": "pastes_3level"}


@functools.cache
def surface(name: str) -> Surface:
    cross, model = CASES[name]()
    found = fit_gaussian(cross, model, ("ML",))["ML"]
    covariances = tuple(level.covariance for level in found.levels)
    return gaussian_surface(cross, model, Parameters(found.beta, covariances, float(found.residual_variance or 0)))


@functools.cache
def rows(name: str) -> dict[str, dict]:
    """Our rows by lme4's names."""
    return {called(row): row for row in profile_rows(surface(name), 0.95)}


def called(row: dict) -> str:
    if row["kind"] == "residual_sd":
        return "sigma"
    if row["kind"] == "coefficient":
        return row["terms"][0]
    kind = {"sd": "sd", "correlation": "cor"}[row["kind"]]
    return f"{kind}_{'.'.join(reversed(row['terms']))}|{row['level']}"


def close(found: dict[str, dict], theirs: dict) -> None:
    assert set(found) == set(theirs["names"])
    for name, low, high in zip(theirs["names"], theirs["lower"], theirs["upper"], strict=True):
        ours = found[name]
        width = high - low
        if low == 0:
            assert ours["ci_low"] is None and ours["low_reason"] == NO_VARIANCE
        else:
            assert ours["ci_low"] == pytest.approx(low, abs=2e-4 * width)
        assert ours["ci_high"] == pytest.approx(high, abs=2e-4 * width)


@pytest.mark.parametrize("name", sorted(SAME))
def test_gaussian_intervals_are_those_of_lme4(name: str) -> None:
    close(rows(SAME[name]), EXPECTED[name])


MORE = reference("profile_more")


def test_more_gaussian_intervals() -> None:
    close(rows("few_ri"), MORE["few_ri"])


def test_an_end_to_many_digits() -> None:
    """By root-finding in R on refits with an offset."""
    row = rows("sleepstudy_rs")["days"]
    assert row["ci_low"] == pytest.approx(MORE["sleepstudy_days"]["lower"], rel=1e-6)
    assert row["ci_high"] == pytest.approx(MORE["sleepstudy_days"]["upper"], rel=1e-6)


@pytest.mark.parametrize("name", ["sleepstudy_rs", "few_ri"])
def test_an_end_is_where_the_deviance_has_risen_by_its_limit(name: str) -> None:
    """A coefficient held by taking it to the other side of the equation, the rest fitted by the engine's own search."""
    _, model = CASES[name]()
    held = model.fixed[1]
    row = rows(name)[held]
    for end in (row["ci_low"], row["ci_high"]):
        assert moved_deviance(name, held, end) - surface(name).peak.value == pytest.approx(LIMIT, abs=1e-5)


def moved_deviance(name: str, held: str, value: float) -> float:
    cross, model = CASES[name]()
    x, y = cross.basis.index(held), cross.basis.index(model.outcome)
    size = len(cross.basis.names)
    turn = np.eye(size)
    turn[x, y] = -value * cross.basis.scale[x] / cross.basis.scale[y]
    full = np.empty((size, size, cross.products.shape[1]))
    for i in range(size):
        for j in range(size):
            full[i, j] = cross.products[pair(i, j)]
    turned = np.einsum("ia,ijk,jb->abk", turn, full, turn)
    packed = np.array([turned[i, j] for i in range(size) for j in range(i + 1)])
    mean = cross.basis.mean.copy()
    mean[y] -= value * mean[x]
    basis = Basis(cross.basis.names, mean, cross.basis.scale)
    smaller = replace(model, fixed=tuple(term for term in model.fixed if term != held))
    return fit_gaussian(replace(cross, products=packed, basis=basis), smaller, ("ML",))["ML"].deviance


def test_a_variance_of_zero_has_a_lower_end_with_a_reason() -> None:
    row = rows("few_singular")["sd_(Intercept)|centre"]
    assert (row["estimate"], row["ci_low"], row["variance_low"]) == (0.0, None, None)
    assert row["low_reason"] == NO_VARIANCE and row["ci_high"] > 0


@pytest.fixture(scope="module")
def cbpp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory.mktemp("cbpp") / "results", "cbpp_laplace", profile=True)


def finished(folder: Path, name: str, profile: bool = False) -> Path:
    """A study up to its likelihood tests."""
    model = LAPLACE[name]
    fit(model, folder)
    for rung in [item["id"] for item in read_json(folder / "design" / "design.json")["rungs"]]:
        steps.fit(results=folder, rung=rung)
    steps.bootstrap(results=folder)
    steps.infer(results=folder)
    if profile:
        plan = (folder / "plan.json").read_text(encoding="utf-8")
        (folder / "plan.json").write_text(plan.replace('"profile": false', '"profile": true'), encoding="utf-8")
    steps.likelihood(results=folder)
    return folder


def test_intervals_of_events_are_those_of_lme4(cbpp: Path) -> None:
    found = {called(row): row for row in read_json(cbpp / "profile.json")["rows"]}
    theirs = {**EXPECTED["cbpp_laplace"]}
    theirs["names"] = [
        name.replace("period", "period[") + "]" if "period" in name else name for name in theirs["names"]
    ]
    close(found, theirs)


RATIOS = reference("fixed_effects")["ratios"]


def near(test: dict, theirs: dict) -> None:
    assert (test["df1"], test["method"]) == (theirs["df1"], "likelihood_ratio")
    assert test["statistic"] == pytest.approx(theirs["statistic"], abs=2e-5 * (1 + theirs["statistic"]))
    assert test["p_value"] == pytest.approx(theirs["p_value"], rel=1e-3)


def test_likelihood_ratio_of_a_category_of_events(cbpp: Path) -> None:
    near(read_json(cbpp / "terms.json")["tests"][0], RATIOS["cbpp"]["period"])


@pytest.mark.parametrize(
    ("study", "theirs"), [("epilepsy_hsaur_ri_laplace", "epilepsy"), ("contraception_ri_laplace", "contraception")]
)
def test_likelihood_ratios_by_term(tmp_path: Path, study: str, theirs: str) -> None:
    folder = finished(tmp_path / "results", study)
    tests = {test["term"]: test for test in read_json(folder / "terms.json")["tests"]}
    assert set(RATIOS[theirs]) == {term for term, test in tests.items() if test["reason"] is None}
    for term, expected in RATIOS[theirs].items():
        near(tests[term], expected)
    assert "does not ask" in read_json(folder / "profile.json")["reason"]


def test_likelihood_ratios_of_a_gaussian_model() -> None:
    cross, model = CASES["exam25_schgend"]()
    terms = {"standlrt": ("standlrt",), "sex": ("male",), "schgend": ("boys", "girls")}
    for test in term_ratios(surface("exam25_schgend"), terms, (cross, model)):
        near(test, RATIOS["exam25"][test["term"]])
    for test in term_ratios(surface("exam25_schgend"), terms, None):  # the other way, on the surface
        near(test, RATIOS["exam25"][test["term"]])


@pytest.mark.parametrize("log_variance", [-800.0, 800.0])
def test_a_residual_variance_that_no_float_holds_is_a_likelihood_that_cannot_be_evaluated(log_variance: float) -> None:
    """A search may step there, and turns back: met by a run of ten small studies."""
    found = surface("sleepstudy_ri")
    place = found.peak.place.copy()
    place[-1] = log_variance
    with pytest.raises(LikelihoodError, match="cannot be evaluated"):
        found.objective.at(place)

"""Laws of leaving clusters out, on small drawn studies: refits by themselves, relabelling, one step for many."""

from __future__ import annotations

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, Approximation, fit_gaussian, fit_general
from epiladder.engine.general import make_general
from epiladder.engine.outcome import make_outcome
from epiladder.engine.result import Estimates
from epiladder.inference import influence_general_refit, influence_refit
from epiladder.inference.degrees_of_freedom import satterthwaite
from epiladder.inference.influence_deleted import EXACT, NONE, ONE_STEP
from epiladder.inference.influence_general_refit import leave_one_out as leave_one_out_general
from epiladder.inference.influence_refit import leave_one_out

FIXED = ("(Intercept)", "x", "w")
NESTED = Model("y", FIXED, (RandomColumns("h", (("(Intercept)",),)), RandomColumns("g", (("(Intercept)", "x"),))))
PLAIN = Model("y", FIXED, (RandomColumns("h", (("(Intercept)",),)), RandomColumns("g", (("(Intercept)",),))))


def rows_of(seed: int, outer: int = 8, family: str = "gaussian") -> dict[str, np.ndarray]:
    """Three levels, sizes unlike, sorted."""
    rng = np.random.default_rng(seed)
    h = np.repeat(np.arange(outer), rng.integers(3, 7, outer))
    g = np.repeat(np.arange(len(h)), rng.integers(3, 9, len(h)))
    h = h[g]
    x, w = rng.normal(size=len(g)), rng.normal(size=outer)[h]
    eta = 0.3 + 0.5 * x - 0.4 * w + 0.8 * rng.normal(size=outer)[h] + 0.7 * rng.normal(size=g[-1] + 1)[g]
    eta += 0.4 * rng.normal(size=g[-1] + 1)[g] * x
    y = eta + rng.normal(size=len(g)) if family == "gaussian" else rng.poisson(np.exp(eta)).astype(float)
    return {"h": h, "g": g, "x": x, "w": w, "y": y}


def multiply(rows: dict[str, np.ndarray]) -> Crossproducts:
    starts = np.flatnonzero(np.append(True, rows["g"][1:] != rows["g"][:-1]))
    columns = [np.ones(len(rows["y"])), rows["x"], rows["w"], rows["y"]]
    return crossproducts([*FIXED, "y"], columns, starts, ["h", "g"], [rows["h"][starts], rows["g"][starts]])


def without(rows: dict[str, np.ndarray], level: str, cluster: int) -> dict[str, np.ndarray]:
    stay = rows[level] != cluster
    return {name: column[stay] for name, column in rows.items()}


def near(found: Estimates, beta: np.ndarray, errors: np.ndarray, deviance: float, tolerance: float) -> None:
    ours = np.sqrt(np.diag(found.beta_covariance))
    np.testing.assert_allclose((beta - found.beta) / ours, 0, atol=tolerance)
    np.testing.assert_allclose(errors, ours, rtol=tolerance)
    assert deviance == pytest.approx(found.deviance, abs=tolerance)


@pytest.mark.parametrize("level", ["h", "g"])
@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_newtons_refits_are_those_of_the_rows_that_stay(
    monkeypatch: pytest.MonkeyPatch, level: str, criterion: str
) -> None:
    monkeypatch.setattr(influence_refit, "FEW", 0)
    rows = rows_of(11)
    found = leave_one_out(multiply(rows), NESTED, level, criterion, law="satterthwaite")
    assert (found.method == EXACT).all()
    for c in range(0, len(found.labels), 5):
        again = fit_gaussian(multiply(without(rows, level, int(found.labels[c]))), NESTED, (criterion,))[criterion]
        near(again, found.beta[c], found.errors[c], found.deviance[c], 1e-5)


@pytest.mark.parametrize("level", ["h", "g"])
def test_one_step_lands_near_the_refit(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    """Of sixty outer clusters, a step errs by less than a fiftieth of a standard error anywhere."""
    rows = rows_of(12, outer=60)
    exact = leave_one_out(multiply(rows), PLAIN, level, "REML", law="satterthwaite")
    monkeypatch.setattr(influence_refit, "MANY", 0)
    stepped = leave_one_out(multiply(rows), PLAIN, level, "REML", law="satterthwaite")
    assert (stepped.method == ONE_STEP).sum() == len(stepped.labels) - influence_refit.REFITTED
    errors = np.sqrt(np.diag(exact.whole.covariance))
    assert np.abs((stepped.beta - exact.beta) / errors).max() < 0.02
    np.testing.assert_allclose(stepped.errors, exact.errors, rtol=0.02)
    assert np.abs(stepped.deviance - exact.deviance).max() < 0.02
    assert set(stepped.order()[:5]) == set(exact.order()[:5])
    for c in (0, 31):
        again = fit_gaussian(multiply(without(rows, level, int(stepped.labels[c]))), PLAIN, ("REML",))["REML"]
        np.testing.assert_allclose(stepped.df[c], satterthwaite(again), rtol=0.05)


def test_relabelled_clusters_have_the_same_influence() -> None:
    rows = rows_of(13)
    found = leave_one_out(multiply(rows), PLAIN, "h", "REML", law="satterthwaite")
    turned = {**rows, "h": 7 - rows["h"], "g": rows["g"][-1] - rows["g"]}
    order = np.lexsort((turned["g"], turned["h"]))
    again = leave_one_out(
        multiply({name: column[order] for name, column in turned.items()}), PLAIN, "h", "REML", law="satterthwaite"
    )
    np.testing.assert_allclose(again.cooks_distance()[::-1], found.cooks_distance(), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("few", [0, 30])
def test_a_coefficient_that_rests_on_one_cluster_is_named_so(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(influence_refit, "FEW", few)
    rows = rows_of(14)
    rows["w"] = (rows["h"] == 2).astype(float)
    found = leave_one_out(multiply(rows), PLAIN, "h", "REML", law="satterthwaite")
    assert list(np.flatnonzero(found.method == NONE)) == [2]
    assert np.isnan(found.beta[2]).all()
    assert found.order()[0] == 2


@pytest.mark.parametrize(("level", "method"), [("h", LAPLACE), ("g", LAPLACE), ("h", Approximation("quadrature", 3))])
def test_counts_without_each_cluster(monkeypatch: pytest.MonkeyPatch, level: str, method: Approximation) -> None:
    """Exact refits are those of the rows that stay; one step is within a tenth of a standard error of them."""
    monkeypatch.setattr(influence_general_refit, "COST", 0)
    rows = rows_of(15, outer=20, family="poisson")
    cross = multiply(rows)
    columns = {"(Intercept)": np.ones(len(rows["y"])), "x": rows["x"], "w": rows["w"], "y": rows["y"]}
    outcome = make_outcome("poisson", "log", rows["y"])
    fit = fit_general(cross, PLAIN, columns, outcome, method)
    estimate = {
        "fixed": [{"term": name, "estimate": b} for name, b in zip(fit.names, fit.beta, strict=True)],
        "fixed_covariance": fit.beta_covariance.tolist(),
        "random": [
            {"level": one.level, "terms": one.terms, "covariance": one.covariance.tolist()} for one in fit.levels
        ],
        "dispersion": None,
        "deviance": fit.deviance,
    }
    found = leave_one_out_general(cross, PLAIN, make_general(cross, PLAIN, columns, outcome), level, estimate, method)
    chosen = [*np.flatnonzero(found.method == EXACT), *np.flatnonzero(found.method == ONE_STEP)[:2]]
    assert len(chosen) == 4
    for c in chosen:
        kept = without(rows, level, int(found.labels[c]))
        given = {"(Intercept)": np.ones(len(kept["y"])), "x": kept["x"], "w": kept["w"], "y": kept["y"]}
        again = fit_general(multiply(kept), PLAIN, given, make_outcome("poisson", "log", kept["y"]), method)
        errors = np.sqrt(np.diag(again.beta_covariance))
        bound = 1e-4 if found.method[c] == EXACT else 0.1
        np.testing.assert_allclose((found.beta[c] - again.beta) / errors, 0, atol=bound)
        np.testing.assert_allclose(found.errors[c], errors, rtol=bound)

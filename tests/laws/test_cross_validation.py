"""Pooling out of sample against the same done by hand, row by row, on small drawn studies."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, fit_gaussian, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.engine.result import Estimates
from epiladder.inference import cross_validation_gaussian, cross_validation_general
from epiladder.inference.cross_validation import FOLDS, difference, folds_of, grouped
from scipy.special import expit

ONE = "(Intercept)"
EFFECT = (RandomColumns("h", ((ONE,),)), RandomColumns("g", ((ONE,),)))


def rows_of(seed: int, family: str) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    h = np.repeat(np.arange(5), 4)
    g = np.repeat(np.arange(20), rng.integers(2, 12, 20))
    x = 40 + 3 * rng.normal(size=len(g))
    eta = 0.2 * (x - 40) + rng.normal(size=5)[h[g]] + rng.normal(size=20)[g]
    y = 100 + eta + rng.normal(size=len(g)) if family == "gaussian" else (rng.random(len(g)) < expit(eta)) * 1.0
    return {"h": h[g], "g": g, ONE: np.ones(len(g)), "x": x, "y": y}


def multiply(rows: dict[str, np.ndarray], names: tuple[str, ...]) -> Crossproducts:
    starts = np.flatnonzero(np.append(True, rows["g"][1:] != rows["g"][:-1]))
    labels = [rows["h"][starts], rows["g"][starts]]
    return crossproducts(names, [rows[name] for name in names], starts, ["h", "g"], labels)


def designed_of(rows: dict[str, np.ndarray], model: Model) -> Any:
    cross = multiply(rows, (*model.fixed, "y"))
    columns = {name: rows[name] for name in (*model.fixed, "y")}
    return SimpleNamespace(
        cross=cross, model=lambda rung: model, columns=lambda rung: columns, units=lambda: cross.sizes
    )


def effects_of(rows: dict[str, np.ndarray], fit: Estimates) -> list[dict[int, float]]:
    """Modes by label, outermost level first."""
    pairs = zip("hg", fit.modes, strict=True)
    return [dict(zip(np.unique(rows[name]), part.modes[:, 0], strict=True)) for name, part in pairs]


def test_folds_are_spread_within_clusters_and_come_from_the_seed() -> None:
    sizes = np.array([1, 2, 7, 40, 5, 13])
    folds = folds_of(sizes, (1, 2))
    cluster = np.repeat(np.arange(6), sizes)
    counts = np.array([np.bincount(folds[cluster == c], minlength=FOLDS) for c in range(6)])
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()
    assert (folds_of(sizes, (1, 2)) == folds).all()
    assert (folds_of(sizes, (1, 3)) != folds).any()


def test_gaussian_errors_are_those_of_each_row_by_hand() -> None:
    rows = rows_of(3, "gaussian")
    model = Model("y", (ONE, "x"), EFFECT)
    cluster, y = rows["g"], rows["y"]
    folds = folds_of(np.bincount(cluster), (9,))
    found = cross_validation_gaussian.losses(designed_of(rows, model), "any", folds)
    expected = np.zeros((3, len(y)))
    alone = np.ones(len(y), dtype=bool)
    for fold in range(FOLDS):
        train = {name: column[folds != fold] for name, column in rows.items()}
        fit = fit_gaussian(multiply(train, (ONE, "x", "y")), model, ("REML",))["REML"]
        beta = np.linalg.lstsq(np.column_stack([train[ONE], train["x"]]), train["y"], rcond=None)[0]
        effects = effects_of(train, fit)
        for i in np.flatnonzero(folds == fold):
            fixed = fit.beta[0] + fit.beta[1] * rows["x"][i]
            own = train["g"] == cluster[i]
            alone[i] = own.any()
            if not own.any():
                continue
            mean = (train["y"][own] - fit.beta[0] - fit.beta[1] * train["x"][own]).mean()
            moved = effects[0][rows["h"][i]] + effects[1][cluster[i]]
            guesses = (beta[0] + beta[1] * rows["x"][i], fixed + mean, fixed + moved)
            expected[:, i] = [(y[i] - guess) ** 2 for guess in guesses]
    by_cluster = np.array([np.bincount(cluster, loss) for loss in expected])
    np.testing.assert_allclose(found.sums, by_cluster, rtol=1e-6)
    np.testing.assert_allclose(found.units, np.bincount(cluster, alone), atol=1e-9)
    assert found.left_out == pytest.approx((~alone).sum())


def test_brier_scores_are_those_of_each_row_by_hand() -> None:
    """Fitted on events by cluster, judged as if on rows."""
    rows = rows_of(4, "binomial")
    model = Model("y", (ONE,), EFFECT)
    cluster, y = rows["g"], rows["y"]
    folds = folds_of(np.bincount(cluster), (9,))
    plan: Any = SimpleNamespace(outcome=SimpleNamespace(family="binomial", link="logit"))
    chosen = {"method": "laplace", "nodes": 1}
    found = cross_validation_general.losses(plan, designed_of(rows, model), "any", folds, chosen)
    expected, alone = np.zeros((3, len(y))), np.ones(len(y), dtype=bool)
    for fold in range(FOLDS):
        train = {name: column[folds != fold] for name, column in rows.items()}
        outcome = make_outcome("binomial", "logit", train["y"])
        fit = fit_general(multiply(train, (ONE, "y")), model, train, outcome, LAPLACE)
        effects = effects_of(train, fit)
        for i in np.flatnonzero(folds == fold):
            own = train["g"] == cluster[i]
            alone[i] = own.any()
            if own.any():
                moved = effects[0][rows["h"][i]] + effects[1][cluster[i]]
                guesses = (train["y"].mean(), train["y"][own].mean(), expit(fit.beta[0] + moved))
                expected[:, i] = [(y[i] - guess) ** 2 for guess in guesses]
    np.testing.assert_allclose(found.sums, [np.bincount(cluster, loss) for loss in expected], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(found.units, np.bincount(cluster, alone), atol=1e-9)


def test_thirds_hold_all_clusters_and_the_difference_is_that_of_the_means() -> None:
    rows = rows_of(5, "gaussian")
    designed = designed_of(rows, Model("y", (ONE,), EFFECT))
    folds = folds_of(np.bincount(rows["g"]), (9,))
    found = cross_validation_gaussian.losses(designed, "any", folds)
    every, *thirds = grouped(designed, found, 0.95)
    assert sum(third["clusters"] for third in thirds) == every["clusters"] == 20
    assert sum(third["units"] for third in thirds) == pytest.approx(every["units"])
    for group in (every, *thirds):
        less = group["partial_less_none"]
        assert less["difference"] == pytest.approx(group["partial"] - group["none"])
        assert less["ci_low"] < less["difference"] < less["ci_high"]


def test_the_interval_of_a_difference_covers_as_it_says() -> None:
    """Clusters drawn anew 1,000 times, unequal sizes, true difference 0.3: coverage of 95 % intervals within chance's
    reach of .95 (three Monte Carlo errors, and one per cent for the ratio's own bias)."""
    rng = np.random.default_rng(8)
    inside = 0
    for _ in range(1000):
        units = rng.integers(2, 30, 25).astype(float)
        losses = units * (0.3 + rng.normal(size=25)) + np.sqrt(units) * rng.normal(size=25)
        less = difference(losses, units, np.arange(25), 0.95)
        inside += less["ci_low"] <= 0.3 <= less["ci_high"]
    assert abs(inside / 1000 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 1000) + 0.01

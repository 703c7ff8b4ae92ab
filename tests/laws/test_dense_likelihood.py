"""The engine against the textbook: dense normal densities of small studies with two and three levels.

The log-likelihood that a fit reports must be the multivariate normal density of the outcome at its estimates, and no
point nearby may have a higher one.
"""

from __future__ import annotations

import numpy as np
import pytest
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.result import Estimates
from hypothesis import given, settings
from hypothesis import strategies as st

MODEL = Model(
    "y",
    ("(Intercept)", "x", "w"),
    (
        RandomColumns("outer", (("(Intercept)",), ("x",))),
        RandomColumns("inner", (("(Intercept)", "x"),)),
    ),
)


def draw(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    outer_of_inner = np.repeat(np.arange(6), rng.integers(1, 5, 6))
    inner = np.repeat(np.arange(len(outer_of_inner)), rng.integers(3, 8, len(outer_of_inner)))
    outer = outer_of_inner[inner]
    x, w = rng.normal(3, 2, len(inner)), rng.normal(size=6)[outer]
    y = 2 + 0.4 * x + w + rng.normal(size=6)[outer] + rng.normal(size=len(outer_of_inner))[inner] * (1 + 0.3 * x)
    return {"outer": outer, "inner": inner, "x": x, "w": w, "y": y + rng.normal(size=len(y))}


def dense(rows: dict[str, np.ndarray], fit: Estimates, scale: dict[str, float]) -> float:
    """Log-likelihood, or minus half the REML criterion, with each covariance multiplied as `scale` says."""
    n = len(rows["y"])
    columns = {"(Intercept)": np.ones(n), "x": rows["x"], "w": rows["w"]}
    covariance = scale.get("residual", 1.0) * fit.residual_variance * np.eye(n)
    for level in fit.levels:
        z = np.column_stack([columns[term] for term in level.terms])
        same = rows[level.level][:, None] == rows[level.level][None, :]
        covariance += scale.get(level.level, 1.0) * (z @ level.covariance @ z.T) * same
    x = np.column_stack([columns[name] for name in fit.names])
    inverse = np.linalg.inv(covariance)
    information = x.T @ inverse @ x
    beta = np.linalg.solve(information, x.T @ inverse @ rows["y"])
    residual = rows["y"] - x @ beta
    value = np.linalg.slogdet(covariance)[1] + residual @ inverse @ residual
    if fit.criterion == "REML":
        return -0.5 * (value + np.linalg.slogdet(information)[1] + (n - x.shape[1]) * np.log(2 * np.pi))
    return -0.5 * (value + n * np.log(2 * np.pi))


@given(st.integers(0, 2**31), st.sampled_from(["ML", "REML"]))
@settings(max_examples=30, deadline=None)
def test_three_levels_with_slopes(seed: int, criterion: str) -> None:
    rows = draw(seed)
    starts = np.flatnonzero(np.append(True, rows["inner"][1:] != rows["inner"][:-1]))
    labels = [rows[level][starts] for level in ("outer", "inner")]
    columns = [np.ones(len(rows["y"])), rows["x"], rows["w"], rows["y"]]
    cross = crossproducts(["(Intercept)", "x", "w", "y"], columns, starts, ["outer", "inner"], labels)
    fit = fit_gaussian(cross, MODEL, (criterion,))[criterion]

    assert fit.convergence.status != "failed"
    assert fit.levels[0].covariance[0, 1] == 0
    assert fit.log_likelihood == pytest.approx(dense(rows, fit, {}), abs=1e-7)
    for part in ("outer", "inner", "residual"):
        for factor in (0.98, 1.02):
            assert dense(rows, fit, {part: factor}) <= fit.log_likelihood + 1e-7

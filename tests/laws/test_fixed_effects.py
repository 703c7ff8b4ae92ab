"""Laws of tests of fixed effects: what units, origins, orders and copies of rows may not change."""

from __future__ import annotations

import numpy as np
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import fit_gaussian
from epiladder.inference.bias_reduced import bias_reduced
from epiladder.inference.fixed import coefficients
from epiladder.inference.kenward_roger import kenward_roger
from hypothesis import given, settings
from hypothesis import strategies as st

MODEL = Model("y", ("(Intercept)", "x", "w"), (RandomColumns("cluster", (("(Intercept)", "x"),)),))
METHODS = ("satterthwaite", "kenward_roger")


def table(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(9), rng.integers(4, 14, 9))
    x, w = rng.normal(size=len(cluster)), rng.normal(size=9)[cluster]
    effects = rng.normal(size=(2, 9))[:, cluster]
    y = 1 + 0.4 * x + effects[0] + 0.7 * effects[1] * x + rng.normal(size=len(cluster))
    return {"cluster": cluster, "x": x, "w": w, "y": y}


def answers(rows: dict[str, np.ndarray], method: str, weights: np.ndarray | None = None) -> np.ndarray:
    """t, df and p of the two covariates."""
    order = np.argsort(rows["cluster"], kind="stable")
    columns = {"(Intercept)": np.ones(len(order)), **{name: rows[name][order] for name in ("x", "w", "y")}}
    sorted_clusters = rows["cluster"][order]
    starts = np.unique(sorted_clusters, return_index=True)[1]
    labels = [sorted_clusters[starts].astype(str)]
    counted = None if weights is None else weights[order]
    cross = crossproducts(list(columns), list(columns.values()), starts, ["cluster"], labels, counted)
    fit = fit_gaussian(cross, MODEL, ("REML",))["REML"]
    found = coefficients(fit, method, 0.95, kenward_roger(cross, MODEL, fit))[1:]
    return np.array([[row.statistic, row.df, row.p_value] for row in found], dtype=float)


seeds = st.integers(0, 40)
shifts, scales = st.floats(-50, 50), st.floats(0.01, 100)


@settings(max_examples=8, deadline=None)
@given(seeds, shifts, scales, shifts, scales)
def test_units_and_origins_change_no_test(seed: int, a: float, b: float, c: float, d: float) -> None:
    rows = table(seed)
    moved = {**rows, "y": a + b * rows["y"], "x": c + d * rows["x"], "w": a + d * rows["w"]}
    for method in METHODS:
        np.testing.assert_allclose(answers(moved, method), answers(rows, method), rtol=2e-4, atol=1e-8)


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_the_order_of_rows_changes_no_test(seed: int) -> None:
    rows = table(seed)
    order = np.random.default_rng(seed).permutation(len(rows["y"]))
    for method in METHODS:
        mixed = answers({name: values[order] for name, values in rows.items()}, method)
        np.testing.assert_allclose(mixed, answers(rows, method), rtol=2e-4, atol=1e-8)


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_a_weight_is_a_row_so_many_times(seed: int) -> None:
    rows = table(seed)
    weights = np.random.default_rng(seed).integers(1, 4, len(rows["y"]))
    copied = {name: np.repeat(values, weights) for name, values in rows.items()}
    for method in METHODS:
        np.testing.assert_allclose(
            answers(rows, method, weights.astype(float)), answers(copied, method), rtol=2e-4, atol=1e-8
        )


@settings(max_examples=10, deadline=None)
@given(seeds, scales)
def test_cr2_knows_no_units_and_no_order(seed: int, scale: float) -> None:
    rows = table(seed)
    x = np.column_stack([np.ones(len(rows["y"])), rows["x"], rows["w"]])
    variances = np.random.default_rng(seed).uniform(0.2, 3, len(x))
    errors, dfs = bias_reduced(x, rows["y"], variances, rows["cluster"])
    order = np.random.default_rng(seed + 1).permutation(len(x))
    moved = x[order] * [1, scale, 1]
    again, same = bias_reduced(moved, rows["y"][order], variances[order], rows["cluster"][order])
    np.testing.assert_allclose(again * [1, scale, 1], errors, rtol=1e-7)
    np.testing.assert_allclose(same, dfs, rtol=1e-7)

"""What cannot be trusted is said: separation, Laplace on small clusters, counts no more dispersed than Poisson."""

from __future__ import annotations

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, fit_general, settle
from epiladder.engine.outcome import make_outcome
from epiladder.engine.separation import separation
from epiladder.engine.trust import laplace_caution, poisson_caution, wide_caution
from epiladder.errors import LikelihoodError

INTERCEPT = (RandomColumns("ward", (("(Intercept)",),)),)


def rows(seed: int, clusters: int, size: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    n = clusters * size
    columns = {"(Intercept)": np.ones(n), "x": rng.normal(size=n), "drug": (rng.random(n) < 0.3).astype(float)}
    return columns, -0.5 + 0.4 * columns["x"] + np.repeat(1.5 * rng.normal(size=clusters), size)


def multiply(columns: dict[str, np.ndarray], y: np.ndarray, size: int) -> Crossproducts:
    starts = np.arange(0, len(y), size)
    return crossproducts([*columns, "y"], [*columns.values(), y], starts, ["ward"], [starts])


def test_separation_is_named_and_refused() -> None:
    columns, eta = rows(1, 12, 10)
    y = (np.random.default_rng(2).random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    y[columns["drug"] == 1] = 0.0
    model, outcome = Model("y", tuple(columns), INTERCEPT), make_outcome("binomial", "logit", y)
    with pytest.raises(LikelihoodError, match=r"drug.* events from non-events without a fault"):
        fit_general(multiply(columns, y, 10), model, columns, outcome, LAPLACE)


@pytest.mark.parametrize("overlap", [True, False])
def test_linear_programme_finds_separation_and_nothing_else(overlap: bool) -> None:
    x = np.vstack([np.ones(8), np.arange(8.0)])
    y = np.array([0, 0, 0, 1, 0, 1, 1, 1.0]) if overlap else np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
    found = separation(x, y, 1.0, ("(Intercept)", "dose"))
    assert (found is None) == overlap
    assert overlap or "dose" in (found or ())


def test_laplace_on_small_clusters_is_cautioned_and_on_large_ones_not() -> None:
    said = {}
    for size in (3, 40):
        columns, eta = rows(5, 60, size)
        y = (np.random.default_rng(6).random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
        model = Model("y", tuple(columns), INTERCEPT)
        fit = fit_general(multiply(columns, y, size), model, columns, make_outcome("binomial", "logit", y), LAPLACE)
        said[size] = laplace_caution(fit, np.full(60, float(size)))
        assert wide_caution(fit) is None
    assert "Laplace" in (said[3] or "")
    assert said[40] is None


def test_counts_without_overdispersion_say_so() -> None:
    columns, eta = rows(7, 40, 12)
    y = np.random.default_rng(8).poisson(np.exp(eta / 3)).astype(float)
    model = Model("y", tuple(columns), INTERCEPT)
    fit = fit_general(multiply(columns, y, 12), model, columns, make_outcome("negative_binomial", "log", y), LAPLACE)
    poisson = fit_general(multiply(columns, y, 12), model, columns, make_outcome("poisson", "log", y), LAPLACE)
    assert fit.log_likelihood >= poisson.log_likelihood - 1e-5
    assert poisson.overdispersion == pytest.approx(1.0, abs=0.25)
    if fit.dispersion and fit.dispersion > 1e4:
        assert "no more dispersed" in (poisson_caution(fit) or "")


def test_nodes_are_raised_until_the_likelihood_settles() -> None:
    columns, eta = rows(9, 50, 4)
    y = (np.random.default_rng(10).random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    model = Model("y", tuple(columns), INTERCEPT)
    chosen, tried = settle(multiply(columns, y, 4), model, columns, make_outcome("binomial", "logit", y))
    assert chosen.method == "quadrature"
    assert chosen.nodes == tried[-1][0]
    assert abs(tried[-1][1] - tried[-2][1]) < 1e-6
    assert abs(tried[1][1] - tried[0][1]) > 1e-3


def test_three_levels_of_clusters_take_laplace() -> None:
    columns, eta = rows(11, 48, 4)
    y = (np.random.default_rng(12).random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    starts = np.arange(0, len(y), 4)
    labels = [starts // 64, starts // 16, starts]
    cross = crossproducts([*columns, "y"], [*columns.values(), y], starts, ["a", "b", "c"], labels)
    parts = tuple(RandomColumns(level, (("(Intercept)",),)) for level in "abc")
    model, outcome = Model("y", tuple(columns), parts), make_outcome("binomial", "logit", y)
    assert settle(cross, model, columns, outcome)[0].method == "laplace"
    assert fit_general(cross, model, columns, outcome, LAPLACE).convergence.status in ("converged", "boundary")

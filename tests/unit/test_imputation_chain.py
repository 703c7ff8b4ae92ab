"""The chained equations: posteriors against closed forms, and what must not change a completed table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from epiladder.errors import DataError
from epiladder.imputation.draws import between, beyond
from epiladder.imputation.impute import impute
from epiladder.imputation.mixed import Response, Rows, State, draw_effects, sweep
from epiladder.imputation.models import Model, Visit
from epiladder.imputation.scatter import Scatter
from epiladder.imputation.summary import scale_reduction
from epiladder.imputation.variable import Variable
from epiladder.study.config import Plan, load_plan
from epiladder.study.data import validate
from gappy import table, write
from scipy.stats import truncnorm


@pytest.fixture(scope="module")
def rows_and_plan(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Plan]:
    folder = tmp_path_factory.mktemp("gappy")
    plan = load_plan(write(folder))
    return validate(plan, folder).rows, plan


def test_what_was_seen_stays_and_every_gap_is_filled(rows_and_plan: tuple[pd.DataFrame, Plan]) -> None:
    rows, plan = rows_and_plan
    made, chain = impute(plan, rows, 1)
    assert not made.drop(columns=".row").isna().any().any()
    for name in rows:
        there = rows[name].notna()
        pd.testing.assert_series_equal(made[name][there], rows[name][there])
    assert made["age"].between(0, 100).all()
    assert (made.groupby("hospital", observed=True)["size"].nunique() == 1).all()
    assert set(made["smoker"]) == {0.0, 1.0}
    assert set(chain["traces"]) == {"age", "smoker", "stage", "sex", "size"}
    assert len(chain["traces"]["age"]["mean"]) == 4


def test_a_data_set_hangs_on_its_number_and_the_seed_alone(rows_and_plan: tuple[pd.DataFrame, Plan]) -> None:
    rows, plan = rows_and_plan
    first = impute(plan, rows, 2)[0]
    pd.testing.assert_frame_equal(first, impute(plan, rows, 2)[0])
    assert not first["age"].equals(impute(plan, rows, 3)[0]["age"])
    other = plan.model_copy(update={"inference": plan.inference.model_copy(update={"seed": 2})})
    assert not first["age"].equals(impute(other, rows, 2)[0]["age"])


def test_the_order_of_rows_in_the_file_changes_nothing(tmp_path: Path, rows_and_plan: tuple) -> None:
    rows, plan = rows_and_plan
    write(tmp_path, table().sample(frac=1, random_state=3))
    shuffled = impute(plan, validate(plan, tmp_path).rows, 1)[0]
    pd.testing.assert_frame_equal(impute(plan, rows, 1)[0].drop(columns=".row"), shuffled.drop(columns=".row"))


def test_predictors_without_clusters_enough_are_named(tmp_path: Path) -> None:
    rows = table(hospitals=6)
    rows.loc[rows["hospital"] == "h5", "size"] = None
    plan = load_plan(write(tmp_path, rows))
    left = impute(plan, validate(plan, tmp_path).rows, 1)[1]["left_out"]
    assert "mean of outcome" not in left["size"] and "mean of smoker" in left["size"]


def test_coefficients_of_a_plain_regression_have_the_known_posterior() -> None:
    """Flat priors and no clusters: normal around least squares with Student's variance, s2 (n - p) / (n - p - 2)."""
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(30), rng.normal(size=30)])
    y = x @ [1.0, 2.0] + rng.normal(size=30)
    rows = Rows.of(x, [])
    response, state, drawn = Response.of(rows, y), State.start(rows), []
    for _ in range(20_000):
        sweep(rng, rows, response, state, 1e-8, fixed=False)
        drawn.append([*state.beta, state.residual])
    beta, rest = np.linalg.lstsq(x, y, rcond=None)[:2]
    seen = np.array(drawn[100:])
    residual = float(rest[0]) / 28
    exact = residual * 28 / 26 * np.linalg.inv(x.T @ x)
    assert seen[:, :2].mean(axis=0) == pytest.approx(beta, abs=0.01)
    assert np.cov(seen[:, :2].T) == pytest.approx(exact, rel=0.06, abs=0.001)
    assert seen[:, 2].mean() == pytest.approx(residual * 28 / 26, rel=0.02)


def test_effects_of_nested_clusters_have_the_known_posterior() -> None:
    """With known variances, coefficients and effects are jointly normal: the system is solved densely."""
    rng = np.random.default_rng(2)
    inner, outer = np.repeat(np.arange(6), [3, 1, 4, 2, 2, 3]), np.repeat([0, 1, 2], [4, 6, 5])
    x = np.column_stack([np.ones(15), rng.normal(size=15)])
    y = rng.normal(size=15)
    rows = Rows.of(x, [outer, inner])
    response, state, drawn = Response.of(rows, y), State.start(rows), []
    for _ in range(20_000):
        state.variances, state.residual = [0.5, 0.3], 0.8
        draw_effects(rng, rows, response, state, 0.01)
        drawn.append(np.concatenate([state.beta, *state.effects]))
    z = np.hstack([x, np.eye(3)[outer], np.eye(6)[inner]])
    precision = z.T @ z / 0.8 + np.diag([0.01] * 2 + [1 / 0.5] * 3 + [1 / 0.3] * 6)
    exact = np.linalg.inv(precision)
    assert np.mean(drawn, axis=0) == pytest.approx(exact @ z.T @ y / 0.8, abs=0.02)
    assert np.cov(np.array(drawn).T) == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("limit", [-3.0, 0.0, 2.5, 20.0])
def test_normals_beyond_a_limit(limit: float) -> None:
    drawn = beyond(np.random.default_rng(3), np.full(100_000, limit))
    law = truncnorm(limit, np.inf)
    assert drawn.min() >= limit
    assert drawn.mean() == pytest.approx(law.mean(), abs=5 * law.std() / 300)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (3.0, np.inf), (-np.inf, -4.0), (5.0, 6.0)])
def test_normals_between_limits(low: float, high: float) -> None:
    drawn = between(np.random.default_rng(4), np.full(50_000, 0.5), 2.0, low, high)
    law = truncnorm((low - 0.5) / 2, (high - 0.5) / 2, 0.5, 2.0)
    assert low <= drawn.min() and drawn.max() <= high
    assert drawn.mean() == pytest.approx(law.mean(), abs=5 * law.std() / 200)


def visits(target: Variable, x: np.ndarray, times: int) -> np.ndarray:
    rng, model = np.random.default_rng(5), Model(target)
    visit = Visit(x, [], [])
    for _ in range(10):
        model.draw(rng, visit)
    return np.concatenate([model.draw(rng, visit) for _ in range(times)])


def test_a_probit_model_imputes_the_shares_that_it_saw() -> None:
    rng = np.random.default_rng(6)
    group = np.arange(4000) % 2
    values = (rng.random(4000) < np.where(group, 0.8, 0.3)).astype(float)
    values[:400] = np.nan
    drawn = visits(
        Variable("x", "binary", 1, values, categories=("no", "yes")), np.column_stack([np.ones(4000), group]), 40
    )
    by_group = [drawn.reshape(40, 400)[:, group[:400] == one].mean() for one in (0, 1)]
    seen = [values[400:][group[400:] == one].mean() for one in (0, 1)]
    assert by_group == pytest.approx(seen, abs=0.02)


def test_a_model_of_three_categories_imputes_the_shares_that_it_saw() -> None:
    rng = np.random.default_rng(7)
    group = np.arange(6000) % 2
    values = np.where(group, rng.choice(3, 6000, p=[0.1, 0.3, 0.6]), rng.choice(3, 6000, p=[0.5, 0.3, 0.2])).astype(
        float
    )
    values[:600] = np.nan
    target = Variable("x", "category", 1, values, categories=("a", "b", "c"))
    drawn = visits(target, np.column_stack([np.ones(6000), group]), 40).reshape(40, 600)
    for half in (0, 1):
        shares = np.bincount(drawn[:, group[:600] == half].ravel().astype(int), minlength=3) / drawn[:, ::2].size
        seen = np.bincount(values[600:][group[600:] == half].astype(int), minlength=3) / 2700
        assert shares == pytest.approx(seen, abs=0.03)


def test_chains_that_have_not_mixed_are_seen() -> None:
    rng = np.random.default_rng(8)
    assert scale_reduction(rng.normal(size=(20, 50))) == pytest.approx(1.0, abs=0.03)
    apart = rng.normal(size=(20, 50)) + 3 * np.arange(20)[:, None]
    assert (scale_reduction(apart) or 0) > 3
    assert scale_reduction(rng.normal(size=(20, 1))) is None


def test_a_column_without_values_is_refused_in_words(tmp_path: Path) -> None:
    rows = table()
    rows["age"] = None
    plan = load_plan(write(tmp_path, rows))
    with pytest.raises(DataError, match="`age` has 0 values"):
        impute(plan, validate(plan, tmp_path).rows, 1)


def test_rows_of_larger_weight_count_as_often() -> None:
    """A whole weight is as many copies of the row: the same sums, so the same law."""
    rng = np.random.default_rng(20)
    x, y = rng.normal(size=(12, 2)), rng.normal(size=12)
    codes, weights = np.repeat([0, 1, 2], 4), np.tile([1, 2, 3], 4)
    once = Rows.of(x, [codes]).weighted(weights.astype(float))
    often = Rows.of(np.repeat(x, weights, axis=0), [np.repeat(codes, weights)])
    for name in ("products", "counts", "sums"):
        assert getattr(once, name) == pytest.approx(getattr(often, name))
    one, other = Response.of(once, y), Response.of(often, np.repeat(y, weights))
    assert one.crossed == pytest.approx(other.crossed) and one.sums == pytest.approx(other.sums)
    assert one.square == pytest.approx(other.square)


def test_precisions_that_depend_on_a_column_have_their_posterior() -> None:
    """Against the posterior on a grid, of one coefficient with a standard normal prior."""
    rng = np.random.default_rng(21)
    z = rng.normal(size=60)
    left = rng.normal(size=60) * np.exp(-0.4 * z) * 1.3
    scatter, drawn = Scatter(z[:, None]), []
    for _ in range(6000):
        scatter.draw(rng, left, np.ones(60, dtype=bool), 1.69)
        drawn.append(scatter.coefficients[0])
    grid = np.linspace(-1, 3, 4001)
    logs = (grid * z.sum() - (np.exp(np.outer(grid, z)) * left**2 / 1.69).sum(axis=1) - grid**2) / 2
    law = np.exp(logs - logs.max())
    law /= law.sum()
    mean = float(law @ grid)
    assert np.mean(drawn) == pytest.approx(mean, abs=0.015)
    assert np.std(drawn) == pytest.approx(float(np.sqrt(law @ (grid - mean) ** 2)), abs=0.01)

"""Cross-products drawn directly have the law of those of simulated rows; many refits at once are the engine's own.

Each test of chance is at a fixed seed; run with another it would fail at the rate that it names.
"""

import numpy as np
import pytest
from epiladder.design.model import Model, RandomColumns
from epiladder.engine import batch_nested, batch_one_level, batch_search
from epiladder.engine.batch import make_batch
from epiladder.engine.batch_deviance import evaluate
from epiladder.engine.batch_search import refit
from epiladder.engine.draws import Drawn, Simulator
from epiladder.engine.gaussian import slopes, solve
from epiladder.engine.optimise import optimise
from epiladder.inference.resample_gaussian import start_at
from nested_draws import AT, INTERCEPT, LARGE, SIZES, SMALL, Nested
from scipy.stats import ks_2samp

N = 2000


def vectors(drawn: Drawn) -> np.ndarray:
    """(R, ...), in the order of Nested.seen."""
    z = drawn.z.transpose(1, 0, 2).reshape(len(drawn.square), -1)
    return np.hstack([z, drawn.x.T, drawn.square[:, None]])


def simulator(nested: Nested) -> Simulator:
    return Simulator(nested.cross, SMALL, AT, SMALL.fixed, (INTERCEPT, "x"))


def generators(n: int, seed: int = 7) -> list[np.random.Generator]:
    return [np.random.default_rng([seed, r]) for r in range(n)]


@pytest.fixture(scope="module")
def nested() -> Nested:
    return Nested()


@pytest.fixture(scope="module")
def both(nested: Nested) -> tuple[np.ndarray, np.ndarray]:
    """N draws directly, and N row by row."""
    direct = simulator(nested).draw(generators(N))
    rng = np.random.default_rng(11)
    return vectors(direct), np.array([nested.seen(nested.draw(rng)) for _ in range(N)])


def test_degrees_of_freedom_leave_out_what_clusters_cannot_tell(nested: Nested) -> None:
    """A cluster of one row has rank one, so has one whose covariate is constant; w varies between wards alone."""
    ranks = int((np.minimum(SIZES, 2)).sum()) - 1
    assert simulator(nested).df == SIZES.sum() - ranks


def test_moments_are_those_of_rows(both: tuple[np.ndarray, np.ndarray]) -> None:
    """Means and all covariances within 4.5 standard errors: 24 means and 576 covariances, a rate of 1 in 500."""
    direct, rows = both
    scale = np.sqrt(direct.var(axis=0) + rows.var(axis=0))
    assert np.all(np.abs(direct.mean(axis=0) - rows.mean(axis=0)) < 4.5 * scale / np.sqrt(N))
    centred = [values - values.mean(axis=0) for values in both]
    products = [values[:, :, None] * values[:, None, :] for values in centred]
    error = np.sqrt((products[0].var(axis=0) + products[1].var(axis=0)) / N)
    assert np.all(np.abs(products[0].mean(axis=0) - products[1].mean(axis=0)) < 4.5 * error)


def test_distributions_are_those_of_rows(both: tuple[np.ndarray, np.ndarray]) -> None:
    """Kolmogorov and Smirnov, each quantity and random combinations of all; by Bonferroni a rate of 1 in 1,000."""
    direct, rows = both
    mix = np.random.default_rng(3).normal(size=(direct.shape[1], 20)) / direct.std(axis=0)[:, None]
    pairs = np.hstack([direct, direct @ mix]), np.hstack([rows, rows @ mix])
    p_values = [ks_2samp(a, b).pvalue for a, b in zip(pairs[0].T, pairs[1].T, strict=True)]
    assert min(p_values) > 0.001 / len(p_values)


def test_statistics_have_the_law_of_rows(nested: Nested) -> None:
    """The deviance of the true model and its difference from that at zero variances: a rate of 1 in 1,000."""
    n = 600
    drawn = simulator(nested).draw(generators(n, 5))
    batch = make_batch(nested.cross, SMALL, drawn)
    places = [np.array([0.5, 0.6, 0.1, 0.3]), np.zeros(4)]
    direct = np.array([evaluate(batch, np.tile(place, (n, 1)), "REML").value for place in places])
    rng = np.random.default_rng(6)
    rows = np.empty((2, n))
    problem = batch.one(0)
    for r in range(n):
        seen = nested.seen(nested.draw(rng))
        z = seen[: 2 * len(SIZES)].reshape(2, len(SIZES))
        one = Drawn((INTERCEPT, "x"), SMALL.fixed, z[:, None], seen[-4:-1, None], seen[-1:])
        problem = make_batch(nested.cross, SMALL, one).one(0)
        rows[:, r] = [solve(problem, place, "REML").deviance for place in places]
    assert ks_2samp(direct[0], rows[0]).pvalue > 0.0005
    assert ks_2samp(direct[1] - direct[0], rows[1] - rows[0]).pvalue > 0.0005


def test_a_replicate_does_not_depend_on_the_others(nested: Nested) -> None:
    """Drawn alone or among others, in whatever chunk: the same numbers."""
    together = vectors(simulator(nested).draw(generators(6)))
    alone = vectors(simulator(nested).draw(generators(6)[4:5]))
    np.testing.assert_allclose(alone[0], together[4], rtol=1e-12)


INDEPENDENT = Model("y", SMALL.fixed, (RandomColumns("hospital", ((INTERCEPT,), ("x",))),))
NONE = Model("y", SMALL.fixed)


@pytest.mark.parametrize("criterion", ["ML", "REML"])
@pytest.mark.parametrize("model", [SMALL, LARGE, INDEPENDENT, NONE], ids=["small", "large", "independent", "none"])
def test_many_at_once_are_the_engine_one_by_one(nested: Nested, model: Model, criterion: str) -> None:
    """The value and the gradient anywhere, and the optimum, of every outcome."""
    batch = make_batch(nested.cross, model, simulator(nested).draw(generators(12)))
    theta = np.random.default_rng(2).normal(size=(12, batch.problem.n_theta))
    found = evaluate(batch, theta, criterion)
    for r in range(12):
        solution = solve(batch.one(r), theta[r], criterion)
        assert found.value[r] == pytest.approx(solution.deviance, rel=1e-10)
        np.testing.assert_allclose(found.gradient[r], slopes(batch.one(r), solution).theta, rtol=1e-6, atol=1e-7)
    start = start_at(batch.problem.levels, SMALL, AT)
    other = refit(batch, "ML" if criterion == "REML" else "REML", start)
    best = [optimise(batch.one(r), criterion).solution.deviance for r in range(12)]
    for near in (None, other):
        refits = refit(batch, criterion, start, near)
        assert not refits.failed.any()
        assert (-2 * refits.log_likelihood).tolist() == pytest.approx(best, abs=1e-6)


WIDE = Model("y", SMALL.fixed, (RandomColumns("hospital", ((INTERCEPT, "x", "w"),)),))
SHALLOW = Model("y", SMALL.fixed, (RandomColumns("ward", ((INTERCEPT,),)),))


@pytest.mark.parametrize("criterion", ["ML", "REML"])
@pytest.mark.parametrize("model", [WIDE, INDEPENDENT, SHALLOW], ids=["wide", "independent", "shallow"])
def test_one_level_by_products_of_matrices_is_its_elimination(
    nested: Nested, model: Model, criterion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three clusters in a run, and variances of zero among the rest: the value, its slope in Sigma, and Z'V^-1Z."""
    monkeypatch.setattr(batch_one_level, "CELLS", 3 * 7)
    columns = (INTERCEPT, "x", "w")
    drawn = Simulator(nested.cross, SMALL, AT, SMALL.fixed, columns).draw(generators(7))
    batch = make_batch(nested.cross, model, drawn)
    theta = np.random.default_rng(2).normal(size=(7, batch.problem.n_theta))
    theta[0], theta[1, -1] = 0.0, 0.0
    eliminated, sigma, zz = batch_nested.nested(batch, theta, criterion)
    found, slope, made = batch_one_level.one_level(batch, theta, criterion)
    np.testing.assert_allclose(found.value, eliminated.value, rtol=1e-11)
    np.testing.assert_allclose(found.variance, eliminated.variance, rtol=1e-10)
    np.testing.assert_allclose(slope[0], sigma[0], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(made()[0], zz[0], rtol=1e-8, atol=1e-9)


def test_a_replicate_whose_likelihood_rounding_ate_stands_alone(nested: Nested) -> None:
    """One theta of 1e12 among others: its deviance is infinite or the engine's own, and the others are as they were."""
    batch = make_batch(nested.cross, LARGE, simulator(nested).draw(generators(6)))
    theta = np.random.default_rng(2).normal(size=(6, batch.problem.n_theta))
    alone = evaluate(batch, theta, "REML")
    theta[3] = 1e12
    found = evaluate(batch, theta, "REML")
    others = np.arange(6) != 3
    np.testing.assert_allclose(found.value[others], alone.value[others], rtol=1e-12)
    np.testing.assert_allclose(found.gradient[others], alone.gradient[others], rtol=1e-9, atol=1e-9)
    assert np.isinf(found.value[3])


@pytest.mark.parametrize("model", [SMALL, LARGE, INDEPENDENT], ids=["small", "large", "independent"])
def test_no_replicate_is_left_on_a_boundary_that_is_no_optimum(
    nested: Nested, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quick look at all replicates together passes over none that a look at each by itself would send on."""
    batch = make_batch(nested.cross, model, simulator(nested).draw(generators(40)))
    theta = np.random.default_rng(4).normal(size=(40, batch.problem.n_theta))
    theta[::2] = 0.0
    theta[1::4, 1:] = 0.0
    point = evaluate(batch, theta, "REML")
    quick = batch_search._must_leave(batch, theta, point, "REML")
    monkeypatch.setattr(batch_search, "_falls_outside", lambda problem, theta, point: np.ones(len(theta), dtype=bool))
    assert quick.tolist() == batch_search._must_leave(batch, theta, point, "REML").tolist()
    assert 0 < quick.sum() < 40

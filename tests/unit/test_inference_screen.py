"""The screen: exact interval, design effect and verdicts."""

from types import SimpleNamespace

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.inference.quantity import Quantity
from epiladder.inference.screen import _or_large_sample, verdict
from epiladder.inference.variation import Interval, design_effect, exact_interval, one_way, shares
from scipy.special import expit
from scipy.stats import f, norm


def layout(sizes: np.ndarray, spread: float, seed: int) -> Crossproducts:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    y = 10 + spread * rng.normal(size=len(sizes))[codes] + rng.normal(size=len(codes))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return crossproducts(["(Intercept)", "y"], [np.ones(len(y)), y], starts, ["ward"], [np.arange(len(sizes))])


def test_balanced_interval_is_the_textbook_one() -> None:
    """(F/F_u - 1) / (F/F_u + n - 1) with F = MSB/MSW, and so for the other limit (Searle 1971)."""
    n, k = 7, 9
    cross = layout(np.full(k, n), 0.8, 4)
    ways = one_way(cross, "y")
    ratio = n * ways.means.var(ddof=1) / ways.within
    found = exact_interval(ways, 0.95)
    low, high = (ratio / f.ppf(q, k - 1, k * (n - 1)) for q in (0.975, 0.025))
    assert found.low == pytest.approx((low - 1) / (low + n - 1))
    assert found.high == pytest.approx((high - 1) / (high + n - 1))


def test_unbalanced_interval_covers_as_often_as_it_says() -> None:
    """1,000 draws with sizes 2 to 40 and an ICC of 0.2: coverage 0.95 within four Monte Carlo errors."""
    sizes = np.array([2, 2, 3, 5, 8, 8, 12, 20, 33, 40])
    hits = 0
    for seed in range(1000):
        found = exact_interval(one_way(layout(sizes, 0.5, seed), "y"), 0.95)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.2 <= found.high
    assert abs(hits / 1000 - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 1000)


def test_limits_stay_between_zero_and_one() -> None:
    found = exact_interval(one_way(layout(np.full(6, 4), 0.0, 2), "y"), 0.95)
    assert found.low == 0.0
    assert 0 <= (found.high or 0) < 1


def test_no_variation_within_clusters_is_said() -> None:
    found = exact_interval(one_way(layout(np.ones(8, dtype=int), 1.0, 1), "y"), 0.95)
    assert (found.low, found.high) == (None, None)
    assert "one row" in found.method


def test_design_effect_of_equal_and_unequal_sizes() -> None:
    assert design_effect(np.full(10, 200.0), 0.01) == pytest.approx(1 + 199 * 0.01)
    assert design_effect(np.array([10.0, 30.0]), 0.1) == pytest.approx(1 + (1000 / 40 - 1) * 0.1)


def test_correlations_add_up_from_the_outermost_level() -> None:
    own, together = shares([2.0, 1.0], 7.0)
    assert own == pytest.approx([0.2, 0.1])
    assert together == pytest.approx([0.2, 0.3])


@pytest.mark.parametrize(
    ("icc", "effect", "high", "expected"),
    [
        (0.06, 1.1, 0.2, "model"),
        (0.01, 3.0, 0.02, "model"),
        (0.02, 1.2, 0.09, "borderline"),
        (0.02, 1.2, 0.04, "ignore"),
        (0.02, 1.2, None, "ignore"),
    ],
)
def test_verdicts(icc: float, effect: float, high: float | None, expected: str) -> None:
    interval = Interval(None if high is None else 0.0, high, "")
    assert verdict(icc, effect, interval, 0.05, 2.0) == expected


def test_the_large_sample_interval_stands_in_only_where_there_is_no_other() -> None:
    plan = SimpleNamespace(inference=SimpleNamespace(confidence=0.95))
    none, known = Interval(None, None, "no interval: nobody knows one"), Interval(0.1, 0.4, "exact")
    share = Quantity(0.5, 0.5, "logit", "the delta method")
    found = _or_large_sample(none, share, plan)
    assert found.low == pytest.approx(expit(-norm.isf(0.025) / 2))
    assert found.high == pytest.approx(expit(norm.isf(0.025) / 2))
    assert found.method == "the delta method; nobody knows one"
    assert _or_large_sample(known, share, plan) is known
    assert _or_large_sample(none, None, plan) is none
    assert _or_large_sample(none, Quantity(0.0, reason="at zero"), plan) is none

"""Intervals carried from profiles and bootstraps to variances, correlations and median ratios; what is flagged."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from epiladder.inference.intervals import TWO_CRITERIA, Known, with_intervals
from epiladder.inference.monte_carlo import critical_value, percentile, simulated_p
from epiladder.inference.profile import NO_VARIANCE
from epiladder.inference.quantity import Quantity, rendered
from epiladder.inference.replicates import EDGE, OUTSIDE, UPPER_EDGE, Draws, Values, with_draws
from epiladder.inference.scales import median_ratio

LEVEL1 = math.pi**2 / 3
DELTA = Quantity(0.5, 0.4, "log", "the delta method")


def profiled(low: float | None, high: float | None, why: str | None = None, level: str = "ward") -> dict[str, Any]:
    return {
        "kind": "sd",
        "level": level,
        "terms": ["(Intercept)"],
        "variance_low": low,
        "variance_high": high,
        "low_reason": why,
    }


def known(rows: list[dict[str, Any]], gaussian: bool = False) -> Known:
    return Known.of("r", {"rung": "r", "rows": rows}, None if gaussian else LEVEL1, gaussian)


def drawn(values: list[float], failures: int = 0, at_boundary: float = 0.0) -> Draws:
    """Replicates whose only parameter is a fixed effect."""
    made = tuple(Values(np.array([value]), (), None, None) for value in values)
    return Draws(made, (None,) * len(made), len(made) + failures, at_boundary)


def percentiles(values: list[float], estimate: float, failures: int = 0, at_boundary: float = 0.0) -> Quantity:
    found = drawn(values, failures, at_boundary).interval(lambda v: float(v.beta[0]), estimate, 0.95)
    assert found is not None
    return found


def document(estimate: float = 0.5, levels: tuple[str, ...] = ("ward",)) -> dict[str, Any]:
    variance = replace(DELTA, estimate=estimate)
    sd, icc = replace(DELTA, estimate=math.sqrt(estimate)), replace(DELTA, estimate=estimate / (estimate + LEVEL1))
    ratio = replace(DELTA, estimate=median_ratio(estimate))
    return {
        "variances": [
            {"rung": "r", "level": level, "term": "(Intercept)", "variance": variance, "sd": sd} for level in levels
        ],
        "icc": [{"rung": "r", "level": level, "scale": "latent", "together": icc, "own": icc} for level in levels],
        "median_ratios": [{"rung": "r", "level": level, "ratio": ratio} for level in levels],
    }


def ends(quantity: dict[str, Any]) -> tuple[float, float]:
    return quantity["ci_low"], quantity["ci_high"]


def test_a_profile_is_carried_to_all_that_rises_with_the_variance_alone() -> None:
    found = rendered(with_intervals(document(), {"r": known([profiled(0.2, 1.1)])}), 0.95)
    assert ends(found["variances"][0]["variance"]) == (0.2, 1.1)
    assert ends(found["variances"][0]["sd"]) == pytest.approx((math.sqrt(0.2), math.sqrt(1.1)))
    assert ends(found["icc"][0]["together"]) == pytest.approx((0.2 / (0.2 + LEVEL1), 1.1 / (1.1 + LEVEL1)))
    assert ends(found["median_ratios"][0]["ratio"]) == pytest.approx((median_ratio(0.2), median_ratio(1.1)))
    for one in (found["variances"][0]["variance"], found["icc"][0]["together"], found["median_ratios"][0]["ratio"]):
        assert one["method"].startswith("profile likelihood") and one["references"] == ["venzon1988"]
        assert [other["method"].split()[0] for other in one["alternatives"]] == ["the"]
        assert one["flag"] is None


def test_of_several_variances_only_the_innermost_median_ratio_has_a_profile() -> None:
    levels = ("hospital", "ward")
    rows = [profiled(0.2, 1.1, level=level) for level in levels]
    one = document(levels=levels)
    found = with_intervals(one, {"r": known(rows)})
    assert found["icc"] == one["icc"]
    outer, inner = found["median_ratios"]
    assert inner["ratio"].limits == pytest.approx((median_ratio(0.2), median_ratio(1.1)))
    assert outer == one["median_ratios"][0]


def test_ends_at_the_edge_and_estimates_outside_are_flagged() -> None:
    edge = with_intervals(document(), {"r": known([profiled(None, 1.1, NO_VARIANCE)])})["variances"][0]["variance"]
    assert (edge.limits, edge.flag) == ((0.0, 1.1), EDGE)
    outside = with_intervals(document(2.0), {"r": known([profiled(0.2, 1.1)])})["variances"][0]["variance"]
    assert outside.flag == OUTSIDE
    by_reml = with_intervals(document(2.0), {"r": known([profiled(0.2, 1.1)], gaussian=True)})["variances"][0]
    assert by_reml["variance"].flag == TWO_CRITERIA


def test_percentiles_say_their_replicates_failures_and_edges() -> None:
    values = np.linspace(0.01, 1, 175).tolist()
    edge = percentiles([0.0] * 25 + values, 0.4)
    assert edge.flag == f"{EDGE}: 12.5% of the replicates lie there"
    plain = percentiles([math.nan, *values], 0.4, failures=3)
    assert plain.method == "parametric bootstrap, percentiles of 179 replicates, 4 of which failed"
    assert plain.limits == pytest.approx(tuple(np.quantile(values, [0.025, 0.975])))
    assert plain.flag is None
    assert percentiles(values, 1.2).flag == OUTSIDE
    assert percentiles(values, 0.4, at_boundary=0.1).flag == "in 10% of the replicates a variance is zero"
    assert str(percentiles([-1.0, *values, *[1.0] * 20], 0.4).flag).startswith(UPPER_EDGE)


def test_percentiles_go_before_the_delta_method_and_behind_a_profile_or_an_exact_interval() -> None:
    made = percentiles(np.linspace(0.2, 0.9, 199).tolist(), 0.5)
    both = with_draws(DELTA, made)
    assert (both.limits, both.estimate, [one.method for one in both.alternatives]) == (
        made.limits,
        0.5,
        ["the delta method"],
    )
    one = document()
    one["variances"][0]["variance"] = both
    first = with_intervals(one, {"r": known([profiled(0.2, 1.1)])})["variances"][0]["variance"]
    assert [str(other.method).split()[0] for other in first.alternatives] == ["parametric", "the"]
    assert first.references == ("venzon1988",)
    one["icc"][0]["together"] = replace(both, limits=(0.2, 0.9), method="exact, by Wald's F", alternatives=())
    exact = with_intervals(one, {"r": known([profiled(0.2, 1.1)])})["icc"][0]["together"]
    assert exact.limits == (0.2, 0.9)
    assert [str(other.method).split()[0] for other in exact.alternatives] == ["profile"]


def test_without_another_interval_the_delta_methods_stays() -> None:
    assert with_intervals(document(), {"r": known([profiled(0.1, None)])}) == document()
    assert with_draws(DELTA, None) == DELTA
    assert drawn([0.1] * 20).interval(lambda v: float(v.beta[0]), 0.1, 0.95) is None  # ends would be the extremes


def test_an_interval_replaces_a_reason() -> None:
    lost = replace(DELTA, std_error=None, reason="a variance is estimated as zero")
    found = with_draws(lost, percentiles(np.linspace(0, 0.9, 199).tolist(), 0.5))
    assert (found.reason, found.alternatives) == (None, ())
    assert found.limits is not None


def test_the_critical_value_is_where_the_p_value_crosses() -> None:
    draws = np.random.default_rng(1).chisquare(1, 199)
    limit = critical_value(draws, 0.05)
    assert limit is not None
    assert simulated_p(limit + 1e-9, draws, 0.95).p_value < 0.05 <= simulated_p(limit, draws, 0.95).p_value
    assert critical_value(draws[:19], 0.05) is None  # the least p-value is 1/20
    assert critical_value(draws[:20], 0.05) is not None


def test_no_replicates_are_no_interval() -> None:
    assert percentile(np.empty(0), 0.95).as_json(1.0)["ci_low"] is None

"""Intervals carried from profiles and bootstraps to variances, correlations and median ratios; what is flagged."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from epiladder.inference.intervals import EDGE, OUTSIDE, TWO_CRITERIA, Known, with_intervals
from epiladder.inference.monte_carlo import critical_value, percentile, simulated_p
from epiladder.inference.profile import NO_VARIANCE
from epiladder.inference.quantity import Quantity, rendered
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


def entry(low: float | None, high: float | None, at_zero: float = 0.0) -> dict[str, Any]:
    return {"ci_low": low, "ci_high": high, "at_zero": at_zero}


def resampled(low: float, high: float, at_zero: float = 0.0, levels: tuple[str, ...] = ("ward",)) -> dict[str, Any]:
    found = entry(low, high, at_zero)
    shares = {"together": entry(0.1, 0.3), "own": entry(0.05, 0.2)}
    of_level = {
        "entries": [{"row": "(Intercept)", "column": "(Intercept)", **found}],
        "correlations": [{"scale": "latent", **shares}],
        "apart": found,
    }
    return {
        "rung": "r",
        "replicates": 199,
        "failures": 0,
        "levels": [{"level": level, **of_level} for level in levels],
        "residual_variance": None,
    }


def known(rows: list[dict[str, Any]], bootstrap: dict[str, Any] | None = None, gaussian: bool = False) -> Known:
    level1 = None if gaussian else LEVEL1
    rungs = {"rungs": [] if bootstrap is None else [bootstrap]}
    return Known.of("r", rungs, {"rung": "r", "rows": rows}, level1, gaussian)


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
    found = rendered(with_intervals(document(), {"r": known([profiled(0.2, 1.1)], resampled(0.25, 0.9))}), 0.95)
    assert ends(found["variances"][0]["variance"]) == (0.2, 1.1)
    assert ends(found["variances"][0]["sd"]) == pytest.approx((math.sqrt(0.2), math.sqrt(1.1)))
    assert ends(found["icc"][0]["together"]) == pytest.approx((0.2 / (0.2 + LEVEL1), 1.1 / (1.1 + LEVEL1)))
    assert ends(found["median_ratios"][0]["ratio"]) == pytest.approx((median_ratio(0.2), median_ratio(1.1)))
    for one in (found["variances"][0]["variance"], found["icc"][0]["together"], found["median_ratios"][0]["ratio"]):
        assert one["method"].startswith("profile likelihood") and one["references"] == ["venzon1988"]
        assert [other["method"].split()[0] for other in one["alternatives"]] == ["parametric", "the"]
        assert one["flag"] is None


def test_a_correlation_of_several_variances_has_the_bootstraps_interval() -> None:
    levels = ("hospital", "ward")
    rows = [profiled(0.2, 1.1, level=level) for level in levels]
    found = rendered(
        with_intervals(document(levels=levels), {"r": known(rows, resampled(0.3, 2.0, levels=levels))}), 0.95
    )
    assert [ends(row["together"]) for row in found["icc"]] == [(0.1, 0.3)] * 2
    assert [ends(row["own"]) for row in found["icc"]] == [(0.05, 0.2)] * 2
    outer, inner = found["median_ratios"]
    assert ends(inner["ratio"]) == pytest.approx((median_ratio(0.2), median_ratio(1.1)))
    assert ends(outer["ratio"]) == pytest.approx((median_ratio(0.3), median_ratio(2.0)))


def test_ends_at_the_edge_and_estimates_outside_are_flagged() -> None:
    edge = with_intervals(document(), {"r": known([profiled(None, 1.1, NO_VARIANCE)])})["variances"][0]["variance"]
    assert (edge.limits, edge.flag) == ((0.0, 1.1), EDGE)
    outside = with_intervals(document(2.0), {"r": known([profiled(0.2, 1.1)])})["variances"][0]["variance"]
    assert outside.flag == OUTSIDE
    by_reml = with_intervals(document(2.0), {"r": known([profiled(0.2, 1.1)], gaussian=True)})["variances"][0]
    assert by_reml["variance"].flag == TWO_CRITERIA
    drawn = with_intervals(document(), {"r": known([], resampled(0.0, 0.9, 0.125))})["variances"][0]["variance"]
    assert drawn.flag == f"{EDGE}: 12.5% of the replicates lie there"


def test_without_another_interval_the_delta_methods_stays_and_an_exact_one_always() -> None:
    flat = profiled(0.1, None)
    assert with_intervals(document(), {"r": known([flat])}) == document()
    one = document()
    exact = replace(DELTA, std_error=None, limits=(0.2, 0.9), method="exact")
    one["icc"][0]["together"] = exact
    found = with_intervals(one, {"r": known([], resampled(0.3, 0.8))})["icc"][0]["together"]
    assert (found.limits, found.method) == ((0.2, 0.9), "exact")
    assert [other.limits for other in found.alternatives] == [(0.1, 0.3)]


def test_an_interval_replaces_a_reason() -> None:
    one = document()
    one["icc"][0]["together"] = replace(DELTA, std_error=None, reason="a variance is estimated as zero")
    found = with_intervals(one, {"r": known([], resampled(0.0, 0.8))})["icc"][0]["together"]
    assert (found.reason, found.limits, found.alternatives) == (None, (0.1, 0.3), ())


def test_the_critical_value_is_where_the_p_value_crosses() -> None:
    draws = np.random.default_rng(1).chisquare(1, 199)
    limit = critical_value(draws, 0.05)
    assert limit is not None
    assert simulated_p(limit + 1e-9, draws, 0.95).p_value < 0.05 <= simulated_p(limit, draws, 0.95).p_value
    assert critical_value(draws[:19], 0.05) is None  # the least p-value is 1/20
    assert critical_value(draws[:20], 0.05) is not None


def test_no_replicates_are_no_interval() -> None:
    assert percentile(np.empty(0), 0.95).as_json(1.0)["ci_low"] is None

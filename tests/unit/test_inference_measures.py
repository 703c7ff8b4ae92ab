"""Measures in closed form: areas, correlations on the response scale, design effects, regions, pooling."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import fit_gaussian
from epiladder.inference.contrast import contrast
from epiladder.inference.discrimination import area, folds
from epiladder.inference.integrate import averaged, inverse_link, joint_mean
from epiladder.inference.levels_of import level_of_column, pair_correlation
from epiladder.inference.quantity import Quantity, missing, pooled, rendered
from epiladder.inference.scales import response_shares
from epiladder.inference.simple_slopes import region
from scipy import stats
from scipy.integrate import quad

LINKS = ("logit", "probit", "cloglog", "log")


def nested(seed: int, outer: int = 6, n_rows: int = 90) -> tuple[Crossproducts, dict[str, np.ndarray], np.ndarray]:
    """Rows in wards in hospitals: x varies within, w between wards, h between hospitals."""
    rng = np.random.default_rng(seed)
    ward = np.sort(rng.integers(0, 3 * outer, n_rows))
    ward = np.unique(ward, return_inverse=True)[1]
    starts = np.flatnonzero(np.diff(ward, prepend=-1))
    hospital = np.arange(len(starts)) // 3
    columns = {
        "(Intercept)": np.ones(n_rows),
        "x": rng.normal(size=n_rows),
        "w": rng.normal(size=len(starts))[ward],
        "h": rng.normal(size=hospital.max() + 1)[hospital][ward],
    }
    labels = [hospital, np.arange(len(starts))]
    made = crossproducts(list(columns), list(columns.values()), starts, ["hospital", "ward"], labels)
    return made, columns, np.column_stack([hospital[ward], ward])


@pytest.mark.parametrize("link", LINKS)
def test_means_over_random_effects_are_integrals(link: str) -> None:
    eta, variance = -0.7, 0.8

    def integrand(u: float) -> float:
        return float(inverse_link(link, np.array([eta + math.sqrt(variance) * u]))[0][0]) * stats.norm.pdf(u)

    found = averaged(link, np.array([eta]), np.array([variance]))
    assert found[0][0] == pytest.approx(quad(integrand, -12, 12)[0], rel=1e-7)


@pytest.mark.parametrize("link", LINKS)
def test_slopes_of_marginal_means_are_their_differences(link: str) -> None:
    eta, variance, step = np.array([-1.2, 0.3]), np.array([0.4, 1.5]), 1e-5
    _, by_eta, by_variance = averaged(link, eta, variance)
    ends = [averaged(link, eta + s, variance)[0] for s in (step, -step)]
    np.testing.assert_allclose(by_eta, (ends[0] - ends[1]) / (2 * step), rtol=1e-6)
    ends = [averaged(link, eta, variance + s)[0] for s in (step, -step)]
    np.testing.assert_allclose(by_variance, (ends[0] - ends[1]) / (2 * step), rtol=1e-5)


def test_probability_scale_correlation_of_a_probit_model_is_the_bivariate_normals() -> None:
    """Two latent normals of correlation (V1 + V2)/(1 + V1 + V2), and V1/(1 + V1 + V2), cut at the same point."""
    eta, variances = -0.8, [0.5, 0.9]
    whole = 1 + sum(variances)
    cut = eta / math.sqrt(whole)
    p = stats.norm.cdf(cut)
    expected = []
    for shared in (variances[0], sum(variances)):
        r = shared / whole
        both = stats.multivariate_normal(mean=[0, 0], cov=[[1, r], [r, 1]]).cdf([cut, cut])
        expected.append((both - p * p) / (p * (1 - p)))
    assert response_shares("probit", eta, variances) == pytest.approx(expected, rel=1e-4)
    assert joint_mean("probit", eta, 0.0, whole - 1) == pytest.approx(p * p)


def test_a_single_level_of_events_is_goldsteins_ratio() -> None:
    """Var(p) / (Var(p) + E[p (1 - p)]) (Goldstein, Browne and Rasbash 2002)."""
    eta, variance = 0.4, 1.3
    moments = [
        quad(lambda u, k=k: (1 / (1 + math.exp(-eta - math.sqrt(variance) * u))) ** k * stats.norm.pdf(u), -12, 12)[0]
        for k in (1, 2)
    ]
    between = moments[1] - moments[0] ** 2
    assert response_shares("logit", eta, [variance])[0] == pytest.approx(
        between / (between + moments[0] - moments[1]), rel=1e-7
    )


@pytest.mark.parametrize("name", ["x", "w", "h"])
def test_design_effects_are_those_of_the_covariance_matrix(name: str) -> None:
    """1 + sum over levels of (sum n^2/N - 1) rho_x V_k/T is the variance of one slope over the naive one, exactly."""
    cross, columns, codes = nested(5)
    parts = {"hospital": 0.3, "ward": 0.2}
    same = [codes[:, k][:, None] == codes[:, k][None, :] for k in (0, 1)]
    whole = 0.5 * np.eye(len(codes)) + parts["hospital"] * same[0] + parts["ward"] * same[1]
    d = columns[name] - columns[name].mean()
    expected = float(d @ whole @ d / (d @ d))
    found = 1.0
    for level in cross.levels:
        sizes = cross.cluster_sizes(level)
        rho = pair_correlation(cross, name, level)
        assert rho is not None
        found += float((sizes**2).sum() / sizes.sum() - 1) * rho * parts[level]
    assert found == pytest.approx(expected, rel=1e-10)


def test_columns_vary_where_they_vary() -> None:
    cross, _, _ = nested(5)
    assert [level_of_column(cross, name) for name in ("x", "w", "h")] == [None, "ward", "hospital"]


def test_areas_are_shares_of_pairs_with_delongs_variance() -> None:
    """Clusters of one row each: Obuchowski's variance is DeLong, DeLong and Clarke-Pearson's (1988)."""
    rng = np.random.default_rng(3)
    score, event = np.round(rng.normal(size=80), 1), rng.integers(0, 2, 80).astype(float)
    score += 0.5 * event
    score = np.round(score, 1)
    ones, zeros = score[event == 1], score[event == 0]
    wins = (ones[:, None] > zeros) + 0.5 * (ones[:, None] == zeros)
    theta = wins.mean()
    variance = wins.mean(axis=1).var(ddof=1) / len(ones) + wins.mean(axis=0).var(ddof=1) / len(zeros)
    found = area(score, event, 1 - event, np.arange(80))
    assert found.estimate == pytest.approx(theta)
    assert found.std_error == pytest.approx(math.sqrt(variance) / (theta * (1 - theta)))


def test_events_of_trials_are_as_many_rows() -> None:
    score, events, others = np.array([0.1, 0.4, 0.4, 0.9]), np.array([1.0, 0, 2, 3]), np.array([4.0, 2, 1, 0])
    spread = [np.repeat(np.arange(4), count.astype(int)) for count in (events, others)]
    rows = np.concatenate(spread)
    order = np.argsort(rows, kind="stable")
    happened = np.repeat([1.0, 0.0], [len(part) for part in spread])[order]
    clusters = np.array([0, 0, 1, 1])
    whole = area(score, events, others, clusters)
    single = area(score[rows[order]], happened, 1 - happened, clusters[rows[order]])
    assert (whole.estimate, whole.std_error) == pytest.approx((single.estimate, single.std_error))
    assert area(score, events, 0 * events, clusters).reason == "all outcomes are alike"


def test_folds_part_every_cluster_evenly() -> None:
    sizes = np.array([1, 4, 5, 13, 40])
    found = folds(sizes, np.random.default_rng(0))
    start = 0
    for size in sizes:
        counts = np.bincount(found[start : start + size], minlength=5)
        assert counts.max() - counts.min() <= 1
        start += size


PLAN: Any = SimpleNamespace(inference=SimpleNamespace(confidence=0.95))


def estimate(beta: list[float], covariance: np.ndarray, df: float | None = 12.0) -> dict[str, Any]:
    names = ["(Intercept)", "s", "s:w"]
    rows = [{"term": name, "estimate": value, "df": df} for name, value in zip(names, beta, strict=True)]
    return {"fixed": rows, "fixed_covariance": covariance.tolist()}


@pytest.mark.parametrize(("product", "where"), [(0.9, "outside"), (0.1, "between"), (0.0, "between")])
def test_at_the_bounds_of_the_region_the_statistic_is_the_quantile(product: float, where: str) -> None:
    covariance = np.array([[0.2, 0, 0], [0, 0.05, 0.01], [0, 0.01, 0.04]])
    fitted = estimate([1.0, 0.8, product], covariance)
    found = region(PLAN, fitted, {"s": 1.0, "s:w": 0.0}, {"s": 1.0, "s:w": 1.0}, (-3.0, 3.0))
    assert found["significant"] == where
    for bound in found["bounds"]:
        at = contrast(fitted, {"s": 1.0, "s:w": bound}, 0.95)
        assert abs(at.statistic or 0) == pytest.approx(stats.t.ppf(0.975, 12), rel=1e-9)
    for low, high in found["shown"]:
        middle = contrast(fitted, {"s": 1.0, "s:w": (low + high) / 2}, 0.95)
        assert (middle.p_value or 1) < 0.05


def test_a_region_without_bounds_says_everywhere_or_nowhere() -> None:
    covariance = np.diag([0.2, 0.0001, 0.0001])
    ends = ({"s": 1.0, "s:w": 0.0}, {"s": 1.0, "s:w": 1.0}, (-1.0, 1.0))
    # far from zero in all of the seen range, the bounds lie outside it
    assert region(PLAN, estimate([0, 5.0, 0.001], covariance), *ends)["shown"] == [[-1.0, 1.0]]
    nowhere = region(PLAN, estimate([0, 0.001, 0.001], np.diag([0.2, 1.0, 1.0])), *ends)
    assert (nowhere["significant"], nowhere["shown"]) == ("nowhere", [])


def test_the_contextual_effect_is_the_means_coefficient_beside_the_raw_value() -> None:
    """Mundlak (1978): y on x - m and m, and y on x and m, are one model; between less within is m's second."""
    rng = np.random.default_rng(9)
    codes = np.repeat(np.arange(20), rng.integers(3, 9, 20))
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    x = rng.normal(size=len(codes)) + rng.normal(size=20)[codes]
    mean = (np.bincount(codes, x) / np.bincount(codes))[codes]
    y = 1 + 0.5 * x + mean + rng.normal(size=20)[codes] + rng.normal(size=len(codes))
    columns = {"(Intercept)": np.ones(len(y)), "d": x - mean, "x": x, "m": mean, "y": y}
    cross = crossproducts(list(columns), list(columns.values()), starts, ["ward"], [np.arange(20)])
    random = (RandomColumns("ward", (("(Intercept)",),)),)
    within, raw = (fit_gaussian(cross, Model("y", ("(Intercept)", n, "m"), random))["REML"] for n in ("d", "x"))
    rows = [
        {"term": name, "estimate": value, "df": None} for name, value in zip(within.names, within.beta, strict=True)
    ]
    record = {"fixed": rows, "fixed_covariance": within.beta_covariance.tolist()}
    found = contrast(record, {"m": 1.0, "d": -1.0}, 0.95)
    assert found.estimate == pytest.approx(raw.beta[2], rel=1e-5)
    assert found.std_error == pytest.approx(math.sqrt(raw.beta_covariance[2, 2]), rel=1e-5)


def test_quantities_are_pooled_on_their_scale() -> None:
    """Rubin's rules on the log scale; what one data set lacks is missing; alike data sets stay as they are."""
    one, two = Quantity(2.0, 0.1, "log", "m"), Quantity(8.0, 0.3, "log", "m")
    found = pooled([{"a": one}, {"a": two}])["a"]
    assert found.estimate == pytest.approx(4.0)
    logs = [math.log(2), math.log(8)]
    total = (0.01 + 0.09) / 2 + 1.5 * np.var(logs, ddof=1)
    assert found.std_error == pytest.approx(math.sqrt(total))
    assert pooled([[one], [one]]) == [one]
    lost = pooled([missing("no events"), one])
    assert (lost.estimate, lost.reason) == (None, "in 1 of 2 imputed data sets: no events")
    assert rendered([replace(one, std_error=None)], 0.95)[0]["ci_low"] is None


def test_intervals_of_median_ratios_transform_the_variances() -> None:
    variance, error = 0.42, 0.5
    step = math.sqrt(2) * stats.norm.ppf(0.75)
    found = Quantity(math.exp(step * math.sqrt(variance)), error, "log variance").as_json(0.95)
    for end, sign in (("ci_low", -1), ("ci_high", 1)):
        limit = variance * math.exp(sign * stats.norm.ppf(0.975) * error)
        assert found[end] == pytest.approx(math.exp(step * math.sqrt(limit)))

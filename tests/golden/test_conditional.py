"""Conditional likelihood against survival's clogit and R's glm (make_conditional.R), statsmodels, and all subsets."""

from __future__ import annotations

import warnings
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from cases import DATA, read
from epiladder.inference.conditional import MOST_WORK, Conditional, conditional_logit, conditional_poisson
from epiladder.inference.event_sums import EventSums, work
from epiladder.inference.practice_general import fixed_effects
from epiladder.inference.regression import Regression
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import reference

FROZEN = reference("conditional")


def codes_of(labels: np.ndarray) -> np.ndarray:
    return np.unique(labels, return_inverse=True)[1]


def against(found: Conditional, name: str, rtol: float = 1e-6) -> None:
    expected = FROZEN[name]
    assert found.kept.all()
    np.testing.assert_allclose(found.coefficients, expected["estimate"], rtol=rtol, atol=rtol)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), expected["se"], rtol=rtol)
    if "logLik" in expected:
        assert found.log_likelihood == pytest.approx(expected["logLik"], abs=1e-8)


@pytest.mark.parametrize("name", ["contraception", "contraception_offset"])
def test_binary_rows_are_those_of_clogit(name: str) -> None:
    table, names = read(DATA / "contraception.csv"), FROZEN[name]["names"]
    x = np.column_stack([table[column] for column in names])
    offset = 0.05 * table["age"] if "offset" in name else None
    against(conditional_logit(table["use"], x, names, offset, codes_of(table["district"])), name)


def test_events_of_trials_are_those_of_clogit() -> None:
    """Spelled out as rows of one trial each, as `fixed_effects` does."""
    table = read(DATA / "cbpp.csv")
    herd = codes_of(table["herd"])
    x = np.column_stack([table["period"] == f"p{k}" for k in (2, 3, 4)]).astype(float)
    names = ("p2", "p3", "p4")
    data = Regression(table["incidence"], names, x, herd, herd, 0.95, "binomial", "logit", table["size"])
    found = fixed_effects(data)
    rows = [found.coefficients[name] for name in names]
    np.testing.assert_allclose([row.estimate for row in rows], FROZEN["cbpp"]["estimate"], rtol=1e-6)
    np.testing.assert_allclose([row.std_error for row in rows], FROZEN["cbpp"]["se"], rtol=1e-6)
    never = sum(table["incidence"][herd == h].sum() == 0 for h in range(herd.max() + 1))
    assert found.note == (
        f"{never} of 15 innermost clusters have all outcomes alike, tell nothing and drop out" if never else None
    )


def test_counts_are_those_of_a_dummy_for_each_cluster() -> None:
    table = read(DATA / "epilepsy_hsaur.csv")
    subject = codes_of(table["subject"])
    order = np.argsort(subject, kind="stable")
    later = np.empty(len(subject))
    later[order] = np.arange(len(subject)) - np.searchsorted(subject[order], subject[order])
    x = np.column_stack([table["v4"], later * table["treat"]])
    against(conditional_poisson(table["y"], x, ("v4", "later:treat"), 0.1 * later, subject), "epilepsy")


def rows(seed: int, clusters: int, size: int, p: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(clusters), rng.integers(1, size + 1, clusters))
    x = rng.normal(size=(len(codes), p))
    eta = 0.6 * x[:, 0] + rng.normal(size=clusters)[codes]
    return (rng.random(len(codes)) < 1 / (1 + np.exp(-eta))).astype(float), x, codes


def over_all_subsets(y: np.ndarray, x: np.ndarray, codes: np.ndarray, beta: np.ndarray, offset: np.ndarray) -> float:
    total = 0.0
    for cluster in np.unique(codes):
        own = np.flatnonzero(codes == cluster)
        odds = np.exp(x[own] @ beta + offset[own])
        ways = combinations(range(len(own)), int(y[own].sum()))
        total += np.log(np.prod(odds[y[own] == 1])) - np.log(sum(np.prod(odds[list(way)]) for way in ways))
    return float(total)


@given(st.integers(0, 2**31), st.floats(-30, 30), st.floats(0.1, 3))
@settings(max_examples=15, deadline=None)
def test_every_way_in_which_events_may_fall_is_counted(seed: int, shift: float, tilt: float) -> None:
    """Value by all subsets, score and information by differences; a shift of a whole cluster changes nothing."""
    y, x, codes = rows(seed, 6, 9)
    kept = np.isin(codes, [c for c in range(6) if 0 < y[codes == c].sum() < (codes == c).sum()])
    if not kept.any():
        return
    y, x, codes = y[kept], x[kept], codes_of(codes[kept])
    offset = shift * np.cos(codes)
    surface = EventSums(y, x, offset, np.flatnonzero(np.append(True, np.diff(codes) != 0)))
    beta = np.array([tilt, -0.4])
    found = surface(beta)
    assert found.value == pytest.approx(over_all_subsets(y, x, codes, beta, offset), rel=1e-10, abs=1e-10)
    steps = 1e-5 * np.eye(2)
    slopes = [(surface(beta + step).value - surface(beta - step).value) / 2e-5 for step in steps]
    np.testing.assert_allclose(found.score, slopes, atol=1e-6, rtol=1e-6)
    bends = [(surface(beta - step).score - surface(beta + step).score) / 2e-5 for step in steps]
    np.testing.assert_allclose(found.information, bends, atol=1e-6, rtol=1e-6)


def test_binary_rows_are_those_of_statsmodels() -> None:
    """To the digits that its own search stops at."""
    from statsmodels.discrete.conditional_models import ConditionalLogit

    y, x, codes = rows(3, 40, 12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs: Any = ConditionalLogit(y, x, groups=codes).fit(disp=False)
    found = conditional_logit(y, x, ("a", "b"), None, codes)
    np.testing.assert_allclose((found.coefficients - theirs.params) / theirs.bse, 0, atol=1e-3)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), theirs.bse, rtol=1e-3)


def test_large_clusters_with_extreme_odds_neither_overflow_nor_lose_digits() -> None:
    """One covariate of two values: the number of events among its ones is Fisher's noncentral hypergeometric."""
    from scipy.stats import nchypergeom_fisher

    rng = np.random.default_rng(5)
    x = (np.arange(3_000) < 1_000).astype(float)
    y = (rng.random(3_000) < np.where(x == 1, 0.95, 0.3)).astype(float)
    surface = EventSums(y, x[:, None], np.full(3_000, 800.0), np.array([0]))
    for slope in (0.0, 3.8, 9.0):
        law = nchypergeom_fisher(3_000, 1_000, int(y.sum()), np.exp(slope))
        found = surface(np.array([slope]))
        assert found.score[0] == pytest.approx(y @ x - law.mean(), rel=1e-8, abs=1e-7)
        assert found.information[0, 0] == pytest.approx(law.var(), rel=1e-7)


@pytest.mark.parametrize("law", ["logit", "log"])
def test_the_order_of_rows_and_the_names_of_clusters_do_not_matter(law: str) -> None:
    y, x, codes = rows(7, 20, 8)
    fit = conditional_logit if law == "logit" else conditional_poisson
    one = fit(y, x, ("a", "b"), None, codes)
    order = np.random.default_rng(8).permutation(len(y))
    two = fit(y[order], x[order], ("a", "b"), None, (codes.max() - codes)[order])
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-9)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-9)
    assert (
        one.dropped
        == two.dropped
        == sum(len(set(y[codes == c])) == 1 if law == "logit" else not y[codes == c].any() for c in range(20))
    )


def test_what_cannot_be_had_is_said() -> None:
    y, x, codes = rows(9, 30, 10, 3)
    x[:, 1] = (y == 1) + codes  # within clusters it tells events from the rest; over all rows it does not
    with pytest.raises(ValueError, match="within clusters dose tells outcomes apart without a fault"):
        conditional_logit(y, x, ("age", "dose", "size"), None, codes)
    with pytest.raises(ValueError, match="no finite maximum: within clusters dose"):
        conditional_poisson(y, x, ("age", "dose", "size"), None, codes)
    with pytest.raises(ValueError, match="alike within every cluster"):
        conditional_logit((codes % 2).astype(float), x, ("age", "dose", "size"), None, codes)
    big = np.zeros(200_000, dtype=int)
    many = (np.arange(200_000) % 2).astype(float)
    assert work(np.array([200_000]), np.array([100_000]), 1) > MOST_WORK
    with pytest.raises(ValueError, match=r"up to 100000 events .* takes too long"):
        conditional_logit(many, np.arange(200_000.0)[:, None], ("age",), None, big)


def test_columns_that_say_nothing_within_clusters_have_no_coefficient() -> None:
    y, x, codes = rows(11, 30, 10, 4)
    x[:, 1] = codes
    x[:, 3] = 2 * x[:, 0] - codes
    found = conditional_logit(y, x, ("age", "ward", "dose", "double"), None, codes)
    assert found.kept.tolist() == [True, False, True, False]
    alone = conditional_logit(y, x[:, [0, 2]], ("age", "dose"), None, codes)
    np.testing.assert_allclose(found.coefficients, alone.coefficients, rtol=1e-12)

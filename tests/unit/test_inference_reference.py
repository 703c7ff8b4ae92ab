"""Reference laws: closed forms, and the weights of several variances against projection by simulation."""

import numpy as np
import pytest
from epiladder.inference.reference import (
    chi_square,
    nested_variance_correlation,
    one_more_effect,
    several_variances,
)
from scipy.optimize import nnls
from scipy.stats import chi2


def test_one_variance_from_none_halves_the_naive_p() -> None:
    law = one_more_effect(0, 0)
    assert str(law) == "0.5*chi2(0) + 0.5*chi2(1)"
    assert law.p_value(3.0) == pytest.approx(chi2.sf(3.0, 1) / 2)


def test_a_slope_beside_an_intercept() -> None:
    law = one_more_effect(1, 0)
    assert str(law) == "0.5*chi2(1) + 0.5*chi2(2)"
    assert law.p_value(42.139298542028) == pytest.approx(3.9611953079305e-10, rel=1e-9)


def test_fixed_effects_move_the_mixture_up() -> None:
    assert str(one_more_effect(0, 2)) == "0.5*chi2(2) + 0.5*chi2(3)"
    assert str(chi_square(3)) == "chi2(3)"


def test_a_statistic_of_zero_has_p_one() -> None:
    assert one_more_effect(0, 0).p_value(0.0) == 1.0
    assert chi_square(2).p_value(0.0) == 1.0


def test_small_p_values_are_not_lost() -> None:
    assert 0 < chi_square(1).p_value(900.0) < 1e-190


def test_nested_intercepts_of_ten_by_five_by_four() -> None:
    """The correlation and weights that the project's statistics page gives for 10 by 5 by 4."""
    correlation = nested_variance_correlation([np.full(10, 20.0), np.full(50, 4.0)])
    assert correlation[0, 1] == pytest.approx(-0.40, abs=0.005)
    weights = [weight for weight, _ in several_variances(correlation, 0).parts]
    assert weights == pytest.approx([0.315, 0.5, 0.185], abs=0.001)


@pytest.mark.parametrize("k", [2, 3])
def test_weights_against_projection_on_the_orthant(k: int) -> None:
    """Draw estimators at the null, project them on the non-negative orthant in their own metric, count what is left."""
    rng = np.random.default_rng(5)
    root = rng.normal(size=(k, k)) + 2 * np.eye(k)
    covariance = root @ root.T
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    metric = np.linalg.cholesky(np.linalg.inv(correlation)).T
    draws = rng.multivariate_normal(np.zeros(k), correlation, 20_000)
    counts = np.bincount([int((nnls(metric, metric @ draw)[0] > 1e-12).sum()) for draw in draws], minlength=k + 1)
    weights = np.array([weight for weight, _ in several_variances(correlation, 0).parts])
    error = np.sqrt(weights * (1 - weights) / 20_000)
    assert weights.sum() == pytest.approx(1)
    assert np.all(np.abs(counts / 20_000 - weights) < 4 * error + 1e-12)


def test_four_variances_have_no_closed_form() -> None:
    with pytest.raises(ValueError, match="no closed form"):
        several_variances(np.eye(4), 0)

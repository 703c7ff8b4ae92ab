"""Laplace and quadrature: exact gradients by differences, one node is Laplace, and integrals against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from epiladder.engine.laplace import Share, laplace
from epiladder.engine.nested_quadrature import NestedRule, Placement, nested_quadrature, placed
from epiladder.engine.quadrature import quadrature, rule
from epiladder.engine.response import (
    Density,
    binomial_cloglog,
    binomial_logit,
    binomial_probit,
    negative_binomial_log,
    poisson_log,
)
from epiladder.engine.stretch import Stretch, stretches
from hypothesis import given, settings
from hypothesis import strategies as st

DENSITIES = {
    "logit": binomial_logit,
    "probit": binomial_probit,
    "cloglog": binomial_cloglog,
    "poisson": poisson_log,
    "negative_binomial": negative_binomial_log,
}
LOWER = np.tril_indices(2)


def draw(name: str, seed: int, n_levels: int) -> list[Stretch]:
    """Three outer clusters (two levels) or twelve (one level), five rows each innermost; slopes of x everywhere."""
    rng = np.random.default_rng(seed)
    n_inner, n = 12, 5
    x = np.vstack([np.ones(n_inner * n), rng.normal(size=n_inner * n)])
    eta = np.array([0.3, 0.6]) @ x + np.repeat(rng.normal(size=n_inner), n)
    if name in ("poisson", "negative_binomial"):
        y = rng.poisson(np.exp(eta)).astype(float)
    else:
        y = rng.binomial(3, 1 / (1 + np.exp(-eta))).astype(float)
    rows = [np.arange(n_inner) * n, np.arange(3) * 4 * n][:n_levels]
    return stretches(y, 3.0, 0.1, 1.0, x, [x] * n_levels, rows)


def share(density: Density, parts: list[Stretch], place: np.ndarray, method: str) -> tuple[float, np.ndarray]:
    """Value and gradient in (beta, Lambda of each level, log dispersion)."""
    n_levels = len(parts[0].levels)
    factors = []
    for k in range(n_levels):
        factor = np.zeros((2, 2))
        factor[LOWER] = place[2 + 3 * k : 5 + 3 * k]
        factors.append(factor)
    dispersion = float(np.exp(place[-1]))
    value, gradient = 0.0, np.zeros(len(place))
    for part in parts:
        start = [np.zeros((2, len(level.rows))) for level in part.levels]

        def response_at(stretch: Stretch, eta: np.ndarray):
            return density(stretch.y, stretch.trials, eta, dispersion)

        fixed = place[:2] @ part.x + part.offset
        found: Share = (
            laplace(part, response_at, fixed, factors, start)
            if method == "laplace"
            else quadrature(part, response_at, fixed, factors, start, rule(int(method), 2))
        )
        value += found.value
        gradient += np.concatenate([found.beta, *(slope[LOWER] for slope in found.factors), [found.dispersion]])
    return value, gradient


@pytest.mark.parametrize("name", sorted(DENSITIES))
@pytest.mark.parametrize(("method", "n_levels"), [("laplace", 1), ("laplace", 2), ("1", 1), ("4", 1), ("7", 1)])
def test_gradients_are_exact(name: str, method: str, n_levels: int) -> None:
    parts = draw(name, 3, n_levels)
    place = np.array([*[0.2, 0.5, 0.8, -0.2, 0.5, 0.6, 0.3, 0.4, 0.3][: 2 + 3 * n_levels], 0.3])
    _, gradient = share(DENSITIES[name], parts, place, method)
    steps = 1e-5 * np.eye(len(place))
    values = [[share(DENSITIES[name], parts, place + sign * step, method)[0] for sign in (1, -1)] for step in steps]
    differences = [(high - low) / 2e-5 for high, low in values]
    np.testing.assert_allclose(gradient, differences, atol=2e-7, rtol=1e-7)


@given(st.sampled_from(sorted(DENSITIES)), st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_one_node_is_laplace(name: str, seed: int) -> None:
    parts = draw(name, seed, 1)
    place = np.array([0.2, 0.5, 0.8, -0.2, 0.5, 0.3])
    one, two = share(DENSITIES[name], parts, place, "laplace"), share(DENSITIES[name], parts, place, "1")
    assert one[0] == pytest.approx(two[0], rel=1e-12)
    np.testing.assert_allclose(one[1], two[1], atol=1e-8)


@pytest.mark.parametrize("name", sorted(DENSITIES))
def test_quadrature_is_the_integral(name: str) -> None:
    """Two correlated effects a cluster, integrated on a dense grid."""
    (part,) = draw(name, 5, 1)
    place = np.array([0.2, 0.5, 0.8, -0.2, 0.5, 0.3])
    factor = np.zeros((2, 2))
    factor[LOWER] = place[2:5]
    grid = np.linspace(-8, 8, 161)
    effects = np.stack(np.meshgrid(grid, grid, indexing="ij")).reshape(2, -1)
    total = 0.0
    for j, low in enumerate(part.levels[0].rows):
        rows = slice(low, low + part.levels[0].sizes[j])
        eta = (place[:2] @ part.x[:, rows] + part.offset)[:, None] + part.z[0][:, rows].T @ (factor @ effects)
        y = np.broadcast_to(part.y[rows, None], eta.shape)
        density = DENSITIES[name](y.ravel(), 3.0, eta.ravel(), float(np.exp(place[-1]))).density().reshape(eta.shape)
        height = density.sum(axis=0) - 0.5 * (effects**2).sum(axis=0) - np.log(2 * np.pi)
        total -= np.log(np.exp(height).sum() * (grid[1] - grid[0]) ** 2)
    assert share(DENSITIES[name], [part], place, "25")[0] == pytest.approx(total, abs=1e-6)


def nested(name: str, part: Stretch, place: np.ndarray, nodes: int, placement: Placement | None) -> tuple:
    """Value and gradient of nested quadrature in (beta, Lambda of both levels, log dispersion), and the placement."""
    factors = []
    for k in range(2):
        factor = np.zeros((2, 2))
        factor[LOWER] = place[2 + 3 * k : 5 + 3 * k]
        factors.append(factor)
    start = [np.zeros((2, len(level.rows))) for level in part.levels]

    def response_at(stretch: Stretch, eta: np.ndarray):
        return DENSITIES[name](stretch.y, stretch.trials, eta, float(np.exp(place[-1])))

    fixed = place[:2] @ part.x + part.offset
    placement = placement or placed(part, response_at, fixed, factors, start)
    both = NestedRule(rule(nodes, 2), rule(nodes, 2), (placement,))
    found = nested_quadrature(part, response_at, fixed, factors, start, both, placement)
    gradient = np.concatenate([found.beta, *(slope[LOWER] for slope in found.factors), [found.dispersion]])
    return found.value, gradient, placement


NESTED = np.array([0.2, 0.5, 0.8, -0.2, 0.5, 0.6, 0.3, 0.4, 0.3])


@pytest.mark.parametrize("name", sorted(DENSITIES))
def test_nested_gradients_are_exact(name: str) -> None:
    (part,) = draw(name, 3, 2)
    _, gradient, placement = nested(name, part, NESTED, 3, None)
    for i, step in enumerate(1e-5 * np.eye(len(NESTED))):
        high, low = (nested(name, part, NESTED + sign * step, 3, placement)[0] for sign in (1, -1))
        assert gradient[i] == pytest.approx((high - low) / 2e-5, abs=2e-7, rel=1e-7)


@pytest.mark.parametrize("name", sorted(DENSITIES))
def test_nested_quadrature_with_one_node_is_laplace(name: str) -> None:
    parts = draw(name, 4, 2)
    place = np.append(NESTED[:8], NESTED[8])
    assert nested(name, parts[0], place, 1, None)[0] == pytest.approx(
        share(DENSITIES[name], parts, place, "laplace")[0], rel=1e-12
    )


def test_nested_quadrature_is_the_integral() -> None:
    """Random intercepts at two levels, integrated on a dense grid inside a dense grid."""
    (part,) = draw("logit", 6, 2)
    place = np.array([0.2, 0.5, 1.1, 0.0, 0.0, 0.8, 0.0, 0.0, 0.0])
    grid = np.linspace(-8, 8, 401)
    weight = np.exp(-0.5 * grid**2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])
    fixed = place[:2] @ part.x + part.offset
    outer_of_inner = part.levels[0].ancestors[0]
    by_outer = np.zeros((3, len(grid)))
    for j, low in enumerate(part.levels[0].rows):
        rows = slice(low, low + part.levels[0].sizes[j])
        eta = fixed[rows, None, None] + place[2] * grid[None, :, None] + place[5] * grid[None, None, :]
        y = np.broadcast_to(part.y[rows, None, None], eta.shape)
        density = binomial_logit(y.ravel(), 3.0, eta.ravel(), 1.0).density().reshape(eta.shape).sum(axis=0)
        by_outer[outer_of_inner[j]] += np.log(weight @ np.exp(density))
    total = -np.log(np.exp(by_outer) @ weight).sum()
    assert nested("logit", part, place, 25, None)[0] == pytest.approx(total, abs=1e-6)


@pytest.mark.parametrize("name", sorted(DENSITIES))
def test_derivatives_of_densities(name: str) -> None:
    eta = np.linspace(-5, 3.5, 18)
    y = np.tile([0.0, 1.0, 3.0], 6)
    found = [DENSITIES[name](y, 3.0, eta + h, 1.7) for h in (0.0, 1e-5, -1e-5)]
    at = [{"density": r.density(), "slope": r.slope, "curvature": r.curvature, "third": r.third()} for r in found]
    for lower, higher, sign in (("density", "slope", 1), ("slope", "curvature", -1), ("curvature", "third", 1)):
        difference = (at[1][lower] - at[2][lower]) / 2e-5
        np.testing.assert_allclose(sign * at[0][higher], difference, atol=2e-8, rtol=1e-7)

"""Laplace's approximation judged at its optimum: what one step of quadrature foresees, beside what quadrature finds."""

from __future__ import annotations

import numpy as np
import pytest
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, Approximation, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.engine.result import Adequacy, Estimates
from epiladder.engine.trust import laplace_caution

INTERCEPT = (("(Intercept)",),)
NODES = Approximation("quadrature", 15)


def fits(
    seed: int, sizes: tuple[int, ...], base: float, spreads: tuple[float, ...], nodes: Approximation | None = NODES
) -> tuple[Estimates, Estimates | None]:
    """By Laplace, judged, and by quadrature. sizes: clusters of each level in one of the level outside, then rows."""
    rng = np.random.default_rng([31, seed])
    rows = np.arange(int(np.prod(sizes)))
    codes = [rows // int(np.prod(sizes[k + 1 :])) for k in range(len(spreads))]
    columns = {"(Intercept)": np.ones(len(rows)), "x": rng.normal(size=len(rows))}
    eta = base + 0.5 * columns["x"]
    for code, spread in zip(codes, spreads, strict=True):
        eta = eta + spread * rng.normal(size=code[-1] + 1)[code]
    y = (rng.random(len(rows)) < 1 / (1 + np.exp(-eta))).astype(float)
    starts, names = rows[:: sizes[-1]], ["outermost", "outer", "inner"][-len(spreads) :]
    cross = crossproducts([*columns, "y"], [*columns.values(), y], starts, names, [code[starts] for code in codes])
    model = Model("y", tuple(columns), tuple(RandomColumns(name, INTERCEPT) for name in names))
    outcome = make_outcome("binomial", "logit", y)
    laplace = fit_general(cross, model, columns, outcome, LAPLACE, judged=True)
    return laplace, fit_general(cross, model, columns, outcome, nodes) if nodes else None


def spread(fit: Estimates, level: int = -1) -> float:
    return float(np.sqrt(fit.levels[level].covariance[0, 0]))


CASES = {
    "rare events": ((100, 40), -5.5, (0.7,)),
    "tiny clusters": ((80, 3), -0.5, (1.5,)),
    "dense": ((60, 40), -0.5, (1.2,)),
    "three levels, tiny": ((40, 8, 3), -0.5, (1.0, 1.5)),
    "three levels, rare": ((40, 10, 20), -4.5, (0.7, 0.5)),
    "three levels, dense": ((40, 5, 20), -0.5, (0.7, 0.7)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_step_foresees_where_quadrature_ends(name: str) -> None:
    """Most of the way from Laplace's standard deviations to quadrature's."""
    laplace, truth = fits(4, *CASES[name], nodes=Approximation("quadrature", 9 if "three" in name else 15))
    found = laplace.adequacy
    assert isinstance(found, Adequacy)
    assert isinstance(truth, Estimates)
    for level, foreseen in enumerate(found.foreseen):
        missed, left = abs(spread(truth, level) - spread(laplace, level)), abs(spread(truth, level) - foreseen[0])
        assert left < max(0.3 * missed, 0.02)
    assert (laplace_caution(laplace) is None) == ("dense" in name)


def test_rare_events_are_cautioned_where_laplace_misses_and_nowhere_else() -> None:
    """Ten studies of 4,000 rows with one event in 130 or so, ten with one in four."""
    missed, cautioned = [], []
    for seed in range(20):
        laplace, truth = fits(seed, (100, 40), -5.5 if seed < 10 else -1.2, (0.7,))
        assert truth is not None
        missed.append(abs(spread(truth) - spread(laplace)) / spread(laplace) if spread(laplace) > 0 else 0.0)
        cautioned.append(laplace_caution(laplace) is not None)
    assert sum(miss > 0.1 for miss in missed[:10]) >= 5
    assert all(said for miss, said in zip(missed, cautioned, strict=True) if miss > 0.1)
    assert not any(said for miss, said in zip(missed, cautioned, strict=True) if miss < 0.03)
    assert not any(cautioned[10:])


def test_levels_that_quadrature_cannot_nest_are_judged_one_by_one() -> None:
    tiny, _ = fits(6, (15, 4, 4, 3), -0.5, (0.7, 0.7, 1.5), nodes=None)
    dense, _ = fits(6, (15, 4, 4, 40), -0.5, (0.7, 0.7, 0.7), nodes=None)
    assert "between clusters of inner would be" in (laplace_caution(tiny) or "")
    assert "`approximation: auto`" not in (laplace_caution(tiny) or "")
    assert laplace_caution(dense) is None


def test_the_caution_gives_the_numbers() -> None:
    laplace, _ = fits(1, *CASES["rare events"], nodes=None)
    said = laplace_caution(laplace) or ""
    found = laplace.adequacy
    assert found is not None
    assert f"would be {found.foreseen[0][0]:.3g} in place of {spread(laplace):.3g}" in said
    assert "`approximation: auto`" in said


def test_what_quadrature_cannot_reach_is_said() -> None:
    """Seven effects a cluster: no product rule of three nodes a dimension has few enough places."""
    rng = np.random.default_rng(5)
    names = ("(Intercept)", *"abcdef")
    columns = {name: rng.normal(size=900) for name in names} | {"(Intercept)": np.ones(900)}
    y = rng.poisson(np.exp(1 + 0.3 * np.repeat(rng.normal(size=30), 30))).astype(float)
    starts = np.arange(0, 900, 30)
    cross = crossproducts([*columns, "y"], [*columns.values(), y], starts, ["ward"], [starts])
    model = Model("y", names, (RandomColumns("ward", tuple((name,) for name in names)),))
    fit = fit_general(cross, model, columns, make_outcome("poisson", "log", y), LAPLACE, judged=True)
    assert fit.adequacy is None
    assert "could not be judged" in (laplace_caution(fit) or "")

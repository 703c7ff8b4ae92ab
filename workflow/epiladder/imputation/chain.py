"""The chained equations: each incomplete variable in turn, given all the others, round after round.

Van Buuren (2018, chapters 4 and 7) for the method; Resche-Rigon and White (2018) for clusters. Variables are visited
from the one with the fewest gaps to the one with the most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from epiladder.imputation.models import Model, Visit
from epiladder.imputation.nest import Nest
from epiladder.imputation.predictors import Asked, asked, matrix, of_scatter, predictors
from epiladder.imputation.slopes import Slope
from epiladder.imputation.variable import OUTCOME, Variable

if TYPE_CHECKING:
    from epiladder.study.plan import Plan


@dataclass(frozen=True)
class Chain:
    """completed: values of every variable at its level. traces: after each round, a summary of each one's imputed

    values: mean and standard deviation of a number, the share of each category but the first. left_out: predictors of
    each for which there were too few clusters.
    """

    completed: dict[str, np.ndarray]
    traces: dict[str, dict[str, list[float]]]
    left_out: dict[str, list[str]]


def run(plan: Plan, variables: list[Variable], nest: Nest, rng: np.random.Generator, rounds: int) -> Chain:
    """One chain from values drawn among those seen to completed variables."""
    state = {one.name: _begun(rng, one) for one in variables}
    incomplete = sorted((one for one in variables if one.gaps.any()), key=lambda one: int(one.gaps.sum()))
    wanted = {one.name: asked(plan, one.name) for one in incomplete}
    outcome = next(one for one in variables if one.name == OUTCOME)
    models = {one.name: _model(one, outcome, nest, wanted[one.name]) for one in incomplete}
    traces: dict[str, dict[str, list[float]]] = {one.name: {} for one in incomplete}
    left_out: dict[str, list[str]] = {}
    for _ in range(rounds):
        for one in incomplete:
            columns, left = predictors(one, variables, state, nest, wanted[one.name])
            left_out[one.name] = left
            codes = [nest.ancestors(one.level, outer) for outer in range(one.level)]
            sizes = [nest.size(outer) for outer in range(one.level)]
            partners = of_scatter(one, variables, state, nest, wanted[one.name])
            drawn = models[one.name].draw(rng, Visit(matrix(one, columns, nest), codes, sizes, partners))
            state[one.name] = one.values.copy()
            state[one.name][one.gaps] = drawn
            for key, value in _summary(one, drawn).items():
                traces[one.name].setdefault(key, []).append(value)
    return Chain(state, traces, {name: left for name, left in left_out.items() if left})


def _begun(rng: np.random.Generator, one: Variable) -> np.ndarray:
    """Gaps filled with values drawn among those seen."""
    values = one.values.copy()
    values[one.gaps] = rng.choice(one.seen, int(one.gaps.sum())) if one.gaps.any() else values[one.gaps]
    return values


def _model(one: Variable, outcome: Variable, nest: Nest, wanted: Asked) -> Model:
    """Slopes of the outcome where the plan lets those of the variable vary, of the units' variables alone."""
    if one.level < nest.units or one.kind == "category":
        return Model(one)
    column = outcome.columns(outcome.values)[0]
    return Model(one, [Slope(column, nest.codes[level]) for level in wanted.slopes])


def _summary(one: Variable, drawn: np.ndarray) -> dict[str, float]:
    if one.kind == "number":
        return {"mean": float(drawn.mean()), "sd": float(drawn.std())}
    shares = enumerate(one.categories[1:], start=1)
    return {f"share of {category}": float((drawn == k).mean()) for k, category in shares}

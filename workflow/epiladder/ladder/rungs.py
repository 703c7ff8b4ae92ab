"""The rungs: each a function from the specs below to its own; its docstring is the report's sentence about it.

A new rung is one function and one entry in `RUNGS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from epiladder.design.spec import INTERCEPT, RandomPart, Spec

if TYPE_CHECKING:
    from epiladder.study.config import Plan
    from epiladder.study.terms import Terms

Below = dict[str, Spec]


def single_level_null(plan: Plan, terms: Terms, below: Below) -> list[Spec]:
    """The mean alone, as if the rows were independent."""
    return [Spec("single_level.null", str(plan.outcome.events or plan.outcome.variable), (INTERCEPT,))]


def single_level(plan: Plan, terms: Terms, below: Below) -> list[Spec]:
    """Complete pooling: all covariates, no random effects; ordinary regression."""
    covariates = [term for _, block in terms.blocks for term in block]
    return (
        [replace(below["single_level.null"], rung="single_level", fixed=(INTERCEPT, *covariates))] if covariates else []
    )


def null(plan: Plan, terms: Terms, below: Below) -> list[Spec]:
    """No covariates, and a random intercept at every level: how much of the variation lies between clusters."""
    parts = tuple(RandomPart(level.name, ((INTERCEPT,),)) for level in plan.levels)
    return [replace(below["single_level.null"], rung="null", random=parts)]


def random_intercept(plan: Plan, terms: Terms, below: Below) -> list[Spec]:
    """The covariates beside the random intercepts: clusters differ in level, and effects are the same in all."""
    specs, spec = [], below["null"]
    for name, block in terms.blocks:
        rung = "random_intercept" if name is None else f"random_intercept.{name}"
        spec = replace(spec, rung=rung, fixed=(*spec.fixed, *block))
        specs.append(spec)
    return specs


def random_slope(plan: Plan, terms: Terms, below: Below) -> list[Spec]:
    """Effects that may differ between clusters: a random slope for each that the plan names."""
    if not terms.slopes:
        return []
    spec = _last(below)
    parts = []
    for part in spec.random:
        together = [slope.of for slope in terms.slopes if slope.over == part.level and slope.correlated]
        apart = [(slope.of,) for slope in terms.slopes if slope.over == part.level and not slope.correlated]
        parts.append(RandomPart(part.level, ((*part.blocks[0], *together), *apart)))
    return [replace(spec, rung="random_slope", random=tuple(parts))]


def cross_level(plan: Plan, terms: Terms, below: Below) -> list[Spec]:
    """Products across levels: does a characteristic of the cluster change an effect within it."""
    spec = _last(below)
    return [replace(spec, rung="cross_level", fixed=(*spec.fixed, *terms.cross_level))] if terms.cross_level else []


def _last(below: Below) -> Spec:
    return list(below.values())[-1]


RUNGS: tuple[Callable[[Plan, Terms, Below], list[Spec]], ...] = (
    single_level_null,
    single_level,
    null,
    random_intercept,
    random_slope,
    cross_level,
)

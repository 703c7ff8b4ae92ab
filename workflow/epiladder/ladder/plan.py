"""The ladder of a plan: the fold of the rungs, and the pairs of rungs that are compared."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from epiladder.design.spec import Spec
from epiladder.ladder.rungs import RUNGS

if TYPE_CHECKING:
    from epiladder.study.config import Plan


def ladder(plan: Plan) -> tuple[Spec, ...]:
    """The specs that a plan asks for, in the ladder's order."""
    from epiladder.study.terms import resolve

    terms = resolve(plan)
    below: dict[str, Spec] = {}
    for rung in RUNGS:
        below.update({spec.rung: spec for spec in rung(plan, terms, below)})
    return tuple(below.values())


def sentence(rung: str) -> str:
    """The report's sentence about a rung: its function's docstring."""
    name = "single_level_null" if rung == "single_level.null" else rung.partition(".")[0]
    function = next(function for function in RUNGS if function.__name__ == name)
    return " ".join((function.__doc__ or "").split())


def pairs(rungs: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(smaller, larger) of every comparison, among the rungs that a plan makes.

    Is there clustering; is there any left beside the covariates; each block in order; the slopes; the products.
    """
    intercepts = [rung for rung in rungs if rung.partition(".")[0] == "random_intercept"]
    climb = ["null", *intercepts, *(rung for rung in ("random_slope", "cross_level") if rung in rungs)]
    found = [("single_level.null", "null")]
    if "single_level" in rungs and intercepts:
        found.append(("single_level", intercepts[-1]))
    return (*found, *pairwise(climb))

"""A design with some covariates set to a value in every row: which columns move, and how products follow.

A product's column is the product of its factors' columns, whatever the categories are called; a factor that is a
transformation cannot be moved from the design alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from epiladder.design.spec import INTERCEPT
from epiladder.study.terms import known_names, parse_term

if TYPE_CHECKING:
    from epiladder.design.load import Designed
    from epiladder.study.config import Plan

TRANSFORMED = "it enters through a transformation, which cannot be set to a value from the design alone"


@dataclass(frozen=True)
class Makeup:
    """factors: of each column the factor columns whose product it is. variables: of each plain factor column its
    variable's name. transformed: names of variables that stand in a transformation.
    """

    factors: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, str]
    transformed: frozenset[str]


def makeup(plan: Plan, designed: Designed, rung: str) -> Makeup:
    """How the fixed columns of a rung are made."""
    of_term, known = designed.stored["terms"], known_names(plan)
    factors: dict[str, tuple[str, ...]] = {INTERCEPT: ()}
    variables: dict[str, str] = {}
    transformed: set[str] = set()
    for term in designed.spec(rung).fixed:
        if term == INTERCEPT:
            continue
        parts = parse_term(term, known).factors
        made = list(product(*(of_term[factor.text] for factor in parts)))  # main effects are always there
        factors.update(zip(of_term[term], made, strict=True))
        for factor in parts:
            if factor.is_plain:
                variables.update(dict.fromkeys(of_term[factor.text], factor.names[0]))
            else:
                transformed |= set(factor.names)
    return Makeup(factors, variables, frozenset(transformed))


def moved(makeup: Makeup, columns: Mapping[str, np.ndarray], to: Mapping[str, float]) -> dict[str, np.ndarray]:
    """The columns with factor columns set to values in every row; those that no set factor enters are as they were."""
    n = len(columns[INTERCEPT])
    set_to = {name: np.full(n, value) for name, value in to.items()}
    found = dict(columns)
    for name, factors in makeup.factors.items():
        if set_to.keys() & set(factors):
            values = np.ones(n)
            for factor in factors:
                values = values * (set_to[factor] if factor in set_to else columns[factor])
            found[name] = values
    return found

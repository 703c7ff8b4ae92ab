"""The design of a study: every column that its ladder uses, expanded once, and their cross-products by cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from epiladder.design.crossproducts import Crossproducts, cluster_starts, crossproducts
from epiladder.design.outcome import OutcomeValues, outcome_values
from epiladder.design.spec import INTERCEPT
from epiladder.design.terms import Columns, expand

if TYPE_CHECKING:
    import pandas as pd

    from epiladder.study.config import Plan


@dataclass(frozen=True)
class Design:
    """fixed: columns of the largest fixed part. slopes: (level, column) of random slopes. of_term: terms to columns."""

    outcome: OutcomeValues
    levels: tuple[str, ...]
    columns: Columns
    of_term: dict[str, tuple[str, ...]]
    fixed: list[str]
    slopes: list[tuple[str, str]]
    crossproducts: Crossproducts


def build_design(plan: Plan, rows: pd.DataFrame) -> Design:
    """Centre, expand and multiply. `rows`: valid rows sorted by cluster, outermost first; raises DataError in words."""
    from epiladder.study.centring import centre
    from epiladder.study.terms import resolve

    terms = resolve(plan)
    fixed_terms = [term for _, block in terms.blocks for term in block] + list(terms.cross_level)
    slope_terms = [slope.of for slope in terms.slopes]
    expansion = expand(plan, centre(plan, rows), dict.fromkeys([*fixed_terms, *slope_terms]))
    outcome = outcome_values(plan, rows)
    levels = tuple(level.name for level in plan.levels)
    starts = cluster_starts([rows[level].to_numpy() for level in levels])
    columns = {**expansion.columns, outcome.name: outcome.y}
    labels = [rows[level].to_numpy()[starts] for level in levels]
    cross = crossproducts(list(columns), list(columns.values()), starts, levels, labels, outcome.weights)
    fixed = [INTERCEPT, *(name for term in fixed_terms for name in expansion.of_term[term])]
    slopes = [(slope.over, name) for slope in terms.slopes for name in expansion.of_term[slope.of]]
    return Design(outcome, levels, columns, expansion.of_term, list(dict.fromkeys(fixed)), slopes, cross)

"""Within, between and contextual effects of covariates centred within clusters whose means stand beside them.

Within: the coefficient of the deviation. Between clusters of a level: the sum of the coefficients of the means from the
innermost level to this one. Contextual: between less the effect inside it, with its test (Mundlak 1978; Enders and
Tofighi 2007; Bell, Fairbrother and Jones 2019).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from epiladder.inference.contrast import contrast
from epiladder.study.terms import is_split, mean_columns

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]
SOURCES = ("mundlak1978", "enders2007", "bell2019")
METHOD = "contrast of fixed effects; the degrees of freedom are the fewest among its terms"


def contextual_effects(plan: Plan, rung: str, estimate: Mapping[str, Any]) -> list[Record]:
    """One row an effect: rung variable effect (within, between, contextual) level and the coefficient's keys."""
    present = {row["term"] for row in estimate["fixed"]}
    rows = []
    for name, variable in plan.variables.items():
        within = f"{name}.within"
        means = {level: column for column, level in mean_columns(plan, name) if column in present}
        if not is_split(variable) or within not in present or not means:
            continue
        rows += _effects(plan, rung, estimate, name, within, means)
    return rows


def _effects(
    plan: Plan, rung: str, estimate: Mapping[str, Any], name: str, within: str, means: dict[str, str]
) -> list[Record]:
    inside: dict[str, float] = {within: 1.0}
    rows = [_row(plan, rung, estimate, name, "within", plan.levels[-1].name, inside)]
    between: dict[str, float] = {}
    for level in reversed([level.name for level in plan.levels if level.name in means]):
        between = {**between, means[level]: 1.0}
        rows.append(_row(plan, rung, estimate, name, "between", level, between))
        apart = {term: between.get(term, 0.0) - inside.get(term, 0.0) for term in {**between, **inside}}
        rows.append(_row(plan, rung, estimate, name, "contextual", level, apart))
        inside = between
    return rows


def _row(
    plan: Plan, rung: str, estimate: Mapping[str, Any], name: str, effect: str, level: str, weights: dict[str, float]
) -> Record:
    found = contrast(estimate, weights, plan.inference.confidence)
    met = sorted({row["term"] for row in estimate["fixed"] if ":" in row["term"] and _meets(row["term"], weights)})
    head = {"rung": rung, "variable": name, "effect": effect, "level": level, "at_zero_of": met}
    return {**head, **found.__dict__, "method": METHOD, "references": list(SOURCES)}


def _meets(product: str, weights: Mapping[str, float]) -> bool:
    return any(f":{term}:" in f":{product}:" for term, weight in weights.items() if weight)

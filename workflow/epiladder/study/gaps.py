"""Gaps: which empty cells a plan has imputed, which columns a row must have all the same, and what contradicts that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from epiladder.study.faults import Fault
from epiladder.study.imputation import MULTIPLE
from epiladder.study.plan import Plan
from epiladder.study.roles import roles
from epiladder.study.terms import columns_needed

if TYPE_CHECKING:
    import pandas as pd


def imputes(plan: Plan) -> bool:
    """Whether empty cells of covariates are imputed."""
    return plan.data.missing == MULTIPLE


def data_sets(plan: Plan) -> tuple[int, ...]:
    """The numbers of the imputed data sets, from 1; none where nothing is imputed."""
    return tuple(range(1, plan.data.imputation.number + 1)) if plan.data.imputation else ()


def not_imputed(plan: Plan) -> tuple[str, ...]:
    """Columns without which a row is left out even then: ids of levels, and what the outcome is made of."""
    return tuple(dict.fromkeys([*(level.id for level in plan.levels), *roles(plan)]))


def may_have_gaps(plan: Plan) -> tuple[str, ...]:
    """Columns that rungs read and whose empty cells are imputed."""
    kept = not_imputed(plan)
    return tuple(name for name in columns_needed(plan) if name not in kept) if imputes(plan) else ()


def without_gaps(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that are complete: all of them, unless empty cells are to be imputed."""
    return rows.dropna(subset=list(may_have_gaps(plan))) if imputes(plan) else rows


def imputation_faults(plan: Plan) -> Iterator[Fault]:
    """What contradicts the way in which empty cells are treated."""
    if not imputes(plan):
        if plan.data.imputation is not None:
            yield Fault(
                ("data", "imputation"), "belongs to `missing: multiple_imputation`; write that, or leave it out"
            )
        return
    if plan.data.weights is not None:
        yield Fault(
            ("data", "weights"),
            "a row that stands for several units cannot be imputed as one; write a row for each unit, or take "
            "`missing: complete_case`",
        )
    if plan.ladder.retain.rule in ("aic", "bic"):
        yield Fault(
            ("ladder", "retain", "rule"),
            "information criteria are not pooled over imputed data sets; use `preset` or `lrt`",
        )

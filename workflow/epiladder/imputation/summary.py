"""What was imputed, by variable, over all data sets: how many cells, by which model, and how the chains went.

The potential scale reduction compares the chains of the data sets with each other over the later half of the rounds
(Gelman and Rubin 1992, Statistical Science 7, 457-472); one means that they have mixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.imputation.predictors import asked

if TYPE_CHECKING:
    from epiladder.study.plan import Plan

Record = dict[str, Any]
MODELS = {"number": "linear", "binary": "probit", "category": "multinomial probit"}


def imputation_record(plan: Plan, accounting: Record, chains: Sequence[Record]) -> Record:
    """imputation.json. accounting: the study's, which counts the gaps; chains: one for each data set."""
    assert plan.data.imputation is not None
    return {
        "study": plan.id,
        "number": len(chains),
        "iterations": plan.data.imputation.iterations,
        "seed": plan.inference.seed,
        "variables": [_variable(plan, cells, chains) for cells in accounting["cells_imputed"]],
    }


def _variable(plan: Plan, cells: Record, chains: Sequence[Record]) -> Record:
    name = cells["column"]
    levels = [level.name for level in plan.levels]
    outer = levels[: levels.index(cells["level"])] if cells["level"] in levels else levels
    wanted = asked(plan, name)
    sloped = wanted.slopes if cells["level"] not in levels and kind(plan, name) != "category" else ()
    return {
        **cells,
        "model": MODELS[kind(plan, name)],
        "random_intercepts": outer,
        "random_slopes": [levels[k] for k in sloped],
        "products_with": list(wanted.partners),
        "residual_variance_by": list(wanted.around) if kind(plan, name) == "number" else [],
        "left_out": chains[0]["left_out"].get(name, []),
        "traces": {key: _trace(key, name, chains) for key in chains[0]["traces"].get(name, {})},
    }


def kind(plan: Plan, name: str) -> str:
    """The kind of model that imputes a variable: of a number, of two categories, or of more."""
    variable = plan.variables[name]
    if variable.type == "boolean" or len(variable.categories) == 2:
        return "binary"
    return "category" if variable.type == "category" else "number"


def _trace(key: str, name: str, chains: Sequence[Record]) -> Record:
    """By round: the mean over data sets, the smallest and the largest; and how far the chains have mixed."""
    values = np.array([chain["traces"][name][key] for chain in chains])
    return {
        "mean": values.mean(axis=0).tolist(),
        "lowest": values.min(axis=0).tolist(),
        "highest": values.max(axis=0).tolist(),
        "scale_reduction": scale_reduction(values[:, values.shape[1] // 2 :]),
    }


def scale_reduction(chains: np.ndarray) -> float | None:
    """The potential scale reduction of chains (m, n); None where there are too few rounds, or nothing moves."""
    n = chains.shape[1]
    if n < 2:
        return None
    within, between = float(chains.var(axis=1, ddof=1).mean()), float(chains.mean(axis=1).var(ddof=1))
    return float(np.sqrt((n - 1) / n + between / within)) if within > 0 else None

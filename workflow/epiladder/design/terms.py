"""Terms become columns: variables, categories as indicators, products, and transformations through formulaic.

Indicators are treatment contrasts against the plan's first category and are named `x[category]`; a product's columns
are named in the plan's order, `a:b`. formulaic is imported only where a term is a transformation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from epiladder.design.spec import INTERCEPT
from epiladder.errors import DataError
from epiladder.study.names import listing
from epiladder.study.terms import Factor, parse_term

if TYPE_CHECKING:
    import pandas as pd

    from epiladder.study.config import Plan

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Expansion:
    """columns: name to values (N,), the intercept first. of_term: each term's column names, in order."""

    columns: Columns
    of_term: dict[str, tuple[str, ...]]


def expand(plan: Plan, frame: pd.DataFrame, terms: Iterable[str]) -> Expansion:
    """Expand terms over rows (centred as the plan says). Raises DataError where a transformation cannot be had."""
    columns: Columns = {INTERCEPT: np.ones(len(frame))}
    of_term: dict[str, tuple[str, ...]] = {INTERCEPT: (INTERCEPT,)}
    known: dict[str, Columns] = {}
    for term in terms:
        parts = []
        for factor in parse_term(term).factors:
            if factor.text not in known:
                known[factor.text] = _factor_columns(plan, frame, factor)
            parts.append(known[factor.text])
        made = _products(parts)
        columns.update({name: values for name, values in made.items() if name not in columns})
        of_term[term] = tuple(made)
    return Expansion(columns, of_term)


def _products(parts: list[Columns]) -> Columns:
    if len(parts) == 1:
        return parts[0]
    made = {}
    for names in product(*parts):
        values = parts[0][names[0]]
        for part, name in zip(parts[1:], names[1:], strict=True):
            values = values * part[name]
        made[":".join(names)] = values
    return made


def _factor_columns(plan: Plan, frame: pd.DataFrame, factor: Factor) -> Columns:
    if not factor.is_plain:
        return _transformed(plan, frame, factor)
    name = factor.names[0]
    variable = plan.variables.get(name)
    if variable is not None and variable.type == "category":
        codes = frame[name].cat.codes.to_numpy()
        categories = frame[name].cat.categories
        return {f"{name}[{category}]": (codes == i).astype(float) for i, category in enumerate(categories) if i}
    if variable is not None and variable.type == "boolean":
        return {f"{name}[true]": frame[name].to_numpy(dtype=float)}
    return {name: frame[name].to_numpy(dtype=float)}


def _is_centred(plan: Plan, name: str) -> bool:
    return name in plan.variables and plan.variables[name].centre == "grand_mean"


def _transformed(plan: Plan, frame: pd.DataFrame, factor: Factor) -> Columns:
    """A transformation by formulaic, named as written; several columns are numbered from one."""
    from formulaic import model_matrix

    try:
        with np.errstate(all="ignore"):  # what is not finite is told below, in the study's words
            matrix = model_matrix(f"0 + {factor.text}", frame, na_action="ignore")
    except Exception as error:
        reason = (
            str(error.__cause__ or error).splitlines()[0] if str(error.__cause__ or error) else type(error).__name__
        )
        raise DataError(
            f"ladder: the term `{factor.text}` cannot be computed from the data ({reason}). "
            f"Mend the transformation, or compute the variable before and name it in the plan."
        ) from None
    values = np.asarray(matrix, dtype=float)
    if not np.isfinite(values).all():
        rows = int((~np.isfinite(values)).any(axis=1).sum())
        centred = [name for name in factor.names if name.endswith(".within") or _is_centred(plan, name)]
        because = f" It reads deviations of {listing(centred)} from a mean (`centre`)." if centred else ""
        raise DataError(
            f"ladder: the term `{factor.text}` has no finite value in {rows} of {len(values)} rows.{because} "
            f"Give its variable a range in which the transformation exists (`min:`, `max:`)."
        )
    if values.shape[1] == 1:
        return {factor.text: values[:, 0]}
    return {f"{factor.text}[{i + 1}]": values[:, i] for i in range(values.shape[1])}

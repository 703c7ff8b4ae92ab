"""Standard practice beside the ladder: ordinary, cluster-robust, GEE and fixed-effects regression, per coefficient.

Each is fitted with the fixed part of a rung, so that a coefficient means the same in every row, and its standard error
is set beside the mixed model's. statsmodels does most of the fitting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.load import Designed
from epiladder.design.outcome import OFFSET, TRIALS, WEIGHT
from epiladder.inference import practice_gaussian, practice_general
from epiladder.inference.fixed import Coefficient
from epiladder.inference.marginal import marginal
from epiladder.inference.regression import Answer, Regression

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Row = dict[str, Any]
POPULATION_AVERAGE = ("ordinary", "cluster_robust", "cluster_robust_cr2", "gee_exchangeable", "marginal")
METHODS = ("ordinary", "cluster_robust", "cluster_robust_cr2", "gee_exchangeable", "fixed_effects")


def method_of(name: str, family: str) -> Callable[[Regression], Answer]:
    """The function of a method for a family."""
    return getattr(practice_gaussian if family == "gaussian" else practice_general, name)


def attempt(method: Callable[[Regression], Answer], data: Regression) -> Answer:
    """A method's answer; where it fails on these data, or has no finite number to give, that is the answer."""
    try:
        with np.errstate(all="ignore"):
            found = method(data)
    except (np.linalg.LinAlgError, FloatingPointError, ValueError) as error:
        return Answer({}, dict.fromkeys(data.names, f"could not be estimated ({error})"))
    finite = {name: row for name, row in found.coefficients.items() if math.isfinite(row.estimate + row.std_error)}
    lost = dict.fromkeys(found.coefficients.keys() - finite.keys(), "has no finite estimate")
    return Answer(finite, {**found.reasons, **lost}, found.note)


def rows_of(fixed_part: str, method: str, answer: Answer, terms: Sequence[str], mixed: dict[str, float]) -> list[Row]:
    """One row a term; `mixed`: the standard errors of the mixed model with the same fixed part."""
    rows = []
    for term in terms:
        found = answer.coefficients.get(term)
        body = found.as_json(term) if found else {"term": term, **dict.fromkeys(EMPTY)}
        ratio = found.std_error / mixed[term] if found and mixed.get(term) else None
        reason = None if found else answer.reasons.get(term, "not in this model")
        scale = "population-average" if method in POPULATION_AVERAGE else "cluster-specific"
        head = {"fixed_part": fixed_part, "method": method, "scale": scale}
        note = answer.note if found else None
        rows.append({**head, **body, "std_error_ratio": ratio, "reason": reason, "note": note})
    return rows


EMPTY = ("estimate", "std_error", "df", "statistic", "p_value", "ci_low", "ci_high")


def mixed_answer(record: dict[str, Any]) -> Answer:
    """A rung's REML (or ML) fixed effects in the same shape."""
    if record["status"] != "fitted":
        return Answer({}, {})
    estimate = record["estimates"].get("REML") or record["estimates"]["ML"]
    keys = EMPTY
    return Answer({row["term"]: Coefficient(**{key: row[key] for key in keys}) for row in estimate["fixed"]}, {})


def panels(rungs: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Which fixed parts are shown, each with the mixed rungs that share it; the last is the one to compare with.

    The covariates (shared by the last random intercept and the random slope), and the products where the plan has any.
    """
    intercepts = [rung for rung in rungs if rung.startswith("random_intercept")]
    found = []
    if intercepts:
        found.append([intercepts[-1], *(rung for rung in rungs if rung == "random_slope")])
    if "cross_level" in rungs:
        found.append(["cross_level"])
    return [(shared[-1], shared) for shared in found] or [("null", ["null"])]


def compare_practice(designed: Designed, plan: Plan, fits: dict[str, Row]) -> list[Row]:
    """Every method beside the mixed models, for each panel. fits: the records of the rungs."""
    rows: list[Row] = []
    for last, shared in panels(designed.rungs):
        data = regression_of(designed, plan, last)
        mixed = {rung: mixed_answer(fits[rung]) for rung in shared}
        errors = {name: row.std_error for name, row in mixed[last].coefficients.items()}
        for method in METHODS:
            found = attempt(method_of(method, plan.outcome.family), data)
            rows += rows_of(last, method, found, data.names, errors)
        if plan.outcome.family != "gaussian" and fits[last]["status"] == "fitted":
            estimate = fits[last]["estimates"]["ML"]
            rows += rows_of(last, "marginal", attempt(lambda d, e=estimate: marginal(d, e), data), data.names, errors)
        for rung, found in mixed.items():
            rows += rows_of(last, rung.partition(".")[0], found, data.names, errors)
    return rows


def regression_of(designed: Designed, plan: Plan, rung: str) -> Regression:
    """The rows of a rung's fixed part."""
    model, columns = designed.model(rung), designed.columns(rung)
    outer, inner = cluster_codes(designed.cross)
    data = Regression(
        columns[model.outcome],
        model.fixed,
        np.column_stack([columns[name] for name in model.fixed]),
        outer,
        inner,
        plan.inference.confidence,
        plan.outcome.family,
        str(plan.outcome.link),
        columns.get(TRIALS),
        columns.get(OFFSET),
    )
    if WEIGHT not in columns:
        return data
    return data.taken(np.repeat(np.arange(len(data.outcome)), np.rint(columns[WEIGHT]).astype(int)))


def cluster_codes(cross: Crossproducts) -> tuple[np.ndarray, np.ndarray]:
    """Codes 0, 1, ... of the outermost and the innermost cluster of each row of the table, (N,) both."""
    inner = np.repeat(np.arange(len(cross.table_rows)), cross.table_rows)
    outer = np.searchsorted(cross.starts(cross.levels[0]), inner, side="right") - 1
    return outer, inner

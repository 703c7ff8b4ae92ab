"""Standard practice beside the ladder: ordinary, cluster-robust, GEE and fixed-effects regression, per coefficient.

Each is fitted with the fixed part of a rung, so that a coefficient means the same in every row, and its standard error
is set beside the mixed model's. statsmodels does the fitting.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from epiladder.inference.fixed import Coefficient, coefficient

Row = dict[str, Any]


@dataclass(frozen=True)
class Regression:
    """Rows in memory: outcome (N,), X (N, p) with the intercept first, outermost and innermost cluster codes (N,)."""

    outcome: np.ndarray
    names: tuple[str, ...]
    x: np.ndarray
    outer: np.ndarray
    inner: np.ndarray
    confidence: float


@dataclass(frozen=True)
class Answer:
    """A method's coefficients by name, or the reason why it has none; reasons: for single coefficients."""

    coefficients: dict[str, Coefficient]
    reasons: dict[str, str]


def ordinary(data: Regression) -> Answer:
    """Ordinary least squares, as if rows were independent."""
    from statsmodels.regression.linear_model import OLS

    fit = OLS(data.outcome, data.x).fit()
    return _answer(data, fit.params, fit.bse, float(fit.df_resid))


def cluster_robust(data: Regression) -> Answer:
    """Least squares with the sandwich over the outermost clusters (CR1 of Stata), t with clusters less one."""
    from statsmodels.regression.linear_model import OLS

    n_clusters = int(data.outer.max()) + 1
    fit = OLS(data.outcome, data.x).fit(cov_type="cluster", cov_kwds={"groups": data.outer})
    return _answer(data, fit.params, fit.bse, float(n_clusters - 1))


def gee_exchangeable(data: Regression) -> Answer:
    """Generalised estimating equations, exchangeable within the outermost clusters (Liang and Zeger 1986)."""
    from statsmodels.genmod.cov_struct import Exchangeable
    from statsmodels.genmod.generalized_estimating_equations import GEE

    model = GEE(data.outcome, data.x, groups=data.outer, cov_struct=Exchangeable())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = model.fit(maxiter=200)
    if fit is None or not fit.converged:
        raise ValueError("the estimating equations did not converge")
    return _answer(data, fit.params, fit.bse, None)


def fixed_effects(data: Regression) -> Answer:
    """No pooling: an intercept for each innermost cluster; what does not vary within them cannot be estimated."""
    from statsmodels.regression.linear_model import OLS

    counts = np.bincount(data.inner)
    within = data.x - _means(data.x, data.inner, counts)
    outcome = data.outcome - _means(data.outcome[:, None], data.inner, counts)[:, 0]
    varies = (within**2).sum(axis=0) > 1e-10 * np.maximum((data.x**2).sum(axis=0), 1e-300)
    df = float(len(outcome) - len(counts) - varies.sum())
    reasons = {name: "does not vary within clusters" for name, kept in zip(data.names, varies, strict=True) if not kept}
    if not varies.any() or df <= 0:
        return Answer({}, {name: reasons.get(name, "no rows are left within clusters") for name in data.names})
    fit = OLS(outcome, within[:, varies]).fit()
    errors = fit.bse * np.sqrt(fit.df_resid / df)
    names = [name for name, kept in zip(data.names, varies, strict=True) if kept]
    rows = {
        name: coefficient(float(estimate), float(error), df, data.confidence)
        for name, estimate, error in zip(names, fit.params, errors, strict=True)
    }
    return Answer(rows, reasons)


METHODS: dict[str, Callable[[Regression], Answer]] = {
    "ordinary": ordinary,
    "cluster_robust": cluster_robust,
    "gee_exchangeable": gee_exchangeable,
    "fixed_effects": fixed_effects,
}


def _means(values: np.ndarray, codes: np.ndarray, counts: np.ndarray) -> np.ndarray:
    sums = np.column_stack([np.bincount(codes, column, len(counts)) for column in values.T])
    return (sums / counts[:, None])[codes]


def _answer(data: Regression, estimates: np.ndarray, errors: np.ndarray, df: float | None) -> Answer:
    rows = {
        name: coefficient(float(estimate), float(error), df, data.confidence)
        for name, estimate, error in zip(data.names, estimates, errors, strict=True)
    }
    return Answer(rows, {})


def attempt(method: Callable[[Regression], Answer], data: Regression) -> Answer:
    """A method's answer; where it fails on these data, that is the answer."""
    try:
        return method(data)
    except (np.linalg.LinAlgError, FloatingPointError, ValueError) as error:
        return Answer({}, dict.fromkeys(data.names, f"could not be estimated ({error})"))


def rows_of(fixed_part: str, method: str, answer: Answer, terms: Sequence[str], mixed: dict[str, float]) -> list[Row]:
    """One row a term; `mixed`: the standard errors of the mixed model with the same fixed part."""
    rows = []
    for term in terms:
        found = answer.coefficients.get(term)
        body = found.as_json(term) if found else {"term": term, **dict.fromkeys(EMPTY)}
        ratio = found.std_error / mixed[term] if found and mixed.get(term) else None
        reason = None if found else answer.reasons.get(term, "not in this model")
        rows.append({"fixed_part": fixed_part, "method": method, **body, "std_error_ratio": ratio, "reason": reason})
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

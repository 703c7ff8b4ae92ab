"""A rung's fits on several imputed data sets pooled into one record with the keys of the contract, and its modes.

Fixed effects by Rubin's rules. Variances, covariances, the residual variance and modes are means over data sets, for no
better rule is known; a dispersion is the reciprocal of the mean of reciprocals, which are what the variance is linear
in. A log-likelihood, and what is made of it, belongs to one data set: it is null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.columns import numbers
from epiladder.inference.fixed import coefficient
from epiladder.inference.record import FLOATS
from epiladder.inference.reference import chi_square_tail
from epiladder.inference.rubin import pool, pool_covariance, pool_test
from epiladder.inference.term_tests import f_tail

if TYPE_CHECKING:
    import pyarrow as pa

Record = dict[str, Any]
PLAIN = "Converged."
STATES = ("failed", "boundary", "converged")  # the worst first
OF_ONE_DATA_SET = ("log_likelihood", "deviance", "aic", "bic", "adequacy")


def pooled_record(records: Sequence[Record], confidence: float) -> Record:
    """The pooled record of one rung; where no imputed value enters it, the fits are one and stay as they are."""
    first = records[0]
    number = {"number": len(records)}
    if all(record == first for record in records):
        return {**first, "imputations": {**number, "differ": False}, **_with_fractions(first)}
    refused = [record for record in records if record["status"] != "fitted"]
    if refused:
        message = f"In {len(refused)} of {len(records)} imputed data sets: {refused[0]['message']}"
        lost = {"estimates": {}, "status": "not_fitted", "message": message, "warnings": [message]}
        return {**first, **lost, "overdispersion": None, "imputations": {**number, "differ": True}}
    said = _counted([record["message"] for record in records], len(records))
    cautions = _counted([text for record in records for text in record["warnings"]], len(records))
    over = [record["overdispersion"] for record in records]
    return {
        **first,
        "estimates": {
            criterion: _estimates([record["estimates"][criterion] for record in records], confidence)
            for criterion in first["estimates"]
        },
        "message": " ".join(said),
        "warnings": cautions,
        "overdispersion": None if None in over else float(np.mean(over)),
        "imputations": {**number, "differ": True},
    }


def _counted(texts: Sequence[str], number: int) -> list[str]:
    """Each distinct text, with the number of data sets where it is not that of all; plain convergence if of all."""
    times = Counter(texts)
    return [
        text if often == number else f"In {often} of {number} imputed data sets: {text}"
        for text, often in times.items()
        if text != PLAIN or often == number
    ]


def _with_fractions(record: Record) -> Record:
    nothing = {"relative_increase": 0.0, "fraction_missing_information": 0.0}
    return {
        "estimates": {
            criterion: {**found, "fixed": [{**row, **nothing} for row in found["fixed"]]}
            for criterion, found in record["estimates"].items()
        }
    }


def _estimates(found: Sequence[Record], confidence: float) -> Record:
    first = found[0]
    betas = np.array([[row["estimate"] for row in one["fixed"]] for one in found])
    covariances = np.array([one["fixed_covariance"] for one in found])
    names = [row["term"] for row in first["fixed"]]
    kept = {key: value for key, value in first.items() if key != "fixed_covariance_unadjusted"}
    return {
        **kept,
        **dict.fromkeys(OF_ONE_DATA_SET),
        "reason": "a log-likelihood belongs to one data set; over imputed ones it is not pooled",
        "fixed": [_fixed([one["fixed"][i] for one in found], confidence) for i in range(len(first["fixed"]))],
        "fixed_covariance": pool_covariance(betas, covariances).tolist(),
        "tests": [
            _test([one["tests"][i] for one in found], betas, covariances, names) for i in range(len(first["tests"]))
        ],
        "random": [
            {**part, "covariance": np.mean([one["random"][k]["covariance"] for one in found], axis=0).tolist()}
            for k, part in enumerate(first["random"])
        ],
        "covariance_parameters": _covariance_parameters(found),
        "residual_variance": _mean([one["residual_variance"] for one in found]),
        "dispersion": _dispersion([one["dispersion"] for one in found]),
        "convergence": _convergence([one["convergence"] for one in found]),
    }


def _covariance_parameters(found: Sequence[Record]) -> Record | None:
    """Rubin's rules for fixed effects and covariance parameters together, on their own scale."""
    parts = [one["covariance_parameters"] for one in found]
    if any(part is None for part in parts):
        return None
    values = np.array([[row["estimate"] for row in part["parameters"]] for part in parts])
    k = values.shape[1]
    betas = np.array([[row["estimate"] for row in one["fixed"]] for one in found])
    within = np.mean([_joint_covariance(one) for one in found], axis=0)
    between = np.atleast_2d(np.cov(np.hstack([values, betas]), rowvar=False, ddof=1))
    total = within + (1 + 1 / len(found)) * between
    rows = [
        {**row, "estimate": float(value), "std_error": float(np.sqrt(max(variance, 0.0)))}
        for row, value, variance in zip(parts[0]["parameters"], values.mean(axis=0), np.diag(total)[:k], strict=True)
    ]
    return {"parameters": rows, "covariance": total[:k, :k].tolist(), "with_fixed": total[:k, k:].tolist()}


def _joint_covariance(one: Record) -> np.ndarray:
    """Covariance parameters first, then fixed effects."""
    part = one["covariance_parameters"]
    own, fixed = np.array(part["covariance"]), np.array(one["fixed_covariance"])
    own = own.reshape(len(part["parameters"]), len(part["parameters"]))
    with_fixed = np.array(part["with_fixed"])
    if not with_fixed.size:
        with_fixed = np.zeros((len(own), len(fixed)))
    return np.block([[own, with_fixed], [with_fixed.T, fixed]])


def _fixed(rows: Sequence[Record], confidence: float) -> Record:
    dfs = [row["df"] for row in rows]
    complete = None if None in dfs else float(np.mean(dfs))
    pooled = pool([row["estimate"] for row in rows], [row["std_error"] ** 2 for row in rows], complete)
    made = coefficient(pooled.estimate, pooled.std_error, pooled.df, confidence).as_json(rows[0]["term"])
    return {
        **made,
        "relative_increase": pooled.relative_increase,
        "fraction_missing_information": pooled.fraction,
    }


def _test(rows: Sequence[Record], betas: np.ndarray, covariances: np.ndarray, names: list[str]) -> Record:
    """A term's test over all data sets, from coefficients and covariances of the whole fixed part in each."""
    head = {**rows[0], "method": "pooled_wald"}
    lost = next((row["reason"] for row in rows if row["reason"] is not None), None)
    if lost is not None:
        return {**head, **dict.fromkeys(("df2", "statistic", "p_value")), "reason": lost}
    at = [names.index(column) for column in rows[0]["columns"]]
    dfs = [row["df2"] for row in rows]
    complete = None if None in dfs else float(np.mean(dfs))
    found = pool_test(betas[:, at], covariances[:, at][:, :, at], complete)
    chi_square = found.df2 is None
    statistic = found.statistic * (found.df1 if chi_square else 1)
    tail = chi_square_tail(statistic, found.df1) if found.df2 is None else f_tail(statistic, found.df1, found.df2)
    return {**head, "df2": found.df2, "statistic": statistic, "p_value": tail}


def _mean(values: Sequence[float | None]) -> float | None:
    return None if None in values else float(np.mean(np.array(values, dtype=float)))


def _dispersion(values: Sequence[float | None]) -> float | None:
    return None if None in values else float(1 / np.mean(1 / np.array(values, dtype=float)))


def _convergence(ends: Sequence[Record]) -> Record:
    """The worst state, with how often each was reached."""
    times = Counter(end["status"] for end in ends)
    return {
        "status": next(state for state in STATES if times[state]),
        "message": " ".join(_counted([end["message"] for end in ends], len(ends))),
        "max_scaled_gradient": max(end["max_scaled_gradient"] for end in ends),
        "evaluations": sum(end["evaluations"] for end in ends),
        "data_sets": {state: times[state] for state in STATES if times[state]},
    }


def pooled_modes(tables: Sequence[pa.Table], fitted: bool) -> pa.Table:
    """Modes as means over data sets; the square of a standard error is the total variance (Rubin 1987).

    The same for the clusters alone, null where one data set has null; shrinkage is the mean. A rung that could not be
    fitted on every data set has no rows.
    """
    first = tables[0]
    if not fitted:
        return first.slice(0, 0)
    if all(table.equals(first) for table in tables):
        return first
    values = {name: np.array([table.column(name).to_pylist() for table in tables], dtype=float) for name in FLOATS}
    made = {"shrinkage": values["shrinkage"].mean(axis=0)}
    for name, error in (("mode", "std_error"), ("alone", "alone_std_error")):
        between = (1 + 1 / len(tables)) * values[name].var(axis=0, ddof=1)
        made[name] = values[name].mean(axis=0)
        made[error] = np.sqrt((values[error] ** 2).mean(axis=0) + between)
    for name in FLOATS:
        first = first.set_column(first.column_names.index(name), name, numbers(made[name]))
    return first

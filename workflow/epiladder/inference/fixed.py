"""Fixed effects as a table: estimate, standard error, degrees of freedom, test and interval of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from epiladder.engine.result import Estimates
from epiladder.inference.degrees_of_freedom import satterthwaite
from epiladder.inference.kenward_roger import KenwardRoger

MANY = 1e6  # degrees of freedom at which Student's law is the normal one to six digits


@dataclass(frozen=True)
class Coefficient:
    """One coefficient; df is None where the normal law is used. The interval is two-sided at the plan's confidence."""

    estimate: float
    std_error: float
    df: float | None
    statistic: float | None
    p_value: float | None
    ci_low: float
    ci_high: float

    def as_json(self, term: str) -> dict[str, object]:
        """The row of the contract's `fixed`."""
        return {"term": term, **self.__dict__}


def coefficient(estimate: float, std_error: float, df: float | None, confidence: float) -> Coefficient:
    """Test against zero and interval, by Student's law with df, or the normal one where df is None."""
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    tail = (1 + confidence) / 2
    quantile = float(ndtri(tail) if df is None else stdtrit(df, tail))
    half = quantile * std_error
    if std_error == 0:
        return Coefficient(estimate, std_error, df, None, None, estimate, estimate)
    statistic = estimate / std_error
    p_value = 2 * float(ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic)))
    return Coefficient(estimate, std_error, df, statistic, p_value, estimate - half, estimate + half)


def coefficients(
    fit: Estimates, method: str, confidence: float, adjusted: KenwardRoger | None = None
) -> list[Coefficient]:
    """The fit's fixed effects, by a choice of degrees of freedom: satterthwaite, kenward_roger or none.

    adjusted: Kenward and Roger's inference; where there is none, as for a fit by ML, Satterthwaite's takes its place.
    """
    covariance, dfs = fit.beta_covariance, np.full(len(fit.beta), np.inf)
    if method == "satterthwaite" or (method == "kenward_roger" and adjusted is None):
        dfs = satterthwaite(fit)
    elif adjusted is not None and method == "kenward_roger":
        covariance = adjusted.covariance
        dfs = np.array([adjusted.freedom(unit[None])[0] for unit in np.eye(len(fit.beta))])
    return [
        coefficient(float(estimate), float(error), finite(float(df)) if method != "none" else None, confidence)
        for estimate, error, df in zip(fit.beta, np.sqrt(np.diag(covariance)), dfs, strict=True)
    ]


def finite(df: float) -> float:
    """Degrees of freedom that a file can hold."""
    return min(df, MANY) if math.isfinite(df) else MANY

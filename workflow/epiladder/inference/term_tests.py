"""Tests of terms: all coefficients of a term at once, by an F law or a chi-square, a row for each term of a plan.

A main effect whose product is in the model is not tested by itself: its coefficients are effects where the other
variable of the product is zero or at its reference, so that the test would change with the choice of either (Nelder
1977).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from epiladder.engine.result import Estimates
from epiladder.inference.degrees_of_freedom import satterthwaite_f
from epiladder.inference.fixed import finite
from epiladder.inference.kenward_roger import KenwardRoger
from epiladder.inference.reference import chi_square_tail
from epiladder.study.term import parse_term

TermColumns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class TermTest:
    """columns: the term's coefficients. df2: None for a chi-square, else the F statistic's denominator.

    method: satterthwaite, kenward_roger, wald, likelihood_ratio or pooled_wald. reason: why there is no test.
    """

    term: str
    columns: tuple[str, ...]
    method: str
    df1: int
    df2: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, object]:
        """A row of the results' `tests`."""
        return {**self.__dict__, "columns": list(self.columns)}


def refused(terms: TermColumns) -> dict[str, str]:
    """Terms that are not tested by themselves, with the reason: those whose product is in the model."""
    factors = {term: {factor.text for factor in parse_term(term).factors} for term in terms}
    found = {}
    for term in terms:
        product = next((other for other in terms if factors[term] < factors[other]), None)
        if product is not None:
            found[term] = f"not tested by itself, since its product {product} is in the model"
    return found


def term_tests(fit: Estimates, method: str, terms: TermColumns, adjusted: KenwardRoger | None) -> list[TermTest]:
    """A test of each term. method: satterthwaite or kenward_roger (F), or none (Wald's chi-square)."""
    kind = "wald" if method == "none" else method
    reasons = refused(terms)
    tests = []
    for term, columns in terms.items():
        if term in reasons:
            tests.append(TermTest(term, columns, kind, len(columns), reason=reasons[term]))
            continue
        contrasts = np.eye(len(fit.beta))[[fit.names.index(column) for column in columns]]
        tests.append(_test(fit, kind, term, columns, contrasts, adjusted))
    return tests


def _test(
    fit: Estimates,
    kind: str,
    term: str,
    columns: tuple[str, ...],
    contrasts: np.ndarray,
    adjusted: KenwardRoger | None,
) -> TermTest:
    q = len(contrasts)
    if kind == "satterthwaite":
        statistic, df2 = satterthwaite_f(fit, contrasts)
    elif kind == "kenward_roger" and adjusted is not None:
        df2, scale = adjusted.freedom(contrasts)
        statistic = scale * wald(contrasts @ fit.beta, contrasts @ adjusted.covariance @ contrasts.T) / q
    else:
        statistic = wald(contrasts @ fit.beta, contrasts @ fit.beta_covariance @ contrasts.T)
        return TermTest(term, columns, kind, q, None, statistic, chi_square_tail(statistic, q))
    df2 = finite(df2)
    if df2 <= 0:
        reason = "the approximation gives no degrees of freedom: there are too few clusters for this term"
        return TermTest(term, columns, kind, q, None, statistic, None, reason)
    return TermTest(term, columns, kind, q, df2, statistic, f_tail(statistic, q, df2))


def wald(beta: np.ndarray, covariance: np.ndarray) -> float:
    """beta' covariance^-1 beta."""
    return float(beta @ np.linalg.solve(covariance, beta))


def f_tail(statistic: float, df1: int, df2: float) -> float:
    """P(F > statistic)."""
    from scipy.special import fdtrc

    return float(fdtrc(df1, df2, statistic))

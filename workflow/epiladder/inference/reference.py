"""Reference laws of likelihood-ratio statistics: chi-squares and their mixtures at the boundary."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Law:
    """A mixture of chi-squares: (weight, degrees of freedom) of each part, in rising degrees; weights sum to one."""

    parts: tuple[tuple[float, int], ...]
    source: str

    def __str__(self) -> str:
        if len(self.parts) == 1:
            return f"chi2({self.parts[0][1]})"
        return " + ".join(f"{weight:.4g}*chi2({df})" for weight, df in self.parts)

    def p_value(self, statistic: float) -> float:
        """Upper tail. A statistic of zero has p one, also where part of the mass lies at zero."""
        if statistic <= 0:
            return 1.0
        return sum(weight * chi_square_tail(statistic, df) for weight, df in self.parts)


def chi_square_tail(statistic: float, df: int) -> float:
    """P(chi-square with df > statistic); all its mass lies at zero when df is 0."""
    from scipy.special import chdtrc

    if statistic <= 0:
        return 1.0
    return float(chdtrc(df, statistic)) if df else 0.0


def chi_square(df: int) -> Law:
    """The usual law (Wilks 1938)."""
    return Law(((1.0, df),), "Wilks 1938")


def one_more_effect(n_before: int, n_fixed: int) -> Law:
    """From q to q + 1 correlated random effects (Stram and Lee 1994); one variance from none (Self and Liang 1987)."""
    source = "Stram and Lee 1994" if n_before else "Self and Liang 1987"
    return Law(((0.5, n_before + n_fixed), (0.5, n_before + n_fixed + 1)), source)


def several_variances(correlation: np.ndarray, n_fixed: int) -> Law:
    """Several independent variances from none: chi-bar-square over the positive orthant (Self and Liang 1987).

    correlation: (k, k) of the variances' estimators at the null, k of 2 or 3 (Kudo 1963; Shapiro 1985 for the weights).
    Raises ValueError for more, for which no closed form is known.
    """
    k = len(correlation)
    if k == 2:
        both = 0.25 + math.asin(correlation[0, 1]) / (2 * math.pi)
        weights = [0.5 - both, 0.5, both]
    elif k == 3:
        every = (2 * math.pi - sum(math.acos(correlation[i, j]) for i, j in ((0, 1), (0, 2), (1, 2)))) / (4 * math.pi)
        partial = [_partial(correlation, *triple) for triple in ((0, 1, 2), (0, 2, 1), (1, 2, 0))]
        two = (3 * math.pi - sum(math.acos(value) for value in partial)) / (4 * math.pi)
        weights = [0.5 - two, 0.5 - every, two, every]
    else:
        raise ValueError(f"no closed form for {k} variances")
    return Law(tuple((weight, n_fixed + df) for df, weight in enumerate(weights)), "Self and Liang 1987")


def _partial(r: np.ndarray, i: int, j: int, given: int) -> float:
    bottom = math.sqrt((1 - r[i, given] ** 2) * (1 - r[j, given] ** 2))
    return float(np.clip((r[i, j] - r[i, given] * r[j, given]) / bottom, -1, 1))


def nested_variance_correlation(sizes: list[np.ndarray]) -> np.ndarray:
    """Correlation of the estimators of nested intercept variances where all of them are zero.

    sizes: rows in each cluster of each level, outermost first. From the inverse of the efficient information, the
    residual variance being the nuisance: tr(ZZ'Z'Z'') is the sum of squared sizes of the inner of two levels.
    """
    n_rows = float(sizes[0].sum())
    squares = [float((size**2).sum()) for size in sizes]
    k = len(sizes)
    information = np.array([[squares[max(i, j)] - n_rows for j in range(k)] for i in range(k)])
    covariance = np.linalg.inv(information)
    scale = np.sqrt(np.diag(covariance))
    return covariance / np.outer(scale, scale)

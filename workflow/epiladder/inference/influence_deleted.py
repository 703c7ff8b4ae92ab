"""A model without each cluster of a level in turn: estimates as arrays over clusters, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.spec import INTERCEPT

EXACT, ONE_STEP, NONE = "exact", "one_step", "none"


@dataclass(frozen=True)
class Whole:
    """Estimates with all clusters in. beta: (p,), covariance: (p, p), variances: by level (outermost first) (q, q)."""

    names: tuple[str, ...]
    beta: np.ndarray
    covariance: np.ndarray
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    variances: tuple[np.ndarray, ...]
    residual: float | None
    dispersion: float | None
    df: np.ndarray
    deviance: float


@dataclass(frozen=True)
class Deleted:
    """Estimates without each of C clusters. method: exact (refitted), one_step, or none, where a coefficient cannot be

    estimated without it and all its numbers are NaN.

    beta, errors (standard errors), df: (C, p). variances: by level, outermost first, (C, q, q). residual, deviance:
    (C,). dispersion: (C,) or None. rows: (C,), rows of each cluster.
    """

    level: str
    whole: Whole
    labels: np.ndarray
    rows: np.ndarray
    method: np.ndarray
    beta: np.ndarray
    errors: np.ndarray
    df: np.ndarray
    variances: tuple[np.ndarray, ...]
    residual: np.ndarray
    deviance: np.ndarray
    dispersion: np.ndarray | None = None

    @property
    def known(self) -> np.ndarray:
        """Clusters without which the model can be estimated."""
        return self.method != NONE

    def changes(self) -> np.ndarray:
        """Changes of the fixed effects by leaving each cluster out, in standard errors with all in, (C, p)."""
        return (self.beta - self.whole.beta) / np.sqrt(np.diag(self.whole.covariance))

    def cooks_distance(self) -> np.ndarray:
        """(b - b_c)'Cov(b)^-1(b - b_c) / p (Demidenko and Stukel 2005; Nieuwenhuis, te Grotenhuis and Pelzer 2012)."""
        moved = self.beta - self.whole.beta
        return np.einsum("ci,ij,cj->c", moved, np.linalg.inv(self.whole.covariance), moved) / moved.shape[1]

    def p_values(self) -> np.ndarray:
        """Two-sided p-values of the fixed effects, (C, p)."""
        return p_values(self.beta, self.errors, self.df)

    def order(self) -> np.ndarray:
        """Clusters from the most influential by Cook's distance; those without an answer come first."""
        distance = np.where(self.known, self.cooks_distance(), np.inf)
        return np.argsort(-distance, kind="stable")


def crossing(found: Deleted, alpha: float) -> list[int]:
    """Clusters whose leaving takes a coefficient's p-value across alpha, by one step, the most influential first."""
    errors = np.sqrt(np.diag(found.whole.covariance))
    whole = p_values(found.whole.beta, errors, found.whole.df)
    crossed = ((found.p_values() < alpha) != (whole < alpha))[:, np.array(found.whole.names) != INTERCEPT]
    wanted = crossed.any(axis=1) & (found.method == ONE_STEP)
    return [int(c) for c in found.order() if wanted[c]]


def p_values(beta: np.ndarray, errors: np.ndarray, df: np.ndarray) -> np.ndarray:
    """By Student's law, or the normal one where df is infinite."""
    from scipy.special import ndtr, stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.abs(beta / errors)
    return 2 * np.where(np.isfinite(df), stdtr(np.where(np.isfinite(df), df, 1.0), -size), ndtr(-size))


def nothing_known(cross: Crossproducts, level: str, whole: Whole, n_clusters: int) -> Deleted:
    """The clusters of a level before anything is known of the model without them."""
    p = len(whole.names)
    return Deleted(
        level,
        whole,
        cross.cluster_labels(level),
        cross.cluster_sizes(level),
        np.full(n_clusters, NONE, dtype=object),
        np.full((n_clusters, p), np.nan),
        np.full((n_clusters, p), np.nan),
        np.full((n_clusters, p), np.nan),
        tuple(np.full((n_clusters, *part.shape), np.nan) for part in whole.variances),
        np.full(n_clusters, np.nan),
        np.full(n_clusters, np.nan),
    )


def with_answers(found: Deleted, chosen: Iterable[int], refit: Callable[[int], Whole | None]) -> Deleted:
    """Exact answers in the place of others. refit: estimates without a cluster, None where there are none."""
    one_each = ("method", "beta", "errors", "df", "residual", "deviance")
    parts = {name: getattr(found, name).copy() for name in one_each}
    variances = [part.copy() for part in found.variances]
    dispersion = None if found.dispersion is None else found.dispersion.copy()
    for c in chosen:
        answer = refit(c)
        values = _values(answer, len(found.whole.names))
        for name in one_each:
            parts[name][c] = values[name]
        for k, part in enumerate(variances):
            part[c] = np.nan if answer is None else answer.variances[k]
        if dispersion is not None:
            dispersion[c] = np.nan if answer is None else answer.dispersion
    return replace(found, variances=tuple(variances), dispersion=dispersion, **parts)


def _values(answer: Whole | None, p: int) -> dict[str, object]:
    if answer is None:
        nothing = np.full(p, np.nan)
        keys = {"beta": nothing, "errors": nothing, "df": nothing}
        return {"method": NONE, **keys, "residual": np.nan, "deviance": np.nan}
    return {
        "method": EXACT,
        "beta": answer.beta,
        "errors": np.sqrt(np.diag(answer.covariance)),
        "df": answer.df,
        "residual": np.nan if answer.residual is None else answer.residual,
        "deviance": answer.deviance,
    }

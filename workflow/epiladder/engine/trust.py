"""Trust: sentences about a fit that a reader must know before using its numbers, and how counts and events disperse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from epiladder.design.spec import INTERCEPT
from epiladder.engine.approximate import RUNAWAY
from epiladder.engine.result import Adequacy, Estimates, LevelEstimate

OFF, MARKED = 0.05, 0.2  # share of a standard deviation by which Laplace may miss it, and standard errors of the whole
OFF_ERRORS = 0.5  # standard errors by which it may miss a coefficient
LOST = 2.0  # standard errors beyond which one step foresees nothing but that the optimum lies elsewhere
FAR_WORDS = "Laplace's approximation can be far from the likelihood here:"
POISSON = 1e4  # dispersion at which the negative binomial and the Poisson model agree
FEW = 10  # clusters below which variances and cluster-level effects are poorly known (Maas and Hox 2005; McNeish 2016)
FEW_WORDS = "There are few clusters: "
DISPERSED_WORDS = "are overdispersed"
ENDLESS = 8.0  # standard deviation on the latent scale that only clusters of like outcomes ask for
NAMED = 5  # clusters named in a sentence
OVERDISPERSED, SURE = 1.25, 3.0  # ratio of variances worth a word, and the standard errors it lies above one
OVERDISPERSION = {
    "poisson": ("The counts", "Poisson counts", "the family negative_binomial"),
    "binomial": ("The events", "events of independent trials", "an innermost level with a cluster for each row"),
}


def laplace_caution(fit: Estimates) -> str | None:
    """A caution where Laplace's approximation, judged by quadrature, would end elsewhere, or could not be judged."""
    found = fit.adequacy
    if fit.method != "laplace" or not fit.levels:
        return None
    if found is None:
        return (
            "Laplace's approximation could not be judged by quadrature, which is out of reach of clusters with so many "
            "random effects: variances, and coefficients with them, may be too small or too large."
        )
    terms = [len(level.terms) for level in fit.levels]
    mend = " `approximation: auto` in the plan takes quadrature." if len(terms) == 1 or terms == [1, 1] else ""
    if found.distance > LOST:
        return f"{FAR_WORDS} by quadrature the estimates would lie more than {LOST:.3g} standard errors away.{mend}"
    moves = _moves(fit, found)
    if not moves:
        return None
    return (
        f"{FAR_WORDS} by quadrature with {found.nodes} nodes {'; '.join(moves)} (foreseen by one step from here).{mend}"
    )


def _moves(fit: Estimates, found: Adequacy) -> list[str]:
    """What quadrature would tell otherwise, where that is worth a word."""
    moves = [
        f"the standard deviation of {term} between clusters of {level.level} would be {new:.3g} in place of {old:.3g}"
        for level, olds, news in zip(fit.levels, found.spreads, found.foreseen, strict=True)
        for term, old, new in zip(level.terms, olds, news, strict=True)
        if found.distance > MARKED and abs(new - old) > OFF * old
    ]
    return moves + [
        f"the coefficient of {name} would be {abs(move):.1f} standard errors {'higher' if move > 0 else 'lower'}"
        for name, move in zip(fit.names, found.moved, strict=True)
        if abs(move) > OFF_ERRORS
    ]


def few_caution(fit: Estimates, clusters: Mapping[str, int]) -> str | None:
    """A caution where a level with random effects has few clusters. clusters: how many each level has."""
    few = [f"{clusters[level.level]} of {level.level}" for level in fit.levels if clusters[level.level] < FEW]
    if not few:
        return None
    return (
        f"{FEW_WORDS}{' and '.join(few)}. The variance between them, and effects measured on them, are known loosely."
    )


def wide_caution(fit: Estimates) -> str | None:
    """A caution where a log ratio has a standard error that no useful estimate has."""
    errors = np.sqrt(np.diag(fit.beta_covariance))
    wide = [name for name, error, value in zip(fit.names, errors, fit.beta, strict=True) if error > max(5, abs(value))]
    if not wide:
        return None
    return f"The data say next to nothing about {', '.join(wide)}: the standard error is above 5 on the log scale."


def poisson_caution(fit: Estimates) -> str | None:
    """A note where a negative binomial has nothing to add to a Poisson model."""
    if fit.dispersion is None or fit.dispersion < POISSON:
        return None
    return (
        "The counts are no more dispersed than Poisson ones: the dispersion has gone to its limit, and may be left out."
    )


def overdispersion_caution(fit: Estimates, family: str) -> str | None:
    """A caution where outcomes vary more than their family says (McCullagh and Nelder 1989, sections 4.5 and 6.2.3)."""
    ratio, error = fit.overdispersion, fit.overdispersion_error
    if ratio is None or error is None or ratio < OVERDISPERSED or ratio - 1 < SURE * error:
        return None
    what, law, mend = OVERDISPERSION[family]
    return (
        f"{what} {DISPERSED_WORDS}: around the fit they vary {ratio:.3g} times as much as {law} would, so standard "
        f"errors are too small. Consider {mend}."
    )


def endless_caution(
    level: LevelEstimate,
    columns: Sequence[np.ndarray],
    outcome: tuple[np.ndarray, np.ndarray],
    first_rows: np.ndarray,
    labels: Sequence[str] | None,
) -> str | None:
    """A caution where a variance may have no finite estimate, since outcomes do not overlap within most clusters.

    columns: (N,) of each term. outcome: events and trials, (N,) each. first_rows: (J,). labels: None if not to be told.
    """
    spread = _spread(level, columns)
    told = _told_apart(columns, *outcome, first_rows)
    if spread.max() <= ENDLESS or told.mean() <= 0.5:
        return None
    worst = int(spread.argmax())
    slopes = [name for name in level.terms if name != INTERCEPT]
    apart = f", or told apart by {' or '.join(slopes)} without a fault" if slopes else ""
    return (
        f"The variance of {level.terms[worst]} between clusters of {level.level} may have no finite value: its "
        f"standard deviation has grown to {spread[worst]:.3g} on the scale of the linear predictor, since within "
        f"{told.sum()} of {len(told)} clusters{named(labels, told)} all outcomes are alike{apart}. Read neither it nor "
        "the coefficients, which grow with it."
    )


def run_away(fit: Estimates, level: LevelEstimate, columns: Sequence[np.ndarray]) -> Estimates:
    """The fit, as one that has failed where a variance has grown past all bounds, for a level with an endless caution.

    A search calls a flat likelihood its top, and a plateau its boundary; that it is none is known from the outcomes.
    columns: (N,) of each term.
    """
    plateau = fit.convergence.status == "boundary" and _bound_together(level.covariance)
    if _spread(level, columns).max() <= RUNAWAY and not plateau:
        return fit
    message = (
        "Not converged: a variance grows without end, and the likelihood rises with it towards a limit that no finite "
        "estimate reaches. Do not use these estimates."
    )
    return replace(fit, convergence=replace(fit.convergence, status="failed", message=message))


def _bound_together(covariance: np.ndarray) -> bool:
    """Whether effects that vary are correlated without fault."""
    varying = np.diag(covariance) > 0
    errors = np.sqrt(np.diag(covariance)[varying])
    correlation = covariance[np.ix_(varying, varying)] / np.outer(errors, errors)
    return bool(len(errors) > 1 and np.linalg.eigvalsh(correlation)[0] < 1e-6)


def named(labels: Sequence[str] | None, chosen: np.ndarray) -> str:
    """The first few of the clusters chosen, in brackets; nothing where labels may not be told."""
    if labels is None:
        return ""
    found = [str(label) for label, mark in zip(labels, chosen, strict=True) if mark]
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f" ({', '.join(found[:NAMED])}{more})" if found else ""


def _spread(level: LevelEstimate, columns: Sequence[np.ndarray]) -> np.ndarray:
    """Standard deviations (q,) of a level's effects for one standard deviation of their covariates."""
    scales = [1.0 if name == INTERCEPT else float(np.std(x)) for name, x in zip(level.terms, columns, strict=True)]
    return np.sqrt(np.diag(level.covariance)) * scales


def _told_apart(
    columns: Sequence[np.ndarray], events: np.ndarray, trials: np.ndarray, first_rows: np.ndarray
) -> np.ndarray:
    """Clusters (J,) whose outcomes are all alike, or on either side of a value of one column."""
    none, every = events == 0, events == trials
    told = np.logical_and.reduceat(none, first_rows) | np.logical_and.reduceat(every, first_rows)
    pure = np.logical_and.reduceat(none | every, first_rows)
    for x in columns:
        top_none = np.maximum.reduceat(np.where(none, x, -np.inf), first_rows)
        low_none = np.minimum.reduceat(np.where(none, x, np.inf), first_rows)
        top_every = np.maximum.reduceat(np.where(every, x, -np.inf), first_rows)
        low_every = np.minimum.reduceat(np.where(every, x, np.inf), first_rows)
        told |= pure & ((top_none < low_every) | (top_every < low_none))
    return told

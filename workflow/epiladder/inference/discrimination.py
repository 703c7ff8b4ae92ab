"""How well a binary outcome is told apart: the area under the curve of covariates alone and with the cluster effects.

Merlo, Wagner, Ghith and Leckie (2016): what the clusters add to the area is their general contextual effect. A cluster
effect that has seen the row it is judged on flatters itself, so it is also taken without it, by folds within clusters.
Variance for rows that lie in clusters: Obuchowski (1997), over the outermost clusters.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np

from epiladder.design.outcome import WEIGHT
from epiladder.engine.general import Outcome
from epiladder.engine.given import Parameters
from epiladder.engine.predictor import predictors
from epiladder.errors import LikelihoodError
from epiladder.inference.estimate import outcome_of
from epiladder.inference.fitted import Fitted
from epiladder.inference.quantity import Quantity, missing

FOLDS = 5
SOURCES = ("merlo2016", "obuchowski1997")
CLUSTERED = "DeLong's components summed over the outermost clusters, on the logit scale"
Record = dict[str, Any]


def discrimination(fitted: Fitted) -> list[Record]:
    """One row: rung folds covariates with_clusters with_clusters_cross_validated; none unless events are binomial."""
    if fitted.plan.outcome.family != "binomial":
        return []
    designed, model = fitted.designed, fitted.designed.model(fitted.rung)
    columns = designed.columns(fitted.rung)
    outcome = outcome_of(fitted.plan, designed, columns)
    at = parameters(fitted)
    head = {"rung": fitted.rung, "folds": FOLDS, "held": "coefficients and variances as estimated from all rows"}
    try:
        alone, whole = predictors(designed.cross, model, columns, outcome, at)
        unseen = _without_their_fold(fitted, columns, outcome, at)
    except LikelihoodError as error:
        nothing = missing(str(error), SOURCES)
        return [{**head, **dict.fromkeys(("covariates", "with_clusters", "with_clusters_cross_validated"), nothing)}]
    weights = columns.get(WEIGHT, np.ones(len(outcome.y)))
    events, others = outcome.y * weights, (outcome.trials - outcome.y) * weights
    clusters = _outermost(fitted)
    return [
        {
            **head,
            "covariates": area(alone, events, others, clusters),
            "with_clusters": area(whole, events, others, clusters),
            "with_clusters_cross_validated": area(unseen, events, others, clusters),
        }
    ]


def parameters(fitted: Fitted) -> Parameters:
    """The rung's estimates as the engine takes them."""
    values = fitted.values(fitted.vector)
    sigmas = tuple(sigma for _, _, sigma in values.covariances)
    return Parameters(values.beta, sigmas, 1.0, values.dispersion)


def _outermost(fitted: Fitted) -> np.ndarray:
    cross = fitted.designed.cross
    inner = np.repeat(np.arange(len(cross.table_rows)), cross.table_rows)
    return np.searchsorted(cross.starts(cross.levels[0]), inner, side="right") - 1


def _without_their_fold(fitted: Fitted, columns: Any, outcome: Outcome, at: Parameters) -> np.ndarray:
    """Each row's predictor with modes that have not seen the row's fold of its cluster."""
    cross, model = fitted.designed.cross, fitted.designed.model(fitted.rung)
    seeds = [fitted.plan.inference.seed, zlib.crc32(fitted.plan.id.encode()), zlib.crc32(fitted.rung.encode())]
    fold = folds(cross.table_rows, np.random.default_rng(np.random.SeedSequence(seeds, spawn_key=(0xF01D,))))
    found = np.empty(len(fold))
    for number in range(FOLDS):
        held = fold == number
        seen = replace(outcome, weights=outcome.weights * np.where(held, 0.0, 1.0))
        found[held] = predictors(cross, model, columns, seen, at)[1][held]
    return found


def folds(sizes: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A fold for each row, (N,): every cluster's rows spread over the folds as evenly as can be, by chance."""
    n = int(sizes.sum())
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((random.random(n), cluster))
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n) - first
    return (rank + np.repeat(random.integers(0, FOLDS, len(sizes)), sizes)) % FOLDS


def area(score: np.ndarray, events: np.ndarray, others: np.ndarray, clusters: np.ndarray) -> Quantity:
    """P(an event's score > a non-event's), ties by half. events, others: how many stand at each row, (N,).

    clusters: codes 0, 1, ... of the rows, sorted.
    """
    m, n = float(events.sum()), float(others.sum())
    if m <= 0 or n <= 0:
        return missing("all outcomes are alike", SOURCES)
    values, place = np.unique(score, return_inverse=True)
    of_events, of_others = (np.bincount(place, count, len(values)) for count in (events, others))
    below = np.cumsum(of_others) - of_others / 2
    above = m - np.cumsum(of_events) + of_events / 2
    event_share, other_share = below[place] / n, above[place] / m
    theta = float((events * event_share).sum() / m)
    starts = np.flatnonzero(np.diff(clusters, prepend=-1))
    e, o = (np.add.reduceat(count, starts) for count in (events, others))
    x = np.add.reduceat(events * event_share, starts) - e * theta
    y = np.add.reduceat(others * other_share, starts) - o * theta
    ones, zeros, number = int((e > 0).sum()), int((o > 0).sum()), len(starts)
    if min(ones, zeros, number) < 2 or not 0 < theta < 1:
        return Quantity(theta, None, "logit", None, SOURCES, "there are too few clusters with events, or no overlap")
    variance = ones / (ones - 1) * float(x @ x) / m**2 + zeros / (zeros - 1) * float(y @ y) / n**2
    variance += 2 * number / (number - 1) * float(x @ y) / (m * n)
    if variance <= 0:
        return Quantity(theta, None, "logit", None, SOURCES, "the components of the area do not vary between clusters")
    return Quantity(theta, variance**0.5 / (theta * (1 - theta)), "logit", CLUSTERED, SOURCES)

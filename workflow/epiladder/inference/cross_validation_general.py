"""Folds of the null rung of an outcome that is not Gaussian: fitted on the counts of each cluster where these suffice.

Events of binary outcomes are judged by Brier's score, counts by the logarithmic score (Gneiting and Raftery 2007). A
cluster without any count is given half of one where it stands alone, or its score would be infinite.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.load import Designed
from epiladder.design.model import Model
from epiladder.design.outcome import OFFSET, TRIALS, WEIGHT
from epiladder.design.spec import INTERCEPT
from epiladder.engine.fit import Approximation, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.engine.result import Estimates
from epiladder.inference.cross_validation import FOLDS, WAYS, Losses

if TYPE_CHECKING:
    from epiladder.study.config import Plan

HALF = 0.5


@dataclass(frozen=True)
class _Rows:
    """cluster: (N,), innermost. y, trials (one each for counts), offset and weight: (N,)."""

    cluster: np.ndarray
    y: np.ndarray
    trials: np.ndarray
    offset: np.ndarray
    weight: np.ndarray

    def chosen(self, which: np.ndarray) -> _Rows:
        """Some of the rows."""
        return _Rows(*(getattr(self, name)[which] for name in ("cluster", "y", "trials", "offset", "weight")))

    def gathered(self, n_clusters: int) -> _Rows:
        """One row a cluster that has any: counts, trials and exposures added up."""

        def summed(values: np.ndarray) -> np.ndarray:
            return np.bincount(self.cluster, self.weight * values, n_clusters)

        there = np.flatnonzero(np.bincount(self.cluster, minlength=n_clusters))
        y, trials, exposure = (summed(values)[there] for values in (self.y, self.trials, np.exp(self.offset)))
        return _Rows(there, y, trials, np.log(exposure), np.ones(len(there)))


def losses(plan: Plan, designed: Designed, rung: str, folds: np.ndarray, approximation: dict[str, Any]) -> Losses:
    """Losses of the held-out rows. Raises LikelihoodError where a fold cannot be fitted."""
    columns, model, cross = designed.columns(rung), designed.model(rung), designed.cross
    n_clusters, y = len(cross.table_rows), columns[model.outcome]
    ones = np.ones(len(y))
    cluster = np.repeat(np.arange(n_clusters), cross.table_rows.astype(np.int64))
    extra = (columns.get(TRIALS, ones), columns.get(OFFSET, 0.0 * ones), columns.get(WEIGHT, ones))
    rows = _Rows(cluster, y, *extra)
    chosen = Approximation(approximation["method"], approximation["nodes"])
    sums, units, left_out = np.zeros((len(WAYS), n_clusters)), np.zeros(n_clusters), 0.0
    for fold in range(FOLDS):
        training, held = rows.chosen(folds != fold), rows.chosen(folds == fold)
        found = _predicted(plan, cross, model, training, chosen)
        known = np.isfinite(found.linear[:, held.cluster]).all(axis=0)
        many = held.weight * (held.trials if plan.outcome.family == "binomial" else 1.0)
        for way in range(len(WAYS)):
            loss = np.where(known, _loss(plan, held, found, way), 0.0)
            sums[way] += np.bincount(held.cluster, held.weight * loss, n_clusters)
        units += np.bincount(held.cluster, np.where(known, many, 0.0), n_clusters)
        left_out += float(many[~known].sum())
    return Losses(sums, units, left_out)


@dataclass(frozen=True)
class _Predicted:
    """linear: (3, J), each cluster's linear predictor by each way of WAYS, NaN where it has none; for binary outcomes

    its probability. dispersion: of the negative binomial, single-level and mixed.
    """

    linear: np.ndarray
    dispersion: tuple[float | None, float | None]


def _predicted(plan: Plan, cross: Crossproducts, model: Model, training: _Rows, chosen: Approximation) -> _Predicted:
    n_clusters = len(cross.table_rows)
    sums = training.gathered(n_clusters)
    used = training if plan.outcome.family == "negative_binomial" else sums
    mixed = _fit(plan, cross, model, used, chosen)
    single = _fit(plan, cross, Model(model.outcome, model.fixed), used, chosen)
    linear = np.full((len(WAYS), n_clusters), np.nan)
    linear[0] = single.beta[0]
    linear[2] = mixed.beta[0]
    for level in mixed.modes:
        index = np.searchsorted(cross.starts(level.level), np.arange(n_clusters), side="right") - 1
        here = np.unique(index[sums.cluster])
        effects = np.full(len(cross.starts(level.level)), np.nan)
        effects[here] = level.modes[:, 0]
        linear[2] += effects[index]
    if plan.outcome.family == "binomial":
        linear[[0, 2]] = _probability(str(plan.outcome.link), linear[[0, 2]])
        linear[1, sums.cluster] = sums.y / sums.trials
    else:
        linear[1, sums.cluster] = np.log(np.maximum(sums.y, HALF)) - sums.offset
    return _Predicted(linear, (single.dispersion, mixed.dispersion))


def _fit(plan: Plan, cross: Crossproducts, model: Model, rows: _Rows, chosen: Approximation) -> Estimates:
    starts = np.flatnonzero(np.append(True, rows.cluster[1:] != rows.cluster[:-1]))
    labels = [label[rows.cluster[starts]] for label in cross.labels]
    columns = {INTERCEPT: np.ones(len(rows.y)), model.outcome: rows.y}
    made = crossproducts(list(columns), list(columns.values()), starts, cross.levels, labels, rows.weight)
    trials, offset = (rows.trials, None) if plan.outcome.family == "binomial" else (None, rows.offset)
    outcome = make_outcome(plan.outcome.family, str(plan.outcome.link), rows.y, trials, offset, rows.weight)
    return fit_general(made, model, columns, outcome, chosen)


def _probability(link: str, linear: np.ndarray) -> np.ndarray:
    from scipy.special import expit, ndtr

    if link == "cloglog":
        return -np.expm1(-np.exp(linear))
    return expit(linear) if link == "logit" else ndtr(linear)


def _loss(plan: Plan, held: _Rows, found: _Predicted, way: int) -> np.ndarray:
    """The loss of each held-out row, (N,): of a row of trials, of all of them."""
    from scipy.special import gammaln, xlogy

    linear = found.linear[way, held.cluster]
    if plan.outcome.family == "binomial":
        return held.y * (1 - linear) ** 2 + (held.trials - held.y) * linear**2
    mu, theta = np.exp(linear + held.offset), found.dispersion[0 if way == 0 else 1]
    if theta is None:
        return mu - xlogy(held.y, mu) + gammaln(held.y + 1)
    ratios = gammaln(held.y + theta) - gammaln(theta) - gammaln(held.y + 1)
    return -(ratios + xlogy(held.y, mu / (mu + theta)) - theta * np.log1p(mu / theta))

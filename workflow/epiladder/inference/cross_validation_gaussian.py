"""Folds of a Gaussian rung: each fitted, and its held-out rows judged, from cross-products by cluster and fold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from epiladder.design.crossproducts import Basis, Crossproducts, crossproducts, pair
from epiladder.design.load import Designed
from epiladder.design.model import Model
from epiladder.design.outcome import WEIGHT
from epiladder.design.spec import INTERCEPT
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.result import Estimates
from epiladder.inference.cross_validation import FOLDS, WAYS, Losses


def losses(designed: Designed, rung: str, folds: np.ndarray) -> Losses:
    """Squared errors of the held-out rows. Raises LikelihoodError where a fold cannot be fitted."""
    model, whole = designed.model(rung), designed.cross
    parts = by_fold(whole, model, designed.columns(rung), folds)
    n_clusters = len(whole.table_rows)
    sums, units, left_out = np.zeros((len(WAYS), n_clusters)), np.zeros(n_clusters), 0.0
    for fold in range(FOLDS):
        held = parts[fold]
        training = replace(held, products=sum(part.products for part in parts) - held.products)
        errors, known = _errors(training, model, held)
        sums += np.where(known, errors, 0.0)
        units += np.where(known, held.sizes, 0.0)
        left_out += float(held.sizes[~known].sum())
    return Losses(sums, units, left_out)


def by_fold(
    whole: Crossproducts, model: Model, columns: dict[str, np.ndarray], folds: np.ndarray
) -> list[Crossproducts]:
    """Cross-products of each fold by innermost cluster, zero where a cluster has no rows in it."""
    names = [INTERCEPT, *(name for name in columns if name in _used(model) and name != model.outcome), model.outcome]
    n_clusters = len(whole.table_rows)
    cell = np.repeat(np.arange(n_clusters), whole.table_rows.astype(np.int64)) * FOLDS + folds
    order = np.argsort(cell, kind="stable")
    cells, starts, rows = np.unique(cell[order], return_index=True, return_counts=True)
    weights = columns[WEIGHT][order] if WEIGHT in columns else None
    labels = [label[cells // FOLDS] for label in whole.labels]
    made = crossproducts(names, [columns[name][order] for name in names], starts, whole.levels, labels, weights)
    parts = []
    for fold in range(FOLDS):
        here = np.flatnonzero(cells % FOLDS == fold)
        products, table_rows = np.zeros((len(made.products), n_clusters)), np.zeros(n_clusters, dtype=np.int64)
        products[:, cells[here] // FOLDS] = made.products[:, here]
        table_rows[cells[here] // FOLDS] = rows[here]
        parts.append(Crossproducts(made.basis, products, whole.levels, whole.labels, table_rows))
    return parts


def _used(model: Model) -> set[str]:
    return {*model.fixed, *(name for part in model.random for name in part.names)} - {INTERCEPT}


def _errors(training: Crossproducts, model: Model, held: Crossproducts) -> tuple[np.ndarray, np.ndarray]:
    """Squared errors (3, J) of held-out rows, and the clusters (J,) that can be predicted in each way."""
    mixed = fit_gaussian(training, model, ("REML",))["REML"]
    single = fit_gaussian(training, Model(model.outcome, model.fixed), ("REML",))["REML"]
    n_clusters = len(held.table_rows)
    none, partial = (_coefficients(mixed, n_clusters) for _ in range(2))
    inner = mixed.modes[-1]
    for t, term in enumerate(inner.terms):
        none[term] = none.get(term, 0.0) + inner.alone[:, t]
    for level in mixed.modes:
        index = np.searchsorted(training.starts(level.level), np.arange(n_clusters), side="right") - 1
        for t, term in enumerate(level.terms):
            partial[term] = partial.get(term, 0.0) + level.modes[index, t]
    known = np.isfinite(sum(none.values()))
    ways = (_coefficients(single, n_clusters), none, partial)
    return np.array([_squares(held, way, model.outcome) for way in ways]), known


def _coefficients(fit: Estimates, n_clusters: int) -> dict[str, np.ndarray]:
    return {name: np.full(n_clusters, value) for name, value in zip(fit.names, fit.beta, strict=True)}


def _squares(held: Crossproducts, coefficients: dict[str, np.ndarray], outcome: str) -> np.ndarray:
    """The sum of (y - prediction)^2 of each cluster, (J,), a quadratic form of its cross-products."""
    weights = _residual_weights(held.basis, coefficients, outcome)
    total = np.zeros(len(held.table_rows))
    for i in range(len(weights)):
        for j in range(i + 1):
            total += (1 if i == j else 2) * weights[i] * weights[j] * held.products[pair(i, j)]
    return total


def _residual_weights(basis: Basis, coefficients: dict[str, np.ndarray], outcome: str) -> np.ndarray:
    """y - prediction as weights on the standardised columns, (m, J)."""
    n_clusters = len(next(iter(coefficients.values())))
    weights = np.zeros((len(basis.names), n_clusters))
    y, zero = basis.index(outcome), basis.index(INTERCEPT)
    weights[y], weights[zero] = basis.scale[y], basis.mean[y]
    for name, values in coefficients.items():
        i = basis.index(name)
        if name == INTERCEPT:
            weights[zero] -= values
        else:
            weights[i] -= values * basis.scale[i]
            weights[zero] -= values * basis.mean[i]
    return weights

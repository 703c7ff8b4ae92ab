"""Simulated Gaussian studies without an effect of treatment, which half of the clusters receive, and its tests.

A covariate of rows, a random intercept with an ICC of .05; ten rows a cluster, or from two to eighteen. Every replicate
is a table of its own whose cross-products go through the engine, as in the workflow, and has a seed of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.design.spec import INTERCEPT
from epiladder.engine.fit import fit_gaussian
from epiladder.errors import LikelihoodError
from epiladder.inference.bias_reduced import bias_reduced
from epiladder.inference.fixed import coefficients
from epiladder.inference.kenward_roger import kenward_roger
from epiladder.inference.reference import chi_square_tail

SEED, ICC, NOMINAL = 20261124, 0.05, 0.05
METHODS = ("z", "likelihood ratio", "Satterthwaite", "Kenward-Roger", "CR2")
FULL = Model("y", (INTERCEPT, "treated", "x"), (RandomColumns("cluster", ((INTERCEPT,),)),))
NONE = Model("y", (INTERCEPT, "x"), FULL.random)


def sizes(n_clusters: int, balanced: bool) -> np.ndarray:
    """Rows of each cluster, ten on average."""
    return np.full(n_clusters, 10) if balanced else np.resize([2, 18, 6, 14, 3, 17], n_clusters)


def p_values(rng: np.random.Generator, rows: np.ndarray) -> list[float]:
    """The p-value of the treatment by each method, in one table; NaN where a method has none."""
    n_clusters = len(rows)
    which = np.repeat(np.arange(n_clusters), rows)
    treated = rng.permutation(np.arange(n_clusters) % 2).astype(float)[which]
    x = rng.normal(size=len(which))
    y = 0.3 * x + np.sqrt(ICC) * rng.normal(size=n_clusters)[which] + np.sqrt(1 - ICC) * rng.normal(size=len(which))
    starts = np.cumsum(rows) - rows
    columns = {INTERCEPT: np.ones(len(which)), "treated": treated, "x": x, "y": y}
    labels = [np.arange(n_clusters).astype(str)]
    cross = crossproducts(list(columns), list(columns.values()), starts, ["cluster"], labels)
    fits = fit_gaussian(cross, FULL)
    reml, adjusted = fits["REML"], kenward_roger(cross, FULL, fits["REML"])
    ratio = fit_gaussian(cross, NONE, ("ML",))["ML"].deviance - fits["ML"].deviance
    found = [coefficients(reml, how, 0.95, adjusted)[1].p_value for how in ("none", "satterthwaite", "kenward_roger")]
    z, satterthwaite, kenward = (np.nan if value is None else value for value in found)
    robust = cluster_robust(np.column_stack([columns[name] for name in FULL.fixed]), y, which)
    return [z, chi_square_tail(max(ratio, 0.0), 1), satterthwaite, kenward, robust]


def cluster_robust(x: np.ndarray, y: np.ndarray, which: np.ndarray) -> float:
    """The p-value of the second column by least squares with CR2 and its degrees of freedom."""
    from scipy.special import stdtr

    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    errors, df = bias_reduced(x, y - x @ beta, np.ones(len(y)), which)
    return float(2 * stdtr(df[1], -abs(beta[1]) / errors[1]))


def cell(n_clusters: int, balanced: bool, replicates: int) -> dict[str, Any]:
    """By method, p-values below the nominal one and p-values that were had, and tables that could not be fitted."""
    rows, found, lost = sizes(n_clusters, balanced), [], 0
    for replicate in range(replicates):
        seed = np.random.SeedSequence([SEED, n_clusters, int(balanced)], spawn_key=(replicate,))
        try:
            found.append(p_values(np.random.default_rng(seed), rows))
        except LikelihoodError:
            lost += 1
    had = np.array(found).reshape(-1, len(METHODS))
    counts = {
        name: (int((values < NOMINAL).sum()), int((~np.isnan(values)).sum()))
        for name, values in zip(METHODS, had.T, strict=True)
    }
    return {"tests": counts, "lost": lost}

"""Checks of residuals and modes: quantiles for a picture, distances from a law, and spread by cluster.

A check flags what chance would do at a stated rate, and says by how much; it gives no p-value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.problem import make_problem

POINTS = 99  # quantiles of a picture
REACH = 3.5  # standard deviations that a normal picture spans
MOST = 400  # clusters of a picture
RATE = 0.01  # how often a check flags what is right
LILLIEFORS = 1.035  # Stephens (1974), table 1A, mean and variance estimated: 1 per cent
VISIBLE = 0.05  # distance of distribution functions from which a departure can be seen
LEAST = 8  # modes below which no shape can be judged

Record = dict[str, Any]


def probabilities(count: float, least: int, normal: bool) -> np.ndarray:
    """Where quantiles are taken: no more than there are values, no nearer to the ends than `least` of `count` values.

    normal: evenly on the normal law's own scale, so that its tails are seen.
    """
    from scipy.special import ndtr

    points = (np.arange(POINTS) + 0.5) / POINTS
    if count <= POINTS:
        points = (np.arange(int(count)) + 0.5) / int(count)
    elif normal:
        points = ndtr(np.linspace(-REACH, REACH, POINTS))
    end = min((least - 0.5) / count, 0.25)
    return points[(points >= end * (1 - 1e-9)) & (points <= 1 - end * (1 - 1e-9))]


def quantiles(values: np.ndarray, weights: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Quantiles of weighted values at probabilities."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp(at * weights.sum(), reached, values[order])


def against_normal(values: np.ndarray, weights: np.ndarray, least: int) -> Record:
    """Values beside the normal law of the same mean and variance: quantiles, moments, Kolmogorov's distance."""
    from scipy.special import ndtr, ndtri

    count = float(weights.sum())
    mean = float((weights * values).sum() / count)
    scale = float(np.sqrt((weights * (values - mean) ** 2).sum() / count)) or 1.0
    standard = (values - mean) / scale
    at = probabilities(count, least, normal=True)
    root = np.sqrt(count)
    distance = kolmogorov(ndtr(standard), weights)
    limit = LILLIEFORS / (root - 0.01 + 0.85 / root)
    return {
        "count": count,
        "distance": distance,
        "limit": float(limit),
        "skewness": float((weights * standard**3).sum() / count),
        "excess_kurtosis": float((weights * standard**4).sum() / count - 3),
        "expected": ndtri(at).tolist(),
        "observed": quantiles(values, weights, at).tolist(),
        "error_rate": RATE,
    }


def kolmogorov(uniform: np.ndarray, weights: np.ndarray) -> float:
    """The largest distance of a weighted empirical distribution function from the uniform one."""
    order = np.argsort(uniform, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    before = reached - weights[order] / weights.sum()
    return float(max((reached - uniform[order]).max(), (uniform[order] - before).max(), 0.0))


def of_modes(level: str, term: str, modes: np.ndarray, conditional: np.ndarray, variance: float, least: int) -> Record:
    """Conditional modes over their own standard deviations, sqrt(variance less the conditional one), as if normal.

    The law of modes is normal where that of the effects is (Lange and Ryan 1989). modes, conditional: (J,).
    """
    head = {"level": level, "term": term, "clusters": len(modes)}
    own = variance - conditional
    known = own > 1e-8 * max(variance, 1e-300)
    if variance <= 0 or known.sum() < LEAST:
        reason = "the variance is estimated as zero" if variance <= 0 else f"fewer than {LEAST} clusters tell of it"
        return {**head, "reason": reason, "flagged": False}
    found = against_normal(modes[known] / np.sqrt(own[known]), np.ones(int(known.sum())), least)
    return {**head, **found, "reason": None, "flagged": found["distance"] > found["limit"]}


def spread(cross: Crossproducts, model: Model, beta: np.ndarray, confidence: float) -> Record:
    """The residual variance within each innermost cluster beside a chi-square band, from cross-products alone.

    A cluster's own least squares on its random columns leave a sum of squares that is s2 chi-square with as many
    degrees of freedom as rows less columns, if residuals are normal with one variance (Raudenbush and Bryk 2002,
    chapter 9). beta: (p,), in the user's units.
    """
    squares, df = within(cross, model, beta)
    known = df >= 1
    if known.sum() < 2:
        return {"reason": "fewer than two clusters have rows enough for a variance of their own", "flagged": False}
    return judged(squares[known], df[known], confidence)


def within(cross: Crossproducts, model: Model, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Residual sum of squares within each innermost cluster (J,), in raw units, and its degrees of freedom."""
    problem = make_problem(cross, model)
    products = problem.products[0]
    q, p = len(problem.levels[0].terms), problem.n_fixed
    solved = problem.x_to_raw @ (beta - problem.y_mean * (np.array(problem.names) == "(Intercept)")) / problem.y_scale
    weights = np.append(-solved, 1.0)
    zr = np.tensordot(products[:, -1 - p :], weights, axes=(1, 0))
    zz = products[:, :q].transpose(2, 0, 1)
    values, vectors = np.linalg.eigh(zz)
    usable = values > 1e-9 * np.maximum(values[:, -1:], 1.0)
    along = np.einsum("jab,aj->jb", vectors, zr)
    explained = np.where(usable, along**2 / np.where(usable, values, 1.0), 0.0).sum(axis=1)
    left = (_residual_squares(cross, model, weights) - explained) * problem.y_scale**2
    return np.maximum(left, 0.0), np.rint(cross.sizes) - usable.sum(axis=1)


def _residual_squares(cross: Crossproducts, model: Model, weights: np.ndarray) -> np.ndarray:
    """The sum of (y - X beta)^2 of each cluster, (J,), standardised. weights: on the model's columns and outcome."""
    from epiladder.design.crossproducts import pair

    at = [cross.basis.index(name) for name in (*model.fixed, model.outcome)]
    total = np.zeros(cross.products.shape[1])
    for a, i in enumerate(at):
        for b, j in enumerate(at):
            total += weights[a] * weights[b] * cross.products[pair(i, j)]
    return total


def judged(squares: np.ndarray, df: np.ndarray, confidence: float) -> Record:
    """How many clusters lie outside the band, and how many would be too many: the binomial law's own quantile."""
    from scipy.special import bdtrc, chdtri

    pooled = float(squares.sum() / df.sum())
    ratio = squares / df / pooled
    tail = (1 - confidence) / 2
    low, high = chdtri(df, 1 - tail) / df, chdtri(df, tail) / df
    outside = int(((ratio < low) | (ratio > high)).sum())
    limit = next(k for k in range(len(df) + 1) if bdtrc(k, len(df), 1 - confidence) < RATE)
    order = np.argsort(df, kind="stable")
    drawn = order[np.unique(np.linspace(0, len(order) - 1, min(MOST, len(order))).round().astype(int))]
    return {
        "reason": None,
        "clusters": len(df),
        "outside": outside,
        "expected": float(len(df) * (1 - confidence)),
        "limit": limit,
        "flagged": outside > limit,
        "error_rate": RATE,
        "largest": float(np.sqrt(ratio.max())),
        "smallest": float(np.sqrt(ratio.min())),
        "df": df[drawn].tolist(),
        "ratio": np.sqrt(ratio[drawn]).tolist(),
        "low": np.sqrt(low[drawn]).tolist(),
        "high": np.sqrt(high[drawn]).tolist(),
    }


def by_fitted(fitted: np.ndarray, residuals: np.ndarray, weights: np.ndarray, least: int) -> list[Record]:
    """Residuals in bins of the fitted values, equal in number: their mean and standard deviation."""
    count = max(1, min(20, int(len(fitted) // max(least, 5))))
    edges = np.quantile(fitted, np.linspace(0, 1, count + 1)[1:-1])
    which = np.searchsorted(np.unique(edges), fitted, side="left")
    bins = []
    for one in np.unique(which):
        inside = which == one
        many = float(weights[inside].sum())
        if inside.sum() < least:
            continue
        mean = float((weights[inside] * residuals[inside]).sum() / many)
        square = float((weights[inside] * (residuals[inside] - mean) ** 2).sum() / many)
        middle = float((weights[inside] * fitted[inside]).sum() / many)
        bins.append({"fitted": middle, "mean": mean, "sd": float(np.sqrt(square)), "rows": many})
    return bins

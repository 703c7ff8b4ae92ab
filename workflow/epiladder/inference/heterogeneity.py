"""How much clusters differ, as ratios: median ratios, interval odds ratios, opposed odds ratios, and what of the
differences covariates account for.

Larsen and Merlo (2005) for the first three; with several levels V is the sum over those at which two people differ.
Proportional change in variance: Merlo and others (2005); rescaled for the moving latent scale as Hox, Moerbeek and van
de Schoot (2018, section 6.5) do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from epiladder.inference.fitted import Fitted, Values
from epiladder.inference.levels_of import level_of_column
from epiladder.inference.quantity import Quantity, missing, plain
from epiladder.inference.scales import median_ratio

TENTH = 1.2815515655446004  # the 90th percentile of the normal law
LARSEN = ("larsen2005",)
TWO_FITS = "two fits on the same rows: their joint law is not known, and a bootstrap would be needed"
Record = dict[str, Any]


def _from_level(fitted: Fitted, values: Values, k: int) -> float:
    """The variances from a level inwards, summed: what two people of different clusters of it differ by."""
    return sum(fitted.at_means(values)[k:])


def median_ratios(fitted: Fitted) -> list[Record]:
    """One row a level at which two people differ, as far as the link has ratios: rung level variance ratio."""
    if fitted.family.ratio[fitted.link] is None:
        return []
    rows = []
    for k, level in enumerate(fitted.levels):
        found = fitted.delta(lambda v, k=k: _from_level(fitted, v, k), "log")
        variance = float(found.estimate or 0.0)
        scale = "log variance"
        ratio = Quantity(median_ratio(variance), found.std_error, scale, found.method, LARSEN, found.reason)
        rows.append({"rung": fitted.rung, "level": level, "variance": variance, "ratio": ratio})
    return rows


def interval_ratios(fitted: Fitted) -> list[Record]:
    """For each covariate of a cluster level, of one unit or against the reference: the 80% interval odds ratio and the
    proportion of opposed odds ratios; one row for each level, from the covariate's outwards, at which the two differ.
    """
    if fitted.family.ratio[fitted.link] is None:
        return []
    rows = []
    for i, term in enumerate(fitted.names):
        own = level_of_column(fitted.designed.cross, term) if i and ":" not in term else None
        if own is None or own not in fitted.levels:
            continue
        for k in range(fitted.levels.index(own) + 1):
            rows.append(_interval_ratio(fitted, i, term, k))
    return rows


def _interval_ratio(fitted: Fitted, i: int, term: str, k: int) -> Record:
    values = fitted.values(fitted.vector)
    beta, spread = float(values.beta[i]), math.sqrt(2 * max(_from_level(fitted, values, k), 0.0))
    opposed = missing("the variance between clusters is estimated as zero", LARSEN)
    if spread > 0:
        opposed = fitted.delta(lambda v: _opposed(float(v.beta[i]), _from_level(fitted, v, k)), "logit", LARSEN)
    return {
        "rung": fitted.rung,
        "term": term,
        "level": fitted.levels[k],
        "share": 0.8,
        "low": math.exp(beta - TENTH * spread),
        "high": math.exp(beta + TENTH * spread),
        "opposed": opposed,
        "references": list(LARSEN),
    }


def _opposed(beta: float, variance: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(-abs(beta) / math.sqrt(2 * variance)))


def variance_changes(null: Fitted, others: Sequence[Fitted]) -> list[Record]:
    """From the null rung to each other, by level: naive (V0 - V1)/V0, and with V1 on the null rung's latent scale."""
    before = null.at_means(null.values(null.vector))
    rows = []
    for other in others:
        after = other.at_means(other.values(other.vector))
        for level, v0, v1 in zip(null.levels, before, after, strict=True):
            rows.append({"from": null.rung, "to": other.rung, "level": level, **_change(null, other, v0, v1)})
    return rows


def _change(null: Fitted, other: Fitted, v0: float, v1: float) -> Mapping[str, Quantity | None]:
    sources = ("merlo2005",)
    if v0 <= 0:
        nothing = missing("the null rung's variance is estimated as zero", sources)
        return {"naive": nothing, "rescaled": nothing if other.level1 is not None else None}
    naive = plain((v0 - v1) / v0, TWO_FITS, sources)
    if other.level1 is None:
        return {"naive": naive, "rescaled": None}
    whole = sum(null.at_means(null.values(null.vector))) + other.level1
    grown = linear_variance(other) + sum(other.at_means(other.values(other.vector))) + other.level1
    return {"naive": naive, "rescaled": plain((v0 - v1 * whole / grown) / v0, TWO_FITS, ("hox2018",))}


def linear_variance(fitted: Fitted, beta: np.ndarray | None = None) -> float:
    """The variance of the fixed part over the rows, beta' S beta."""
    beta = fitted.values(fitted.vector).beta if beta is None else beta
    return float(beta @ fitted.moments(fitted.names)[1] @ beta)

"""How much clusters differ, as ratios: median ratios, interval odds ratios, opposed odds ratios, and what of the
differences covariates account for.

Larsen and Merlo (2005) for the first three; with several levels V is the sum over those at which two people differ.
Proportional change in variance: Merlo and others (2005); rescaled for the moving latent scale as Hox, Moerbeek and van
de Schoot (2018, section 6.5) do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from epiladder.inference.fitted import Fitted, Values
from epiladder.inference.levels_of import level_of_column
from epiladder.inference.quantity import Quantity, missing, plain
from epiladder.inference.scales import median_ratio

TENTH = 1.2815515655446004  # the 90th percentile of the normal law
ENDS = (-TENTH, TENTH)
LARSEN = ("larsen2005",)
TWO_FITS = "two fits on the same rows, whose joint law only a bootstrap gives"
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
        found = fitted.quantity(lambda v, k=k: _from_level(fitted, v, k), "log")
        ratio = _carried(found)
        rows.append({"rung": fitted.rung, "level": level, "variance": float(found.estimate or 0.0), "ratio": ratio})
    return rows


def _carried(found: Quantity) -> Quantity:
    """The median ratio of a variance with its intervals, which it carries as it rises with it."""
    limits = None if found.limits is None else (median_ratio(found.limits[0]), median_ratio(found.limits[1]))
    references = tuple(dict.fromkeys([*LARSEN, *found.references]))
    others = tuple(_carried(one) for one in found.alternatives)
    ratio = median_ratio(float(found.estimate or 0.0))
    return replace(
        found, estimate=ratio, scale="log variance", references=references, limits=limits, alternatives=others
    )


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
        opposed = fitted.quantity(
            lambda v: _opposed(float(v.beta[i]), _from_level(fitted, v, k)), "logit", LARSEN, from_zero=False
        )
    low, high = (fitted.quantity(lambda v, at=at: _end(fitted, v, i, k, at), "log", LARSEN, False) for at in ENDS)
    return {
        "rung": fitted.rung,
        "term": term,
        "level": fitted.levels[k],
        "share": 0.8,
        "low": math.exp(beta - TENTH * spread),
        "high": math.exp(beta + TENTH * spread),
        "low_end": low,
        "high_end": high,
        "opposed": opposed,
        "references": list(LARSEN),
    }


def _opposed(beta: float, variance: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(-abs(beta) / math.sqrt(2 * variance))) if variance > 0 else 0.0


def _end(fitted: Fitted, values: Values, i: int, k: int, at: float) -> float:
    """An end of the interval odds ratio: exp(beta + at sqrt(2 V)), at a quantile of the normal law."""
    return math.exp(float(values.beta[i]) + at * math.sqrt(2 * max(_from_level(fitted, values, k), 0.0)))


def variance_changes(null: Fitted, others: Sequence[Fitted]) -> list[Record]:
    """From the null rung to each other, by level: naive (V0 - V1)/V0, and with V1 on the null rung's latent scale."""
    rows = []
    for other in others:
        for k, level in enumerate(null.levels):
            rows.append({"from": null.rung, "to": other.rung, "level": level, **_change(null, other, k)})
    return rows


def _change(null: Fitted, other: Fitted, k: int) -> Mapping[str, Quantity | None]:
    """With percentiles of replicates drawn from the larger rung, to which both rungs are refitted."""

    def changed(of_other: Values, of_null: Values, rescaled: bool) -> float:
        before, after = null.at_means(of_null), other.at_means(of_other)
        if before[k] <= 0:
            return math.nan
        factor = 1.0
        if rescaled and other.level1 is not None:
            grown = linear_variance(other, of_other.beta) + sum(after) + other.level1
            factor = (sum(before) + other.level1) / grown
        return (before[k] - after[k] * factor) / before[k]

    at = other.values(other.vector), null.values(null.vector)
    found: dict[str, Quantity | None] = {}
    for key, source in (("naive", "merlo2005"), ("rescaled", "hox2018")):
        estimate = changed(*at, rescaled=key == "rescaled")
        if key == "rescaled" and other.level1 is None:
            found[key] = None
        elif math.isnan(estimate):
            found[key] = missing("the null rung's variance is estimated as zero", ("merlo2005",))
        else:
            known = plain(estimate, TWO_FITS, (source,))
            found[key] = other.with_null(known, lambda v, n, key=key: changed(v, n, key == "rescaled"))
    return found


def linear_variance(fitted: Fitted, beta: np.ndarray | None = None) -> float:
    """The variance of the fixed part over the rows, beta' S beta."""
    beta = fitted.values(fitted.vector).beta if beta is None else beta
    return float(beta @ fitted.moments(fitted.names)[1] @ beta)

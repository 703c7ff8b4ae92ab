"""Simple slopes of cross-level effects: g10 + g11 w over the moderator, with bands and the region of significance.

Variance Var(g10) + w^2 Var(g11) + 2 w Cov(g10, g11) (Bauer and Curran 2005); the region's bounds are the roots of
(g10 + g11 w)^2 = t^2 Var, t the quantile of the band (Johnson and Neyman 1936). Band and region hold one value of w at
a time. Other variables that the slope meets are at their means, categories at their reference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.load import Designed
from epiladder.inference.contrast import contrast, fewest
from epiladder.inference.levels_of import level_of_column
from epiladder.inference.moved import Makeup, makeup
from epiladder.study.terms import known_names, parse_term, resolve

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]
POINTS = 21
PERCENTILES = ("p05", "p25", "p50", "p75", "p95")
SOURCES = ("bauer2005",)


def simple_slopes(plan: Plan, designed: Designed, estimate: Mapping[str, Any]) -> list[Record]:
    """One row a slope's column and moderator of the plan's cross-level effects.

    slope moderator kind random_slope points region curve; region and curve for a number, else null.
    """
    made, rows = makeup(plan, designed, "cross_level"), []
    random = {term for part in estimate["random"] for term in part["terms"]}
    for term in resolve(plan).cross_level:
        factors = [factor.text for factor in parse_term(term, known_names(plan)).factors]
        if len(factors) != 2:
            continue
        slope, moderator = _roles(plan, designed, factors)
        for column in designed.stored["terms"][slope]:
            head = {"slope": column, "moderator": moderator, "random_slope": column in random}
            moderators = designed.stored["terms"][moderator]
            rows.append({**head, **_slopes(plan, designed, estimate, made, column, moderators)})
    return rows


def _roles(plan: Plan, designed: Designed, factors: Sequence[str]) -> tuple[str, str]:
    """The factor whose slope is moderated, and the moderator: a random slope first, else the inner level's."""
    slopes = {slope.of for slope in resolve(plan).slopes}
    varying = [factor for factor in factors if factor in slopes]
    if len(varying) == 1:
        return varying[0], next(factor for factor in factors if factor != varying[0])
    order = [*designed.cross.levels, None]
    depth = [order.index(level_of_column(designed.cross, designed.stored["terms"][f][0])) for f in factors]
    return (factors[1], factors[0]) if depth[1] > depth[0] else (factors[0], factors[1])


def _slopes(
    plan: Plan, designed: Designed, estimate: Mapping[str, Any], made: Makeup, slope: str, moderators: Sequence[str]
) -> Record:
    held = _held(designed)

    def weights(at: Mapping[str, float]) -> dict[str, float]:
        return slope_weights(made, slope, {**held, **at})

    known = next(one for one in designed.stored["columns"] if one["name"] == moderators[0])
    if len(moderators) > 1 or known["binary"]:
        settings = [(None, dict.fromkeys(moderators, 0.0))]
        settings += [(name, {other: float(other == name) for other in moderators}) for name in moderators]
        points = [{"at": name, **_point(plan, estimate, weights(at))} for name, at in settings]
        return {"kind": "category", "points": points, "region": None, "curve": None, "references": list(SOURCES)}
    points = [
        {"at": key, "value": known[key], **_point(plan, estimate, weights({moderators[0]: known[key]}))}
        for key in PERCENTILES
    ]
    grid = np.linspace(known["p05"], known["p95"], POINTS)
    found = [_point(plan, estimate, weights({moderators[0]: float(w)})) for w in grid]
    curve = {key: [one[key] for one in found] for key in ("estimate", "ci_low", "ci_high")}
    zero, one = (weights({moderators[0]: w}) for w in (0.0, 1.0))
    return {
        "kind": "number",
        "points": points,
        "region": region(plan, estimate, zero, one, (known["p05"], known["p95"])),
        "curve": {"value": grid.tolist(), **curve},
        "references": list(SOURCES),
    }


def _held(designed: Designed) -> dict[str, float]:
    """Where other variables are: numbers at their mean, categories at their reference."""
    return {one["name"]: 0.0 if one["binary"] else one["mean"] for one in designed.stored["columns"]}


def slope_weights(made: Makeup, slope: str, at: Mapping[str, float]) -> dict[str, float]:
    """The derivative of the fixed part by a factor column, as weights of the fixed effects, others at values."""
    return {
        name: math.prod(at[factor] for factor in factors if factor != slope)
        for name, factors in made.factors.items()
        if slope in factors
    }


def _point(plan: Plan, estimate: Mapping[str, Any], weights: Mapping[str, float]) -> Record:
    return dict(contrast(estimate, weights, plan.inference.confidence).__dict__)


def region(
    plan: Plan,
    estimate: Mapping[str, Any],
    at_zero: Mapping[str, float],
    at_one: Mapping[str, float],
    seen: tuple[float, float],
) -> Record:
    """significant: outside or between the bounds, everywhere or nowhere. shown: what of it lies in the seen range."""
    from scipy.special import ndtri, stdtrit

    names = [row["term"] for row in estimate["fixed"]]
    base = np.array([at_zero.get(name, 0.0) for name in names])
    step = np.array([at_one.get(name, 0.0) for name in names]) - base
    beta, covariance = np.array([row["estimate"] for row in estimate["fixed"]]), np.array(estimate["fixed_covariance"])
    df, upper = fewest(estimate, {**at_zero, **at_one}), (1 + plan.inference.confidence) / 2
    t2 = float(ndtri(upper) if df is None else stdtrit(df, upper)) ** 2
    a = float(step @ beta) ** 2 - t2 * float(step @ covariance @ step)
    b = float(base @ beta) * float(step @ beta) - t2 * float(base @ covariance @ step)
    c = float(base @ beta) ** 2 - t2 * float(base @ covariance @ base)
    discriminant = b * b - a * c
    if discriminant <= 0 or a == 0:
        where, bounds = ("everywhere" if c > 0 else "nowhere"), []
    else:
        bounds = sorted((-b + sign * math.sqrt(discriminant)) / a for sign in (-1, 1))
        where = "outside" if a > 0 else "between"
    return {"significant": where, "bounds": bounds, "seen": list(seen), "shown": _shown(where, bounds, seen)}


def _shown(where: str, bounds: Sequence[float], seen: tuple[float, float]) -> list[list[float]]:
    """The intervals of the seen range in which the slope differs from zero."""
    low, high = seen
    if where in ("everywhere", "nowhere"):
        return [[low, high]] if where == "everywhere" else []
    first, last = bounds
    parts = (
        [(low, min(first, high)), (max(last, low), high)]
        if where == "outside"
        else [(max(first, low), min(last, high))]
    )
    return [[a, b] for a, b in parts if b > a]

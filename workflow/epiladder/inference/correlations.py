"""Intraclass correlations on named scales, as values and as curves over a variable with a random slope.

Latent and response scale: Goldstein, Browne and Rasbash (2002). Counts: Stryhn and others (2006); Austin and others
(2018); Leckie and others (2020). Random slopes: Goldstein (2011, section 2.5), V(x) = v00 + 2 x v01 + x^2 v11.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.inference.fitted import Fitted, Values
from epiladder.inference.quantity import Quantity
from epiladder.inference.scales import COUNTS, LATENT, RESPONSE, UNITS, At, count_shares, on_scale, scales_of
from epiladder.inference.variation import Interval, exact_interval, one_way, shares

if TYPE_CHECKING:
    from epiladder.design.load import Designed
    from epiladder.study.config import Plan

POINTS = 41  # of a curve
SOURCES = {
    UNITS: ("goldstein2011",),
    LATENT: ("goldstein2002",),
    RESPONSE: ("goldstein2002",),
    COUNTS: ("austin2018", "leckie2020"),
}
Record = dict[str, Any]


def correlations(fitted: Fitted, confidence: float) -> list[Record]:
    """One row a scale and level: rung scale level at together own, the last two quantities.

    together: correlation of two units of one cluster of the level; own: this level's share of the variance.
    """
    rows = []
    for scale in scales_of(fitted.family, fitted.link):
        for k, level in enumerate(fitted.levels):
            together = fitted.quantity(lambda v, s=scale, k=k: _together(fitted, v, s)[k], "logit", SOURCES[scale])
            own = fitted.quantity(lambda v, s=scale, k=k: own_shares(fitted, v, s)[k], "logit", SOURCES[scale])
            if k == 0:
                together = _exact(fitted, together, confidence)
                own = together if len(fitted.levels) == 1 else own
            rows.append(
                {
                    "rung": fitted.rung,
                    "scale": scale,
                    "level": level,
                    "at": _at(fitted, scale),
                    "together": together,
                    "own": own,
                }
            )
    return rows


def null_correlations(plan: Plan, designed: Designed, null: Record) -> list[Quantity]:
    """The null rung's correlation of two units of each level's clusters, on the scale of the screen, outermost first.

    Nothing where the rung carries no uncertainty of its variances.
    """
    fitted = Fitted.of(plan, designed, null)
    if fitted is None:
        return []
    scale = scales_of(fitted.family, fitted.link)[0]
    return [_large_sample(fitted, scale, k) for k in range(len(fitted.levels))]


def _large_sample(fitted: Fitted, scale: str, k: int) -> Quantity:
    """The correlation of two units of a cluster of level k, by the delta method."""
    return fitted.delta(lambda v: _together(fitted, v, scale)[k], "logit", SOURCES[scale])


def _exact(fitted: Fitted, found: Quantity, confidence: float) -> Quantity:
    """The exact interval of a Gaussian null model with one level of clusters (Harville and Fenech 1985)."""
    if not fitted.family.has_residual_variance or fitted.rung != "null" or len(fitted.levels) != 1:
        return found
    made: Interval = exact_interval(one_way(fitted.designed.cross, str(fitted.plan.outcome.variable)), confidence)
    if made.low is None or made.high is None:
        return found
    references = (*SOURCES[UNITS], "harville1985")
    others = () if found.limits is None else (replace(found, alternatives=()),)
    return Quantity(
        found.estimate,
        None,
        found.scale,
        made.method,
        references,
        limits=(made.low, made.high),
        alternatives=others,
    )


def _at(fitted: Fitted, scale: str) -> str | None:
    """Where a correlation that depends on covariates is taken."""
    slopes = any(len(part["terms"]) > 1 for part in fitted.estimate["random"])
    if scale in (RESPONSE, COUNTS) or slopes:
        return "at the means of the covariates" if len(fitted.names) > 1 or slopes else "at the mean"
    return None


def _together(fitted: Fitted, values: Values, scale: str) -> list[float]:
    eta = float(fitted.moments(fitted.names)[0] @ values.beta)
    at = At(eta + fitted.log_exposure, values.residual, values.dispersion)
    return on_scale(scale, fitted.family, fitted.link, fitted.at_means(values), at)


def own_shares(fitted: Fitted, values: Values, scale: str) -> list[float]:
    """Each level's own share of the variance on a scale, outermost first, what its correlation adds to the outer's."""
    return [float(value) for value in np.diff([0.0, *_together(fitted, values, scale)])]


def curves(fitted: Fitted) -> list[Record]:
    """For each random slope: x, the level's variance and its correlation over the variable's 5th to 95th percentile.

    The correlation is that of two units of a cluster with the same x; other slopes' variables are at their means.
    """
    values, rows = fitted.values(fitted.vector), []
    known = {column["name"]: column for column in fitted.designed.stored["columns"]}
    for k, (level, terms, _) in enumerate(values.covariances):
        for term in terms:
            column = known.get(term)
            if column is None:
                continue
            binary = bool(column["binary"])
            low, high = (0.0, 1.0) if binary else (column["p05"], column["p95"])
            xs = np.linspace(low, high, 2 if binary else POINTS)
            rows.append(_curve(fitted, values, k, level, term, xs))
    return rows


def _curve(fitted: Fitted, values: Values, k: int, level: str, term: str, xs: np.ndarray) -> Record:
    scale = scales_of(fitted.family, fitted.link)[0]
    variances = [fitted.quantity(lambda v, x=x: _variances_at(fitted, v, term, x)[k], "log") for x in xs]
    together = [fitted.quantity(lambda v, x=x: _at_x(fitted, v, scale, term, x)[k], "logit") for x in xs]
    return {
        "rung": fitted.rung,
        "level": level,
        "term": term,
        "scale": scale,
        "x": xs.tolist(),
        "variance": variances,
        "together": together,
        "least_at": _least(values, k, term, xs),
        "references": list(SOURCES[UNITS]),
    }


def told(curve: Record, confidence: float) -> Record:
    """A curve with its quantities as lists: variance and together, and of each the ends, method, reason and flag.

    Where a part of a curve has no interval its ends are null; flags are said once.
    """
    found = dict(curve)
    for key in ("variance", "together"):
        points = [one.as_json(confidence) for one in curve[key]]
        found[key] = [one["estimate"] for one in points]
        found[f"{key}_band"] = {
            **{end: [one[end] for one in points] for end in ("ci_low", "ci_high")},
            **{name: _once(one[name] for one in points) for name in ("method", "reason", "flag")},
            "references": points[0]["references"],
        }
    return found


def _once(texts: Iterable[str | None]) -> str | None:
    return "; ".join(dict.fromkeys(text for text in texts if text)) or None


def _at_x(fitted: Fitted, values: Values, scale: str, term: str, x: float) -> list[float]:
    """Correlations of two units with the same x, of each level, outermost first."""
    variances = _variances_at(fitted, values, term, x)
    if scale == COUNTS:
        means = fitted.moments(fitted.names)[0]
        eta = float(_moved(fitted, means, term, x) @ values.beta) + fitted.log_exposure
        return count_shares(variances, eta, values.dispersion).together
    return shares(variances, (values.residual if scale == UNITS else fitted.level1) or 0.0)[1]


def _moved(fitted: Fitted, means: np.ndarray, term: str, x: float) -> np.ndarray:
    """Means of the fixed columns with one term at x, products that hold it left at theirs."""
    return np.where([name == term for name in fitted.names], x, means)


def _variances_at(fitted: Fitted, values: Values, term: str, x: float) -> list[float]:
    found = []
    for _, terms, sigma in values.covariances:
        z = fitted.moments(terms)[0]
        z = np.where([name == term for name in terms], x, z)
        found.append(float(z @ sigma @ z))
    return found


def _least(values: Values, k: int, term: str, xs: np.ndarray) -> float | None:
    """Where v00 + 2 x v01 + x^2 v11 is least, -v01/v11, if that lies within the curve and no other slope is there."""
    _, terms, sigma = values.covariances[k]
    at = terms.index(term)
    if len(terms) != 2 or sigma[at, at] <= 0:
        return None
    x = -float(sigma[at, 1 - at] / sigma[at, at])
    return x if xs[0] <= x <= xs[-1] else None

"""R squared of mixed models: marginal (fixed part) and conditional (fixed and random part).

Nakagawa and Schielzeth (2013); random slopes by the mean variance over the rows, tr(Z Sigma Z')/N (Johnson 2014);
distribution-specific variances of Nakagawa, Johnson and Schielzeth (2017), counts by the lognormal approximation.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from epiladder.inference.fitted import Fitted, Values
from epiladder.inference.heterogeneity import linear_variance
from epiladder.inference.quantity import Quantity, missing

SOURCES = ("nakagawa2017", "johnson2014")
OBSERVED, COUNTED = "observation level", "log of counts, lognormal"
NO_NULL = "the null rung, at whose mean it is taken, was not fitted"
Record = dict[str, Any]


def r_squared(fitted: Fitted, null: Fitted | None) -> list[Record]:
    """One row a scale: rung scale marginal conditional fixed random unit.

    null: the null rung, whose mean the variance of a count, or of an event on the observed scale, is taken at.
    """
    rows = []
    for scale, unit in _unit_variances(fitted, null):
        if isinstance(unit, str):
            nothing = missing(unit, SOURCES)
            rows.append({"rung": fitted.rung, "scale": scale, "marginal": nothing, "conditional": nothing})
            continue
        rows.append(
            {
                "rung": fitted.rung,
                "scale": scale,
                "marginal": _share(fitted, null, scale, unit, random=False),
                "conditional": _share(fitted, null, scale, unit, random=True),
                "fixed": linear_variance(fitted),
                "random": mean_random_variance(fitted, fitted.values(fitted.vector)),
                "unit": unit if unit is not None else fitted.values(fitted.vector).residual,
            }
        )
    return rows


def _share(fitted: Fitted, null: Fitted | None, scale: str, unit: float | None, random: bool) -> Quantity:
    """A share, the covariates taken as observed; a fixed part of nothing has no interval.

    A unit's variance that stands on the null rung is made anew in each replicate; the delta method takes it as known.
    """

    def share(values: Values, unit: float | None = unit) -> float:
        fixed, between = linear_variance(fitted, values.beta), mean_random_variance(fitted, values)
        own = values.residual if unit is None else unit
        return (fixed + between * random) / (fixed + between + (own or 0.0))

    def beside_null(values: Values, of_null: Values) -> float:
        assert null is not None
        return share(values, ON_NULL[scale](null, of_null, values))

    if len(fitted.names) == 1 and not random:
        return Quantity(0.0, None, "logit", None, SOURCES, "there are no covariates")
    if scale not in ON_NULL or null is None or null.rung == fitted.rung:
        return fitted.quantity(share, "logit", SOURCES)
    return fitted.with_null(fitted.delta(share, "logit", SOURCES), beside_null)


def mean_random_variance(fitted: Fitted, values: Values) -> float:
    """tr(Z Sigma Z')/N, summed over levels: m'Sigma m + tr(Sigma S), with S of divisor N."""
    total, n = 0.0, fitted.designed.cross.n_rows
    for _, terms, sigma in values.covariances:
        mean, covariance = fitted.moments(terms)
        total += float(mean @ sigma @ mean + np.sum(sigma * covariance) * (n - 1) / n)
    return total


def _unit_variances(fitted: Fitted, null: Fitted | None) -> list[tuple[str, float | str | None]]:
    """The variance of a unit on each scale; None stands for the residual variance, a text says why there is none."""
    if fitted.family.has_residual_variance:
        return [("identity", None)]
    if fitted.level1 is not None:
        observed: float | str = "the observation-level variance is known for the logit link alone"
        if fitted.link == "logit":
            observed = NO_NULL if null is None else _observed(null, null.values(null.vector))
        return [("latent", fitted.level1), (OBSERVED, observed)]
    if null is None:
        return [(COUNTED, NO_NULL)]
    own = fitted.values(fitted.vector)
    return [(COUNTED, _counted(null, null.values(null.vector), own))]


def _observed(null: Fitted, values: Values, own: Values | None = None) -> float:
    """1/(p (1 - p)) at the null rung's marginal mean (Nakagawa, Johnson and Schielzeth 2017, table 2)."""
    from epiladder.inference.integrate import mean_response

    p = float(mean_response(null.link, values.beta[:1], np.array([sum(null.at_means(values))]))[0])
    return 1 / (p * (1 - p))


def _counted(null: Fitted, values: Values, own: Values) -> float:
    """log(1 + 1/mu + 1/theta) at the null rung's marginal mean mu = exp(b0 + V/2), theta the rung's own."""
    log_mean = float(values.beta[0]) + null.log_exposure + sum(null.at_means(values)) / 2
    theta = own.dispersion
    return math.log1p(math.exp(-log_mean) + (0.0 if theta is None else 1 / theta))


ON_NULL = {OBSERVED: _observed, COUNTED: _counted}  # scales on which a unit's variance stands on the null rung

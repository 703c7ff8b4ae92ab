"""Population-average risks and rates of a mixed model by standardisation, and what a covariate changes about them.

Every row is given the same value of one covariate, keeps its others, and its random effects are integrated over their
normal law; the mean over the rows is the risk if all were so (g-formula with the model's marginal means). Standard
errors by the delta method from the joint covariance of fixed effects and covariance parameters, the rows' covariates
taken as they are (Zeger, Liang and Albert 1988; Hedeker and others 2018; Pavlou and others 2015).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from epiladder.design.outcome import OFFSET, TRIALS, WEIGHT
from epiladder.inference.fitted import AT_ZERO, Fitted
from epiladder.inference.integrate import averaged
from epiladder.inference.moved import TRANSFORMED, Makeup, makeup, moved
from epiladder.inference.quantity import Quantity, missing

SOURCES = ("zeger1988", "hedeker2018")
METHOD = "the delta method on the {scale} scale, from the joint covariance of fixed effects and covariance parameters"
CHUNK = 1 << 17  # rows looked at together
Record = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """A covariate at a value: its factor columns and theirs; label: a category, or a percentile of a number."""

    label: str
    value: float | None
    to: Mapping[str, float]


@dataclass(frozen=True)
class Mean:
    """A marginal mean and its slopes by fixed effects and covariance parameters, (p + k,)."""

    value: float
    slope: np.ndarray


def standardised(fitted: Fitted) -> list[Record]:
    """One row a contrast of a covariate: rung variable from to risk_from risk_to difference ratio (quantities).

    Categories against the reference; numbers at their upper against their lower quartile. Gaussian means have none: a
    coefficient says there what a contrast would.
    """
    if fitted.family.has_residual_variance or len(fitted.names) == 1:
        return []
    made = makeup(fitted.plan, fitted.designed, fitted.rung)
    columns = fitted.designed.columns(fitted.rung)
    rows, means = [], {}
    for variable, settings in contrasts(fitted, made):
        if isinstance(settings, str):
            rows.append(_unknown(fitted, variable, settings))
            continue
        for setting in settings:
            means[variable, setting.label] = marginal_mean(fitted, moved(made, columns, setting.to))
        low = settings[0]
        rows += [
            _contrast(fitted, variable, low, high, means[variable, low.label], means[variable, high.label])
            for high in settings[1:]
        ]
    return rows


def contrasts(fitted: Fitted, made: Makeup) -> list[tuple[str, list[Setting] | str]]:
    """Each covariate with its settings, the reference first, or why it has none."""
    of_variable: dict[str, list[str]] = {}
    for column, variable in made.variables.items():
        of_variable.setdefault(variable, []).append(column)
    found: list[tuple[str, list[Setting] | str]] = []
    for variable, columns in of_variable.items():
        base = variable.partition(".")[0] if variable not in fitted.plan.variables else variable
        if variable in made.transformed or base in made.transformed:
            found.append((variable, TRANSFORMED))
        else:
            found.append((variable, _settings(fitted, variable, columns)))
    return found


def _settings(fitted: Fitted, variable: str, columns: list[str]) -> list[Setting] | str:
    plan = fitted.plan.variables.get(variable)
    if plan is not None and plan.type in ("category", "boolean"):
        labels = [column[len(variable) + 1 : -1] for column in columns]
        first = str(plan.categories[0]) if plan.type == "category" and plan.categories else "false"
        return [
            Setting(first, None, dict.fromkeys(columns, 0.0)),
            *(
                Setting(label, None, {other: float(other == column) for other in columns})
                for label, column in zip(labels, columns, strict=True)
            ),
        ]
    known = next(one for one in fitted.designed.stored["columns"] if one["name"] == columns[0])
    ends = (0.0, 1.0) if known["binary"] else (known["p25"], known["p75"])
    names = ("0", "1") if known["binary"] else ("lower quartile", "upper quartile")
    if ends[0] == ends[1]:
        return "its quartiles are one value, so that there are no two values to compare"
    return [Setting(name, float(end), {columns[0]: float(end)}) for name, end in zip(names, ends, strict=True)]


def marginal_mean(fitted: Fitted, columns: Mapping[str, np.ndarray]) -> Mean:
    """The mean over the rows, as often as they stand for: trials and weights, or exposure for rates.

    Rates are for one unit of exposure.
    """
    n = len(next(iter(columns.values())))
    parts = [_part(fitted, columns, slice(at, at + CHUNK)) for at in range(0, n, CHUNK)]
    weight = sum(part[0] for part in parts)
    value = sum(part[1] for part in parts) / weight
    return Mean(float(value), np.sum([part[2] for part in parts], axis=0) / weight)


def _part(fitted: Fitted, columns: Mapping[str, np.ndarray], rows: slice) -> tuple[float, float, np.ndarray]:
    """Sum of weights, of means and of slopes over some rows."""
    values = fitted.values(fitted.vector)
    x = np.array([columns[name][rows] for name in fitted.names])
    z = {level: np.array([columns[t][rows] for t in terms]) for level, terms, _ in values.covariances}
    variance = np.sum([np.einsum("an,ab,bn->n", z[lv], s, z[lv]) for lv, _, s in values.covariances], axis=0)
    mean, by_eta, by_variance = averaged(fitted.link, values.beta @ x, np.maximum(variance, 0.0))
    weights = np.ones(x.shape[1])
    for name in (TRIALS, WEIGHT):
        weights = weights * columns[name][rows] if name in columns else weights
    weights = weights * np.exp(columns[OFFSET][rows]) if OFFSET in columns else weights
    slopes = [*(x @ (weights * by_eta))]
    for row in fitted.estimate["covariance_parameters"]["parameters"]:
        slopes.append(_by_parameter(row, z, values, weights * by_variance))
    return float(weights.sum()), float(weights @ mean), np.array(slopes)


def _by_parameter(row: Record, z: Mapping[str, np.ndarray], values: Any, by_variance: np.ndarray) -> float:
    """The slope by a covariance parameter: z_a z_b, twice where it stands for two entries of Sigma."""
    if row["level"] is None:
        return 0.0
    terms = next(terms for level, terms, _ in values.covariances if level == row["level"])
    a, b = (terms.index(term) for term in row["terms"])
    return float((z[row["level"]][a] * z[row["level"]][b]) @ by_variance) * (1 if a == b else 2)


def _contrast(fitted: Fitted, variable: str, low: Setting, high: Setting, at_low: Mean, at_high: Mean) -> Record:
    scale = "logit" if fitted.plan.outcome.family == "binomial" else "log"
    return {
        **_head(fitted, variable, low, high),
        "risk_from": _risk(fitted, at_low, scale),
        "risk_to": _risk(fitted, at_high, scale),
        "difference": _quantity(fitted, at_high.value - at_low.value, at_high.slope - at_low.slope, "identity"),
        "ratio": _quantity(
            fitted, at_high.value / at_low.value, at_high.slope / at_high.value - at_low.slope / at_low.value, "log"
        ),
    }


def _head(fitted: Fitted, variable: str, low: Setting | None, high: Setting | None) -> Record:
    def said(setting: Setting | None) -> Record | None:
        return None if setting is None else {"label": setting.label, "value": setting.value}

    return {"rung": fitted.rung, "variable": variable, "from": said(low), "to": said(high)}


def _risk(fitted: Fitted, mean: Mean, scale: str) -> Quantity:
    by = mean.value * (1 - mean.value) if scale == "logit" else mean.value
    return _quantity(fitted, mean.value, mean.slope / by, scale)


def _quantity(fitted: Fitted, value: float, slope: np.ndarray, scale: str) -> Quantity:
    """slope: by the parameters, of the value on its scale."""
    variance = float(slope @ fitted.covariance @ slope)
    if not np.isfinite(variance) or variance <= 0:
        return Quantity(value, None, scale, None, SOURCES, AT_ZERO)
    return Quantity(value, variance**0.5, scale, METHOD.format(scale=scale), SOURCES)


def _unknown(fitted: Fitted, variable: str, reason: str) -> Record:
    nothing = missing(reason, SOURCES)
    keys = ("risk_from", "risk_to", "difference", "ratio")
    return {**_head(fitted, variable, None, None), **dict.fromkeys(keys, nothing)}

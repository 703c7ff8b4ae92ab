"""How far a random slope ranges over clusters: beta +- 1.96 sqrt(v11), and the share of clusters with the other sign.

Raudenbush and Bryk (2002, section 4). The 1.96 is of the clusters' law, not of a confidence level.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from epiladder.design.spec import INTERCEPT
from epiladder.inference.fitted import Fitted
from epiladder.inference.quantity import Quantity, pooled
from epiladder.inference.replicates import Values

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]
Slope = tuple[str, str, str]  # rung, level, term
SOURCES = ("raudenbush2002",)
REACH = 1.959963984540054


def opposite_shares(ladders: Sequence[Sequence[Fitted]]) -> dict[Slope, Quantity]:
    """The share of clusters whose slope has the other sign, of each rung's random slopes: percentiles, or the delta
    method on the logit scale; pooled over the ladders of imputed data sets.
    """
    found = [{slope: one for fitted in ladder for slope, one in _shares(fitted)} for ladder in ladders]
    return {slope: pooled([one[slope] for one in found]) for slope in found[0] if all(slope in one for one in found)}


def _shares(fitted: Fitted) -> Iterator[tuple[Slope, Quantity]]:
    for k, (level, terms, sigma) in enumerate(fitted.values(fitted.vector).covariances):
        for a, term in enumerate(terms):
            if term == INTERCEPT or sigma[a, a] <= 0:
                continue
            at = fitted.names.index(term) if term in fitted.names else None

            def share(values: Values, k: int = k, a: int = a, at: int | None = at) -> float:
                beta = 0.0 if at is None else float(values.beta[at])
                return _opposite(beta, max(float(values.covariances[k][2][a, a]), 0.0) ** 0.5)

            yield (fitted.rung, level, term), fitted.quantity(share, "logit", SOURCES, from_zero=False)


def _opposite(beta: float, sd: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(-abs(beta) / sd)) if sd > 0 else 0.0


def slope_ranges(
    plan: Plan, rung: str, estimate: Mapping[str, Any], opposite: Mapping[Slope, Quantity]
) -> list[Record]:
    """One row a random slope: rung level term estimate sd low high opposite opposite_interval at_zero_of reason."""
    fixed = {row["term"]: row["estimate"] for row in estimate["fixed"]}
    rows = []
    for part in estimate["random"]:
        for k, term in enumerate(part["terms"]):
            if term != INTERCEPT:
                head = {"rung": rung, "level": part["level"], "term": term}
                share = opposite.get((rung, part["level"], term))
                interval = None if share is None else share.as_json(plan.inference.confidence)
                found = _range(fixed, term, part["covariance"][k][k])
                rows.append({**head, **found, "opposite_interval": interval})
    return rows


def _range(fixed: Mapping[str, float], term: str, variance: float) -> Record:
    met = sorted(name for name in fixed if ":" in name and f":{term}:" in f":{name}:")
    beta, sd = fixed.get(term, 0.0), max(variance, 0.0) ** 0.5
    head = {"estimate": beta, "sd": sd, "at_zero_of": met, "references": list(SOURCES)}
    if sd == 0:
        reason = "the variance of the slope is estimated as zero"
        return {**head, "low": None, "high": None, "opposite": None, "reason": reason}
    ends = {"low": beta - REACH * sd, "high": beta + REACH * sd}
    return {**head, **ends, "opposite": _opposite(beta, sd), "reason": None}

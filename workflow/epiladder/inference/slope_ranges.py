"""How far a random slope ranges over clusters: beta +- 1.96 sqrt(v11), and the share of clusters with the other sign.

Raudenbush and Bryk (2002, section 4). The 1.96 is of the clusters' law, not of a confidence level.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from epiladder.design.spec import INTERCEPT

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]
REACH = 1.959963984540054


def slope_ranges(plan: Plan, rung: str, estimate: Mapping[str, Any]) -> list[Record]:
    """One row a random slope: rung level term estimate sd low high opposite at_zero_of reason."""
    fixed = {row["term"]: row["estimate"] for row in estimate["fixed"]}
    rows = []
    for part in estimate["random"]:
        for k, term in enumerate(part["terms"]):
            if term != INTERCEPT:
                head = {"rung": rung, "level": part["level"], "term": term}
                rows.append({**head, **_range(fixed, term, part["covariance"][k][k])})
    return rows


def _range(fixed: Mapping[str, float], term: str, variance: float) -> Record:
    from scipy.special import ndtr

    met = sorted(name for name in fixed if ":" in name and f":{term}:" in f":{name}:")
    beta, sd = fixed.get(term, 0.0), max(variance, 0.0) ** 0.5
    head = {"estimate": beta, "sd": sd, "at_zero_of": met, "references": ["raudenbush2002"]}
    if sd == 0:
        reason = "the variance of the slope is estimated as zero"
        return {**head, "low": None, "high": None, "opposite": None, "reason": reason}
    opposite = float(ndtr(-abs(beta) / sd))
    return {**head, "low": beta - REACH * sd, "high": beta + REACH * sd, "opposite": opposite, "reason": None}

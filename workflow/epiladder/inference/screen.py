"""The screen: the intraclass correlation of each level from the null rung, and its verdict by the plan's thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epiladder.design.crossproducts import Crossproducts
from epiladder.inference.variation import Interval, design_effect, exact_interval, one_way, shares

if TYPE_CHECKING:
    from epiladder.study.config import Plan


def screen(plan: Plan, cross: Crossproducts, null: dict[str, Any]) -> dict[str, Any]:
    """The contract's screen.json. `null`: the null rung's record; its REML estimates are read."""
    threshold = {"icc": plan.screen.icc, "design_effect": plan.screen.design_effect}
    head = {"study": plan.id, "scale": "identity: variances of the outcome's own units", "threshold": threshold}
    if null["status"] != "fitted":
        return {**head, "levels": [_unknown(cross, level, null["message"]) for level in cross.levels]}
    estimate = null["estimates"]["REML"]
    variances = [part["covariance"][0][0] for part in estimate["random"]]
    own, together = shares(variances, estimate["residual_variance"])
    levels = []
    for level, share, icc in zip(cross.levels, own, together, strict=True):
        sizes = cross.cluster_sizes(level)
        effect = design_effect(sizes, share)
        interval = _interval(plan, cross)
        levels.append(
            {
                "level": level,
                "icc": icc,
                "variance_share": share,
                "ci_low": interval.low,
                "ci_high": interval.high,
                "method": interval.method,
                "design_effect": effect,
                "effective_sample_size": cross.n_rows / effect,
                "clusters": len(sizes),
                "verdict": verdict(icc, effect, interval, plan.screen.icc, plan.screen.design_effect),
                "flag": _flag(icc, interval),
            }
        )
    return {**head, "levels": levels}


def _unknown(cross: Crossproducts, level: str, reason: str) -> dict[str, Any]:
    numbers = ("icc", "variance_share", "ci_low", "ci_high", "design_effect", "effective_sample_size", "flag")
    empty = dict.fromkeys(numbers)
    method = f"no correlation: the null rung was not fitted ({reason})"
    return {**empty, "level": level, "method": method, "clusters": len(cross.starts(level)), "verdict": "unknown"}


def _interval(plan: Plan, cross: Crossproducts) -> Interval:
    if len(cross.levels) > 1:
        reason = "no exact interval is known with more than one level of clusters, and a bootstrap would be needed"
        return Interval(None, None, f"no interval: {reason}")
    return exact_interval(one_way(cross, str(plan.outcome.variable)), plan.inference.confidence)


def verdict(icc: float, effect: float, interval: Interval, icc_threshold: float, effect_threshold: float) -> str:
    """model when either threshold is reached; borderline when the interval spans the ICC's; else ignore."""
    if icc >= icc_threshold or effect >= effect_threshold:
        return "model"
    if interval.high is not None and interval.high >= icc_threshold:
        return "borderline"
    return "ignore"


def _flag(icc: float, interval: Interval) -> str | None:
    """Exact intervals come from another statistic than the estimate, and may leave it out."""
    if interval.low is None or interval.high is None or interval.low <= icc <= interval.high:
        return None
    return "The estimate lies outside its exact interval; both are right by their own criterion (sizes are unequal)."

"""The screen: the intraclass correlation of each level from the null rung, and its verdict by the plan's thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.families import FAMILIES
from epiladder.inference.scales import Shares, count_shares, gaussian_shares, latent_shares, median_ratio
from epiladder.inference.variation import Interval, design_effect, exact_interval, one_way

if TYPE_CHECKING:
    from epiladder.study.config import Plan


def screen(
    plan: Plan, cross: Crossproducts, null: dict[str, Any], log_exposure: float, units: np.ndarray
) -> dict[str, Any]:
    """The contract's screen.json. `null`: the null rung's record; a Gaussian one's REML estimates are read.

    log_exposure: the mean log exposure of counts, zero for other outcomes. units: how many stand in each innermost
    cluster, (J,): rows, or the trials that rows count, for a row of 14 trials is 14 rows of one.
    """
    head = {"study": plan.id, "threshold": {"icc": plan.screen.icc, "design_effect": plan.screen.design_effect}}
    if null["status"] != "fitted":
        levels = [_unknown(cross, level, null["message"]) for level in cross.levels]
        return {**head, "scale": "none: the null rung was not fitted", "levels": levels}
    estimate = null["estimates"].get("REML") or null["estimates"]["ML"]
    variances = [part["covariance"][0][0] for part in estimate["random"]]
    found = _shares(plan, estimate, variances, log_exposure)
    interval = _interval(plan, cross)
    levels = [
        _level(plan, level, np.add.reduceat(units, cross.starts(level)), icc, share, interval)
        for level, share, icc in zip(cross.levels, found.own, found.together, strict=True)
    ]
    if FAMILIES[plan.outcome.family].ratio[str(plan.outcome.link)] is not None:
        # two people of different hospitals differ in ward as well: the variances from this level inwards add up
        for level, apart in zip(levels, np.cumsum(variances[::-1])[::-1], strict=True):
            level["median_ratio"] = median_ratio(float(apart))
    return {**head, "scale": found.scale, "levels": levels}


def _shares(plan: Plan, estimate: dict[str, Any], variances: list[float], log_exposure: float) -> Shares:
    family, link = FAMILIES[plan.outcome.family], str(plan.outcome.link)
    if family.has_residual_variance:
        return gaussian_shares(variances, estimate["residual_variance"])
    level1 = family.level1_variance_of[link]
    if level1 is not None:
        return latent_shares(variances, level1, family.scale[link])
    return count_shares(variances, estimate["fixed"][0]["estimate"] + log_exposure, estimate["dispersion"])


def _level(plan: Plan, level: str, sizes: np.ndarray, icc: float, share: float, interval: Interval) -> dict[str, Any]:
    effect = design_effect(sizes, share)
    return {
        "level": level,
        "icc": icc,
        "variance_share": share,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "method": interval.method,
        "design_effect": effect,
        "effective_sample_size": float(sizes.sum()) / effect,
        "clusters": len(sizes),
        "verdict": verdict(icc, effect, interval, plan.screen.icc, plan.screen.design_effect),
        "flag": _flag(icc, interval),
        "median_ratio": None,
    }


def _unknown(cross: Crossproducts, level: str, reason: str) -> dict[str, Any]:
    method = f"no correlation: the null rung was not fitted ({reason})"
    return {
        **dict.fromkeys(NUMBERS),
        "level": level,
        "method": method,
        "clusters": len(cross.starts(level)),
        "verdict": "unknown",
    }


NUMBERS = (
    "icc",
    "variance_share",
    "ci_low",
    "ci_high",
    "design_effect",
    "effective_sample_size",
    "flag",
    "median_ratio",
)


def _interval(plan: Plan, cross: Crossproducts) -> Interval:
    if plan.outcome.family != "gaussian":
        reason = "for an outcome that is not Gaussian no exact one is known, and a bootstrap would be needed"
        return Interval(None, None, f"no interval: {reason}")
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

"""The screen: the intraclass correlation of each level from the null rung, and its verdict by the plan's thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.families import FAMILIES
from epiladder.inference.scales import Shares, count_shares, gaussian_shares, latent_shares, median_ratio
from epiladder.inference.variation import Interval, design_effect, exact_interval, one_way

if TYPE_CHECKING:
    from epiladder.inference.quantity import Quantity
    from epiladder.study.config import Plan


def screen(
    plan: Plan,
    cross: Crossproducts,
    null: dict[str, Any],
    log_exposure: float,
    units: np.ndarray,
    bootstrap: dict[str, Any] | None = None,
    large_sample: Sequence[Quantity] = (),
) -> dict[str, Any]:
    """The contract's screen.json. `null`: the null rung's record; a Gaussian one's REML estimates are read.

    log_exposure: the mean log exposure of counts, zero for other outcomes. units: how many stand in each innermost
    cluster, (J,): rows, or the trials that rows count, for a row of 14 trials is 14 rows of one. large_sample: each
    level's correlation by the delta method, for where there is no exact interval and no bootstrap.
    """
    head = {"study": plan.id, "threshold": {"icc": plan.screen.icc, "design_effect": plan.screen.design_effect}}
    if null["status"] != "fitted":
        levels = [_unknown(cross, level, null["message"]) for level in cross.levels]
        return {**head, "scale": "none: the null rung was not fitted", "levels": levels}
    estimate = null["estimates"].get("REML") or null["estimates"]["ML"]
    variances = [part["covariance"][0][0] for part in estimate["random"]]
    found = shares_of(plan, estimate, variances, log_exposure)
    intervals = _intervals(plan, cross, bootstrap)
    intervals = [_or_large_sample(*pair, plan) for pair in zip_longest(intervals, large_sample)]
    levels = [
        _level(plan, level, np.add.reduceat(units, cross.starts(level)), icc, share, interval)
        for level, share, icc, interval in zip(cross.levels, found.own, found.together, intervals, strict=True)
    ]
    if FAMILIES[plan.outcome.family].ratio[str(plan.outcome.link)] is not None:
        # two people of different hospitals differ in ward as well: the variances from this level inwards add up
        for level, apart in zip(levels, np.cumsum(variances[::-1])[::-1], strict=True):
            level["median_ratio"] = median_ratio(float(apart))
    return {**head, "scale": found.scale, "levels": levels}


def shares_of(plan: Plan, estimate: dict[str, Any], variances: list[float], log_exposure: float) -> Shares:
    """Each level's share of the variance and correlation, on the scale of the outcome's family; outermost first."""
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


def _intervals(plan: Plan, cross: Crossproducts, bootstrap: dict[str, Any] | None) -> list[Interval]:
    """One a level: exact where that is known, else by the bootstrap, else the reason why there is none."""
    if plan.outcome.family == "gaussian" and len(cross.levels) == 1:
        return [exact_interval(one_way(cross, str(plan.outcome.variable)), plan.inference.confidence)]
    record = bootstrap or {"rungs": [], "reason": "the clusters are not resampled here"}
    found = next((one for one in record["rungs"] if one["rung"] == "null"), None)
    if found is None:
        several = "with more than one level of clusters" if plan.outcome.family == "gaussian" else "for this outcome"
        why = record["reason"] or "the null rung was not resampled"
        return [Interval(None, None, f"no interval: no exact one is known {several}, and {why}")] * len(cross.levels)
    return [_by_bootstrap(found, level["icc"]) for level in found["levels"]]


def _or_large_sample(found: Interval, approximate: Quantity | None, plan: Plan) -> Interval:
    """An interval, or the large-sample one where there is none, with the reason in its method."""
    low, high = (None, None) if approximate is None else approximate.interval(plan.inference.confidence)
    if found.low is not None or approximate is None or low is None or high is None:
        return found
    return Interval(low, high, f"{approximate.method}; {found.method.removeprefix('no interval: ')}")


def _by_bootstrap(found: dict[str, Any], icc: dict[str, Any]) -> Interval:
    done = found["replicates"] - found["failures"]
    if icc["ci_low"] is None:
        return Interval(None, None, f"no interval: {done} replicates of the bootstrap are too few for its percentiles")
    failed = f", {found['failures']} of which failed" if found["failures"] else ""
    method = f"parametric bootstrap, percentiles of {found['replicates']:,} replicates{failed}"
    if icc["at_zero"] >= 0.0005:
        method += f"; the variance is zero in {100 * icc['at_zero']:.1f}% of them"
    return Interval(icc["ci_low"], icc["ci_high"], method)


def verdict(icc: float, effect: float, interval: Interval, icc_threshold: float, effect_threshold: float) -> str:
    """model when either threshold is reached; borderline when the interval spans the ICC's; else ignore."""
    if icc >= icc_threshold or effect >= effect_threshold:
        return "model"
    if interval.high is not None and interval.high >= icc_threshold:
        return "borderline"
    return "ignore"


def _flag(icc: float, interval: Interval) -> str | None:
    """Exact intervals come from another statistic than the estimate, and may leave it out; others should not."""
    if interval.low is None or interval.high is None or interval.low <= icc <= interval.high:
        return None
    if interval.method.startswith("parametric bootstrap"):
        return "The estimate lies outside its bootstrap interval: outcomes drawn from the fit give it another ICC."
    return "The estimate lies outside its exact interval; both are right by their own criterion (sizes are unequal)."

"""Pooling judged out of sample: rows of each cluster spread over folds, each predicted from the others.

Complete pooling predicts by the single-level model, none by each innermost cluster's own estimate (a departure from the
fixed part of the rung), partial by the fixed part and the conditional modes. The folds are drawn within clusters, so
that a cluster is known, from fewer rows than it has, whenever it is predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from epiladder.design.load import Designed
from epiladder.errors import LikelihoodError

if TYPE_CHECKING:
    from epiladder.study.config import Plan

FOLDS = 5
WAYS = ("complete", "none", "partial")
LOSSES = {"gaussian": "squared_error", "binomial": "brier", "poisson": "log_score", "negative_binomial": "log_score"}
THIRDS = ("smallest", "middle", "largest")

Record = dict[str, Any]


@dataclass(frozen=True)
class Losses:
    """Losses of held-out rows summed by innermost cluster, (3, J) in the order of WAYS; units: (J,), how many were held

    out and predicted in all three ways; left_out: how many could not be, since their cluster had no other rows.
    """

    sums: np.ndarray
    units: np.ndarray
    left_out: float


def folds_of(sizes: np.ndarray, seed: Sequence[int]) -> np.ndarray:
    """The fold of each row, (N,): in random order within its cluster, from a random first fold. sizes: (J,), rows."""
    random = np.random.default_rng(np.random.SeedSequence(list(seed)))
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((random.random(len(cluster)), cluster))
    place = np.arange(len(cluster)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    found = np.empty(len(cluster), dtype=np.int64)
    found[order] = (place + random.integers(FOLDS, size=len(sizes))[cluster]) % FOLDS
    return found


def cross_validated(plan: Plan, designed: Designed, fits: dict[str, Record], approximation: Record) -> Record:
    """The record pooling_cv.json."""
    level = designed.cross.levels[-1]
    head = {"study": plan.id, "folds": FOLDS, "loss": LOSSES[plan.outcome.family], "level": level}
    folds = folds_of(
        designed.cross.table_rows.astype(np.int64), (plan.inference.seed, crc32(plan.id.encode()), crc32(b"folds"))
    )
    rungs = [
        _rung(plan, designed, rung, folds, approximation)
        if fits[rung]["status"] == "fitted"
        else _without(rung, f"the rung was not fitted ({fits[rung]['message']})")
        for rung in _rungs(plan, designed)
    ]
    return {**head, "confidence": plan.inference.confidence, "rungs": rungs}


def _rungs(plan: Plan, designed: Designed) -> list[str]:
    """The null rung, and for Gaussian outcomes, whose folds cost little, the last random intercept."""
    intercepts = [rung for rung in designed.rungs if rung.startswith("random_intercept")]
    return ["null", *(intercepts[-1:] if plan.outcome.family == "gaussian" else [])]


def _without(rung: str, reason: str) -> Record:
    return {"rung": rung, "reason": reason, "groups": [], "units_left_out": None}


def _rung(plan: Plan, designed: Designed, rung: str, folds: np.ndarray, approximation: Record) -> Record:
    try:
        if plan.outcome.family == "gaussian":
            from epiladder.inference.cross_validation_gaussian import losses

            found = losses(designed, rung, folds)
        else:
            from epiladder.inference.cross_validation_general import losses as losses_general

            found = losses_general(plan, designed, rung, folds, approximation)
    except LikelihoodError as error:
        return _without(rung, f"a fold could not be fitted ({error})")
    groups = grouped(designed, found, plan.inference.confidence)
    return {"rung": rung, "reason": None, "groups": groups, "units_left_out": found.left_out}


def grouped(designed: Designed, found: Losses, confidence: float) -> list[Record]:
    """The mean losses of all clusters and, where sizes differ, of each third by size."""
    sizes = designed.units()
    outermost = (
        np.searchsorted(designed.cross.starts(designed.cross.levels[0]), np.arange(len(sizes)), side="right") - 1
    )
    order = np.lexsort((np.arange(len(sizes)), sizes))
    parts = [("all", order)]
    if len(sizes) >= len(THIRDS) and sizes.min() < sizes.max():
        cuts = [len(order) * part // 3 for part in range(4)]
        parts += [(name, order[cuts[i] : cuts[i + 1]]) for i, name in enumerate(THIRDS)]
    return [_group(name, which, found, sizes, outermost, confidence) for name, which in parts]


def _group(
    name: str, which: np.ndarray, found: Losses, sizes: np.ndarray, outermost: np.ndarray, confidence: float
) -> Record:
    sums, units = found.sums[:, which], found.units[which]
    total = float(units.sum())
    means = dict(zip(WAYS, (float(value) / total if total else None for value in sums.sum(axis=1)), strict=True))
    complete, none, partial = sums
    less = {
        f"partial_less_{other}": difference(partial - loss, units, outermost[which], confidence)
        for other, loss in (("complete", complete), ("none", none))
    }
    head = {"group": name, "clusters": len(which), "units": total, "median_size": float(np.median(sizes[which]))}
    return {**head, **means, **less}


def difference(losses: np.ndarray, units: np.ndarray, outermost: np.ndarray, confidence: float) -> Record:
    """The mean difference of losses a unit, with its interval: pairs of losses, clusters of the outermost level taken

    as drawn at random (a ratio of sums; Cochran 1977, section 2.11), Student's law with one less than their number.
    """
    from scipy.special import stdtrit

    total = float(units.sum())
    if not total:
        return {"difference": None, "ci_low": None, "ci_high": None, "reason": "no unit was predicted"}
    mean = float(losses.sum()) / total
    apart = np.bincount(outermost, losses - mean * units)[np.unique(outermost)]
    if len(apart) < 2:
        reason = "one outermost cluster has no spread"
        return {"difference": mean, "ci_low": None, "ci_high": None, "reason": reason}
    error = float(np.sqrt(len(apart) / (len(apart) - 1) * (apart**2).sum())) / total
    reach = float(stdtrit(len(apart) - 1, (1 + confidence) / 2)) * error
    return {"difference": mean, "ci_low": mean - reach, "ci_high": mean + reach, "reason": None}

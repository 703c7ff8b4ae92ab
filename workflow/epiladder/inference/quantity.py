"""A number with its interval: on which scale it was made, by which method, from which source, or why there is none.

An interval is estimate plus or minus quantile times standard error on a working scale, carried back: the log for what
is positive, the logit for shares. Over imputed data sets a quantity is pooled on its working scale (Rubin 1987).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from epiladder.inference.rubin import pool

MEDIAN_STEP = math.sqrt(2) * 0.6744897501960817  # of two draws, the median distance in standard deviations

EXACT = "exact"  # how the method of an exact interval begins
BOOTSTRAP = "davison1997"  # the source of percentiles

Scale = tuple[Callable[[float], float], Callable[[float], float]]


def _logit(value: float) -> float:
    return math.log(value) - math.log1p(-value)


def _expit(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0


SCALES: dict[str, Scale] = {
    "identity": (float, float),
    "log": (math.log, math.exp),
    "logit": (_logit, _expit),
    # a median ratio exp(sqrt(2 V) F^-1(3/4)) by the log of V, the variance whose interval it carries
    "log variance": (
        lambda ratio: 2 * math.log(math.log(ratio) / MEDIAN_STEP),
        lambda log_v: math.exp(MEDIAN_STEP * math.exp(log_v / 2)),
    ),
}


@dataclass(frozen=True)
class Quantity:
    """An estimate; std_error on `scale`; limits where the interval was had otherwise; reason: why something is None.

    method: of the interval. references: keys of the report's bibliography. flag: what a reader must know of the
    interval, in words. alternatives: other intervals of the same estimate.
    """

    estimate: float | None
    std_error: float | None = None
    scale: str = "identity"
    method: str | None = None
    references: tuple[str, ...] = ()
    reason: str | None = None
    limits: tuple[float, float] | None = None
    flag: str | None = None
    alternatives: tuple[Quantity, ...] = ()

    def as_json(self, confidence: float) -> dict[str, Any]:
        """estimate ci_low ci_high method references reason flag, and alternatives with all but estimate and reason."""
        low, high = self.interval(confidence)
        found = {
            "estimate": self.estimate,
            "ci_low": low,
            "ci_high": high,
            "method": self.method,
            "references": list(self.references),
            "reason": self.reason,
            "flag": self.flag,
        }
        others = [one.as_json(confidence) for one in self.alternatives]
        kept = ("method", "ci_low", "ci_high", "references", "flag")
        return {**found, "alternatives": [{key: other[key] for key in kept} for other in others]}

    def interval(self, confidence: float) -> tuple[float | None, float | None]:
        """Both limits, or None twice."""
        from scipy.special import ndtri

        if self.limits is not None:
            return self.limits
        if self.estimate is None or self.std_error is None:
            return None, None
        forward, back = SCALES[self.scale]
        middle, half = forward(self.estimate), float(ndtri((1 + confidence) / 2)) * self.std_error
        return back(middle - half), back(middle + half)


def preferred(found: Quantity, other: Quantity) -> Quantity:
    """A quantity with another interval as its own; its own if it had one, and what stood beside it, stand beside it."""
    own = () if found.std_error is None and found.limits is None else (replace(found, alternatives=()),)
    references = tuple(dict.fromkeys([*_sources(found), *other.references]))
    others = (*own, *found.alternatives)
    return replace(other, estimate=found.estimate, references=references, reason=None, alternatives=others)


def _sources(found: Quantity) -> tuple[str, ...]:
    """Sources of a measure, without that of the percentiles that give way."""
    return tuple(key for key in found.references if found.limits is None or key != BOOTSTRAP)


def beside(found: Quantity, others: Sequence[Quantity]) -> Quantity:
    """A quantity that keeps its own interval, with others beside it."""
    return replace(found, alternatives=tuple(others))


def missing(reason: str, references: tuple[str, ...] = ()) -> Quantity:
    """A quantity that cannot be had."""
    return Quantity(None, references=references, reason=reason)


def plain(estimate: float, reason: str, references: tuple[str, ...] = ()) -> Quantity:
    """A quantity without an interval, and why."""
    return Quantity(float(estimate), references=references, reason=reason)


def rendered(document: Any, confidence: float) -> Any:
    """A document with its quantities as plain values."""
    if isinstance(document, Quantity):
        return document.as_json(confidence)
    if isinstance(document, dict):
        return {key: rendered(value, confidence) for key, value in document.items()}
    if isinstance(document, (list, tuple)):
        return [rendered(value, confidence) for value in document]
    return document


def pooled(documents: Sequence[Any]) -> Any:
    """The same document of several imputed data sets as one: quantities by Rubin's rules, other numbers as means.

    Where all data sets agree the first stands; where a quantity is missing in one it is missing.
    """
    first = documents[0]
    if all(document == first for document in documents):
        return first
    if isinstance(first, Quantity):
        return _pooled(documents)
    if isinstance(first, dict):
        return {key: pooled([document[key] for document in documents]) for key in first}
    if isinstance(first, (list, tuple)):
        return [pooled(parts) for parts in zip(*documents, strict=True)]
    if isinstance(first, float) and all(isinstance(one, float) for one in documents):
        return float(np.mean(documents))
    return first


def _pooled(found: Sequence[Quantity]) -> Quantity:
    lost = [one for one in found if one.estimate is None]
    if lost:
        return replace(lost[0], reason=f"in {len(lost)} of {len(found)} imputed data sets: {lost[0].reason}")
    values = [one.estimate for one in found if one.estimate is not None]
    errors = [one.std_error for one in found if one.std_error is not None]
    if len(errors) < len(found):
        why = next((one.reason for one in found if one.reason), "no interval over imputed data sets is known for it")
        return replace(found[0], estimate=float(np.mean(values)), std_error=None, limits=None, reason=why)
    forward, back = SCALES[found[0].scale]
    one = pool([forward(value) for value in values], [error**2 for error in errors], None)
    method = f"{found[0].method}; pooled over imputed data sets by Rubin's rules"
    references = tuple(dict.fromkeys([*found[0].references, "rubin1987"]))
    return replace(found[0], estimate=back(one.estimate), std_error=one.std_error, method=method, references=references)

"""Intervals of variances that other steps have made, and what is carried from them to correlations and median ratios.

A single variance, and what rises with it alone, has the profile likelihood's interval where there is one (Venzon and
Moolgavkar 1988; a likelihood's interval is carried by any monotone function), else percentiles of the parametric
bootstrap; a correlation of several variances has the bootstrap's. The interval by the delta method stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from epiladder.design.spec import INTERCEPT
from epiladder.inference.profile import NO_VARIANCE
from epiladder.inference.quantity import Quantity, beside, preferred
from epiladder.inference.scales import LATENT, median_ratio
from epiladder.inference.variances import RESIDUAL

Record = dict[str, Any]
Carry = Callable[[float], float]
NOTHING = 1e-6  # of the upper end: a lower end that is as good as zero
OUTSIDE = "the estimate lies outside this interval"
TWO_CRITERIA = f"{OUTSIDE}: it is REML's, and the profile is of the full likelihood"
EDGE = "its lower end is zero, the edge of what is possible"


@dataclass(frozen=True)
class Known:
    """What is known of one rung. resampled: its record of bootstrap.json, or None. profiled: rows of profile.json.

    level1: variance of a unit on the latent scale, or None. gaussian: then estimates are REML's, and profiles are not.
    """

    resampled: Record | None
    profiled: Mapping[tuple[str | None, str], Record]
    level1: float | None
    gaussian: bool

    @classmethod
    def of(cls, rung: str, bootstrap: Record, profile: Record, level1: float | None, gaussian: bool) -> Known:
        """From bootstrap.json and profile.json."""
        resampled = next((one for one in bootstrap["rungs"] if one["rung"] == rung), None)
        rows = profile["rows"] if profile["rung"] == rung else []
        kinds = {"sd": lambda row: row["terms"][0], "residual_sd": lambda _: RESIDUAL}
        profiled = {(row["level"], kinds[row["kind"]](row)): row for row in rows if row["kind"] in kinds}
        return cls(resampled, profiled, level1, gaussian)

    def variance(self, level: str | None, term: str, estimate: float, carry: Carry = float) -> list[Quantity]:
        """Intervals of a variance, or of what rises with it alone, the one to be read first."""
        profiled = self._profiled(level, term, estimate, carry)
        return [one for one in (profiled, self._percentiles(self._entry(level, term), estimate, carry)) if one]

    def correlation(self, level: str, scale: str, key: str, estimate: float) -> list[Quantity]:
        """Intervals of a correlation (together) or a share (own)."""
        carried = self._single(level) if scale == LATENT and len(self._levels()) == 1 else None
        found = None
        if carried is not None and self.level1 is not None:
            level1 = self.level1
            found = self._profiled(level, carried, estimate, lambda v: v / (v + level1))
        entry = next((one for one in self._level(level).get("correlations", ()) if one["scale"] == scale), {})
        return [one for one in (found, self._percentiles(entry.get(key), estimate, float)) if one]

    def median_ratio(self, level: str, estimate: float) -> list[Quantity]:
        """Intervals of the median ratio of two clusters of a level."""
        innermost = self._levels()[-1:] == [level]
        term = self._single(level) if innermost else None
        profiled = self._profiled(level, term, estimate, median_ratio) if term else None
        apart = self._percentiles(self._level(level).get("apart"), estimate, median_ratio)
        return [one for one in (profiled, apart) if one]

    def _levels(self) -> list[str]:
        """Levels with random effects, outermost first."""
        named = [one["level"] for one in self.resampled["levels"]] if self.resampled else []
        return named or list(dict.fromkeys(level for level, _ in self.profiled if level is not None))

    def _single(self, level: str) -> str | None:
        """The intercept, where it is the only random effect of a level."""
        terms = [term for name, term in self.profiled if name == level]
        return INTERCEPT if terms == [INTERCEPT] else None

    def _level(self, level: str) -> Record:
        levels = self.resampled["levels"] if self.resampled else []
        return next((one for one in levels if one["level"] == level), {})

    def _entry(self, level: str | None, term: str) -> Record | None:
        if level is None:
            return self.resampled["residual_variance"] if self.resampled else None
        entries = self._level(level).get("entries", ())
        return next((one for one in entries if one["row"] == one["column"] == term), None)

    def _profiled(self, level: str | None, term: str, estimate: float, carry: Carry) -> Quantity | None:
        row = self.profiled.get((level, term))
        if row is None or row["variance_high"] is None:
            return None
        low = 0.0 if row["low_reason"] == NO_VARIANCE else row["variance_low"]
        if low is None:
            return None
        ends = carry(low), carry(row["variance_high"])
        flags = [EDGE] if low == 0 else []
        if not ends[0] <= estimate <= ends[1]:
            flags.append(TWO_CRITERIA if self.gaussian else OUTSIDE)
        method = "profile likelihood" + (" (maximum likelihood)" if self.gaussian else "")
        return _interval(ends, method + ("" if carry is float else ", carried over from the variance"), flags)

    def _percentiles(self, entry: Record | None, estimate: float, carry: Carry) -> Quantity | None:
        if entry is None or entry["ci_low"] is None or self.resampled is None:
            return None
        low, high = entry["ci_low"], entry["ci_high"]
        ends = carry(low), carry(high)
        flags = [f"{EDGE}: {100 * entry['at_zero']:.3g}% of the replicates lie there"] if low <= NOTHING * high else []
        flags += [] if ends[0] <= estimate <= ends[1] else [OUTSIDE]
        failed = f", {self.resampled['failures']} of which failed" if self.resampled["failures"] else ""
        method = f"parametric bootstrap, percentiles of {self.resampled['replicates']:,} replicates{failed}"
        return _interval(ends, method, flags)


def _interval(ends: tuple[float, float], method: str, flags: Sequence[str]) -> Quantity:
    source = "venzon1988" if method.startswith("profile") else "davison1997"
    return Quantity(None, method=method, references=(source,), limits=ends, flag="; ".join(flags) or None)


def with_intervals(document: Record, known: Mapping[str, Known]) -> Record:
    """A document of quantities with the intervals of its variances, correlations and median ratios."""
    rows = {key: [dict(row) for row in document[key]] for key in ("variances", "icc", "median_ratios")}
    for row in rows["variances"]:
        of_rung, where = known[row["rung"]], (row["level"], row["term"])
        row["variance"] = _with(row["variance"], lambda v, k=of_rung, w=where: k.variance(*w, v))
        row["sd"] = _with(row["sd"], lambda v, k=of_rung, w=where: k.variance(*w, v, math.sqrt))
    for row in rows["icc"]:
        for key in ("together", "own"):
            asked = (row["level"], row["scale"], key)
            row[key] = _with(row[key], lambda v, k=known[row["rung"]], a=asked: k.correlation(*a, v))
    for row in rows["median_ratios"]:
        row["ratio"] = _with(row["ratio"], lambda v, k=known[row["rung"]], r=row: k.median_ratio(r["level"], v))
    return {**document, **rows}


def _with(found: Quantity, others: Callable[[float], list[Quantity]]) -> Quantity:
    """An exact interval stays; one by the delta method gives way to the first of the others."""
    if found.estimate is None:
        return found
    made = others(found.estimate)
    return beside(found, made) if found.limits is not None else preferred(found, made)

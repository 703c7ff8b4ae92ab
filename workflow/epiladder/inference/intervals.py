"""Profile likelihood's intervals of variances, and what is carried from them to correlations and median ratios.

A single variance, and what rises with it alone, has the profile likelihood's interval where there is one (Venzon and
Moolgavkar 1988; a likelihood's interval is carried by any monotone function). Before it stands an exact one; beside it
those that the measure has of itself: percentiles of the bootstrap, and the delta method's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from epiladder.design.spec import INTERCEPT
from epiladder.inference.profile import NO_VARIANCE
from epiladder.inference.quantity import EXACT, Quantity, beside, preferred
from epiladder.inference.replicates import EDGE, OUTSIDE
from epiladder.inference.scales import LATENT, median_ratio
from epiladder.inference.variances import RESIDUAL

Record = dict[str, Any]
Carry = Callable[[float], float]
TWO_CRITERIA = f"{OUTSIDE}: it is REML's, and the profile is of the full likelihood"


@dataclass(frozen=True)
class Known:
    """The profiles of one rung: rows of profile.json by level and term.

    level1: variance of a unit on the latent scale, or None. gaussian: then estimates are REML's, and profiles are not.
    """

    profiled: Mapping[tuple[str | None, str], Record]
    level1: float | None
    gaussian: bool

    @classmethod
    def of(cls, rung: str, profile: Record, level1: float | None, gaussian: bool) -> Known:
        """From profile.json."""
        rows = profile["rows"] if profile["rung"] == rung else []
        kinds = {"sd": lambda row: row["terms"][0], "residual_sd": lambda _: RESIDUAL}
        profiled = {(row["level"], kinds[row["kind"]](row)): row for row in rows if row["kind"] in kinds}
        return cls(profiled, level1, gaussian)

    def correlation(self, level: str, scale: str, estimate: float) -> Quantity | None:
        """Of a correlation (together) or a share (own), where there is one variance between clusters."""
        term = self._single(level) if scale == LATENT and len(self._levels()) == 1 else None
        if term is None or self.level1 is None:
            return None
        level1 = self.level1
        return self.variance(level, term, estimate, lambda v: v / (v + level1))

    def median_ratio(self, level: str, estimate: float) -> Quantity | None:
        """Of the median ratio of two clusters of the innermost level."""
        term = self._single(level) if self._levels()[-1:] == [level] else None
        return self.variance(level, term, estimate, median_ratio) if term else None

    def _levels(self) -> list[str]:
        """Levels with random effects, outermost first."""
        return list(dict.fromkeys(level for level, _ in self.profiled if level is not None))

    def _single(self, level: str) -> str | None:
        """The intercept, where it is the only random effect of a level."""
        terms = [term for name, term in self.profiled if name == level]
        return INTERCEPT if terms == [INTERCEPT] else None

    def variance(self, level: str | None, term: str, estimate: float, carry: Carry = float) -> Quantity | None:
        """Of a variance, or of what rises with it alone."""
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
        method += "" if carry is float else ", carried over from the variance"
        return Quantity(None, method=method, references=("venzon1988",), limits=ends, flag="; ".join(flags) or None)


def with_intervals(document: Record, known: Mapping[str, Known]) -> Record:
    """A document of quantities with the intervals of its variances, correlations and median ratios."""
    rows = {key: [dict(row) for row in document[key]] for key in ("variances", "icc", "median_ratios")}
    for row in rows["variances"]:
        of_rung, where = known[row["rung"]], (row["level"], row["term"])
        row["variance"] = _with(row["variance"], lambda v, k=of_rung, w=where: k.variance(*w, v))
        row["sd"] = _with(row["sd"], lambda v, k=of_rung, w=where: k.variance(*w, v, math.sqrt))
    for row in rows["icc"]:
        for key in ("together", "own"):
            asked = (row["level"], row["scale"])
            row[key] = _with(row[key], lambda v, k=known[row["rung"]], a=asked: k.correlation(*a, v))
    for row in rows["median_ratios"]:
        row["ratio"] = _with(row["ratio"], lambda v, k=known[row["rung"]], r=row: k.median_ratio(r["level"], v))
    return {**document, **rows}


def _with(found: Quantity, other: Callable[[float], Quantity | None]) -> Quantity:
    """An exact interval stays; any other gives way to the profile's and stands beside it."""
    if found.estimate is None:
        return found
    made = other(found.estimate)
    if made is None:
        return found
    exact = str(found.method).startswith(EXACT)
    return beside(found, [made, *found.alternatives]) if exact else preferred(found, made)

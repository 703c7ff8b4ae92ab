"""Resampling: which rungs are drawn from, which are refitted to what was drawn, and the seed of each replicate.

An outcome drawn from a rung is fitted by that rung, for intervals of what depends on its parameters, by every rung that
is compared with it, for the law of their statistic (parametric bootstrap: Davison and Hinkley 1997, sections 4.4 and
5.3), and by the null rung where measures of both are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from epiladder.ladder.plan import pairs

if TYPE_CHECKING:
    from epiladder.study.config import Plan


@dataclass(frozen=True)
class Refitted:
    """A rung fitted by one criterion to B outcomes drawn from a rung; what failed is NaN, in the user's units.

    fixed: (B, p). covariances: of each level, outermost first, (B, q, q). variance: residual, None outside Gaussian.
    dispersion: of the negative binomial, else None. singular: whether a variance is zero, (B,).
    """

    drawn: str
    fitted: str
    criterion: str
    log_likelihood: np.ndarray
    fixed: np.ndarray
    covariances: tuple[np.ndarray, ...]
    singular: np.ndarray
    variance: np.ndarray | None = None
    dispersion: np.ndarray | None = None

    @property
    def known(self) -> np.ndarray:
        """Which replicates could be fitted, (B,)."""
        return ~np.isnan(self.log_likelihood)


def fitted_to(rungs: tuple[str, ...], usable: set[str], gaussian: bool) -> dict[str, list[str]]:
    """Rungs that are fitted to the outcomes drawn from each rung, itself the first; only those with a usable fit."""
    found = {rung: [rung] for rung in rungs if rung in usable}
    for smaller, larger in pairs(rungs):
        if {smaller, larger} <= usable:
            found[smaller].append(larger)
    for rung, fits in found.items():
        fits += ["null"] if "null" in usable and beside_null(rung, gaussian) else []
    return {rung: fits for rung, fits in found.items() if len(fits) > 1 or not rung.startswith("single_level")}


def beside_null(rung: str, gaussian: bool) -> bool:
    """Whether measures of a rung rest on the null rung as well: changes in variance, R squared of events and counts."""
    name = rung.partition(".")[0]
    return name == "random_intercept" or (name in ("random_slope", "cross_level") and not gaussian)


def generator(plan: Plan, rung: str, replicate: int) -> np.random.Generator:
    """The random numbers of one replicate of one rung, wherever it is drawn."""
    key = [plan.inference.seed, crc32(plan.id.encode()), crc32(rung.encode())]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key, spawn_key=(replicate,))))

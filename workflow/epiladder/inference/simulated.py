"""What simulation has shown of methods that do not keep what they promise: shares of pages under docs/, frozen here.

One level of clusters, Gaussian outcomes, 2,000 studies a row. Each share is the least and the largest over clusters of
equal and unequal sizes; tests hold them to the pages, which `make simulate` makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VARIANCES, FIXED = "docs/simulation_variances.md", "docs/simulation_fixed.md"
Shares = Mapping[int, tuple[float, float]]  # by number of clusters

# How often a variance is found that is not there, where 0.05 is nominal: by what is tested, and the criterion.
MIXTURE: Mapping[tuple[str, str], Shares] = {
    ("intercept", "ML"): {6: (0.017, 0.018), 10: (0.018, 0.026), 30: (0.032, 0.040), 100: (0.036, 0.040)},
    ("intercept", "REML"): {6: (0.029, 0.031), 10: (0.035, 0.042), 30: (0.043, 0.051), 100: (0.046, 0.046)},
    ("slope", "ML"): {6: (0.019, 0.024), 10: (0.023, 0.024), 30: (0.030, 0.037), 100: (0.038, 0.039)},
    ("slope", "REML"): {6: (0.024, 0.027), 10: (0.028, 0.029), 30: (0.033, 0.041), 100: (0.042, 0.043)},
}
# How often an effect of a cluster's own variable is found that is not there, where 0.05 is nominal.
EFFECTS: Mapping[str, Shares] = {
    "z": {6: (0.075, 0.086), 10: (0.065, 0.075), 30: (0.060, 0.061), 50: (0.056, 0.066), 100: (0.049, 0.058)},
    "kenward_roger": {
        6: (0.004, 0.015),
        10: (0.021, 0.035),
        30: (0.043, 0.050),
        50: (0.051, 0.056),
        100: (0.047, 0.055),
    },
}
# How often a 95% interval holds what is true, at an ICC of 0.2: the variance by percentiles of the bootstrap, with
# unequal clusters alone, and the standard deviation by its profile; at an ICC of 0.01: the ICC by the delta method,
# where that has an interval.
INTERVALS: Mapping[str, Shares] = {
    "bootstrap": {10: (0.871, 0.871), 30: (0.922, 0.922)},
    "delta": {6: (0.710, 0.717), 10: (0.703, 0.721), 30: (0.771, 0.815), 100: (0.844, 0.893)},
    "profile": {6: (0.903, 0.910), 10: (0.906, 0.926), 30: (0.941, 0.948), 100: (0.948, 0.954)},
}
# In words; {share}: one share, or the least and the largest.
SAID = "In simulations of Gaussian outcomes with {n} clusters {what}, where {nominal} is nominal ({page})."
NO_EFFECT = "an effect that was not there was found in {share} of studies"
ERROR = 0.0098  # two Monte Carlo errors of a share of 0.05, or of 0.95


@dataclass(frozen=True)
class Shown:
    """Shares of a simulation with a number of clusters, where they leave the nominal one by more than chance."""

    clusters: int
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        """clusters low high."""
        return {"clusters": self.clusters, "low": self.low, "high": self.high}

    def said(self, what: str, nominal: str, page: str) -> str:
        """As plain text; what: a clause with {share}."""
        share = f"{self.low:.3f}" + (f" to {self.high:.3f}" if self.high > self.low else "")
        return SAID.format(n=self.clusters, what=what.format(share=share), nominal=nominal, page=page)


def shown(shares: Shares, clusters: int, nominal: float) -> Shown | None:
    """The simulation with as many clusters or the next fewer, or the fewest; None where it came out as promised.

    Nothing is said of numbers beyond all that were simulated.
    """
    if clusters > max(shares):
        return None
    at = max((number for number in shares if number <= clusters), default=min(shares))
    low, high = shares[at]
    return Shown(at, low, high) if max(abs(low - nominal), abs(high - nominal)) > ERROR else None

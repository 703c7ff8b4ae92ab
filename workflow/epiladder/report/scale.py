"""The scale of an outcome: what its coefficients are logarithms of, and the words for it.

One entry for each pair of family and link; what a ratio is called and the variance of a unit on the latent scale are
the registry's of families. A coefficient is a difference on the scale of the linear predictor;
where that scale is a logarithm, its exponential is a ratio, and readers get the ratio first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from epiladder.families import FAMILIES

MEDIAN_STEP = math.sqrt(2) * 0.6744897501960817  # of two draws, the median distance in standard deviations


@dataclass(frozen=True)
class Scale:
    """The words of one family and link.

    `base` is what ratios compare (None where a coefficient is no log ratio), `ratio` the ratio's name, `predictor`
    the linear predictor's name (empty for a normal outcome, which has its own unit), `response` what the inverse link
    gives, `level1` the variance of a unit on the latent scale (None where there is no such scale), `regression` the
    name of the ordinary model without clusters.
    """

    family: str
    link: str
    base: str | None
    ratio: str | None
    predictor: str
    response: str
    level1: float | None
    regression: str

    @property
    def gaussian(self) -> bool:
        """Whether the outcome is normal: a residual variance, REML, and coefficients in the outcome's own unit."""
        return self.family == "gaussian"

    @property
    def counts(self) -> bool:
        """Whether the outcome is a count."""
        return self.family in ("poisson", "negative_binomial")

    def are(self) -> str:
        """The verb that goes with the base: odds are, a rate is."""
        return "are" if self.base == "odds" else "is"

    def median(self) -> str:
        """The name of the median ratio between clusters."""
        return f"median {self.ratio}"

    def mean(self, predictor: float) -> float:
        """The inverse link: a probability, or a rate for one unit of exposure."""
        match self.link:
            case "logit":
                return 1 / (1 + math.exp(-predictor)) if predictor > -700 else 0.0
            case "probit":
                return math.erfc(-predictor / math.sqrt(2)) / 2
            case "cloglog":
                return -math.expm1(-math.exp(min(predictor, 700.0)))
            case "log":
                return math.exp(min(predictor, 700.0))
        return predictor


_WORDS = {
    ("gaussian", "identity"): (None, "", "mean", "Ordinary least squares"),
    ("binomial", "logit"): ("odds", "log odds", "probability", "Logistic regression"),
    ("binomial", "probit"): (None, "probit", "probability", "Probit regression"),
    ("binomial", "cloglog"): ("hazard", "log hazard", "probability", "Complementary log-log regression"),
    ("poisson", "log"): ("rate", "log rate", "rate", "Poisson regression"),
    ("negative_binomial", "log"): ("rate", "log rate", "rate", "Negative binomial regression"),
}


def scale_of(plan: dict[str, Any]) -> Scale:
    """The scale of a plan's outcome; a link that the plan leaves out is the family's first."""
    family = FAMILIES[plan["outcome"].get("family") or "gaussian"]
    link = str(plan["outcome"].get("link") or family.links[0])
    base, predictor, response, regression = _WORDS[family.name, link]
    return Scale(
        family=family.name,
        link=link,
        base=base,
        ratio=family.ratio[link],
        predictor=predictor,
        response=response,
        level1=family.level1_variance_of[link],
        regression=regression,
    )

"""The registry of outcome families: link, level-1 variance and labels. A new family is one entry here.

Families that the plan's contract names but this version does not fit are listed in `LATER`, so that a plan that asks
for one is refused in a sentence that says so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """An outcome family.

    `links` holds the names a plan may use, the default first; `level1_variance` says in words what stands for the
    variance of a unit on the scale of the linear predictor; `label` is the family's name in a report's sentence.
    """

    name: str
    links: tuple[str, ...]
    level1_variance: str
    label: str
    has_residual_variance: bool
    outcome_types: tuple[str, ...]


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            name="gaussian",
            links=("identity",),
            level1_variance="the residual variance",
            label="normal (Gaussian)",
            has_residual_variance=True,
            outcome_types=("number", "integer"),
        ),
    )
}

LATER: tuple[str, ...] = ("binomial", "poisson", "negative_binomial")

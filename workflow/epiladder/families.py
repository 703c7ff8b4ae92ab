"""The registry of outcome families: links, what stands for a unit's variance, ratios, labels. One entry a family.

Latent variances are those of the standard distribution behind a link: logistic pi^2/3, normal 1, and pi^2/6 for the
complementary log-log's extreme values (Goldstein, Browne and Rasbash 2002; Austin and Merlo 2017).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """An outcome family.

    `links` holds the names a plan may use, the default first. `level1_variance` says in words what stands for the
    variance of a unit on the scale of the linear predictor; `level1_variance_of` is its value by link, None where no
    number is fixed; `scale` names that scale by link, as the screen prints it. `ratio` is what an exponentiated
    coefficient is called by link, None where there is no such reading. `label` is the family's name in a sentence.
    `keys` are the keys of `outcome` that it takes, `outcome_types` the types of its `variable`. `counts`: the
    outcome is a count without an upper limit.
    """

    name: str
    label: str
    links: tuple[str, ...]
    keys: tuple[str, ...]
    outcome_types: tuple[str, ...]
    level1_variance: str
    level1_variance_of: Mapping[str, float | None]
    scale: Mapping[str, str]
    ratio: Mapping[str, str | None]
    counts: bool = False
    has_residual_variance: bool = False


_NUMBERS = ("number", "integer")


def _of_counts(name: str, label: str) -> Family:
    return Family(
        name=name,
        label=label,
        links=("log",),
        keys=("variable", "exposure"),
        outcome_types=_NUMBERS,
        level1_variance="the variance of a count around its mean",
        level1_variance_of={"log": None},
        scale={"log": "counts: at the mean count"},
        ratio={"log": "rate ratio"},
        counts=True,
    )


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            name="gaussian",
            label="normal (Gaussian)",
            links=("identity",),
            keys=("variable",),
            outcome_types=_NUMBERS,
            level1_variance="the residual variance",
            level1_variance_of={"identity": None},
            scale={"identity": "of the outcome: the residual variance"},
            ratio={"identity": None},
            has_residual_variance=True,
        ),
        Family(
            name="binomial",
            label="binomial",
            links=("logit", "probit", "cloglog"),
            keys=("variable", "event", "events", "trials"),
            outcome_types=("category", "boolean", *_NUMBERS),
            level1_variance="the variance of the latent variable behind the event",
            level1_variance_of={"logit": math.pi**2 / 3, "probit": 1.0, "cloglog": math.pi**2 / 6},
            scale={
                "logit": "latent (logit): level-1 variance pi^2/3",
                "probit": "latent (probit): level-1 variance 1",
                "cloglog": "latent (complementary log-log): level-1 variance pi^2/6",
            },
            ratio={"logit": "odds ratio", "probit": None, "cloglog": "hazard ratio"},
        ),
        _of_counts("poisson", "Poisson"),
        _of_counts("negative_binomial", "negative binomial"),
    )
}

"""The cases that fits are timed on: a model each, and the seeded data that it is fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FIXED = ("(Intercept)", "x1", "x2", "x3", "x4", "w")
BETA = np.array([-0.5, 0.5, -0.3, 0.2, 0.0, 0.4])
INTERCEPTS, SLOPES, OUTER = 0.7, 0.4, 0.5  # standard deviations of the effects
CLUSTERS_IN_ONE = 20


@dataclass(frozen=True)
class Case:
    """A model and the sizes at which it is timed: always, and in the long run. lme4_to: largest size for lme4.

    effects: columns whose coefficients vary between the clusters `g`. nested: whether these lie in clusters `h`.
    """

    name: str
    family: str
    in_cluster: int
    rows: tuple[int, ...]
    long_rows: tuple[int, ...] = ()
    lme4_to: int = 1_000_000
    effects: tuple[str, ...] = ("(Intercept)",)
    nested: bool = False
    nodes: int | None = None
    exposed: bool = False

    @property
    def formula(self) -> str:
        """In lme4's notation; glmm reads it as well."""
        varying = " + ".join(name.replace("(Intercept)", "1") for name in self.effects)
        parts = ["y ~ x1 + x2 + x3 + x4 + w", f"({varying} | g)"]
        parts += ["(1 | h)"] * self.nested + ["offset(o)"] * self.exposed
        return " + ".join(parts)


SLOPE = ("(Intercept)", "x1")
CASES = (
    Case("Gaussian, random slope", "gaussian", 20, (10_000, 100_000, 1_000_000), (10_000_000,), effects=SLOPE),
    Case("Gaussian, three levels", "gaussian", 20, (100_000,), nested=True),
    Case("logit, random intercept", "binomial", 50, (10_000, 100_000), (1_000_000,), lme4_to=100_000),
    Case("logit, random slope", "binomial", 50, (100_000,), lme4_to=100_000, effects=SLOPE),
    Case("logit, 7 nodes", "binomial", 50, (100_000,), lme4_to=100_000, nodes=7),
    Case("logit, three levels", "binomial", 50, (100_000,), lme4_to=100_000, nested=True),
    Case("Poisson, exposure", "poisson", 50, (100_000,), lme4_to=100_000, exposed=True),
)


def draw(case: Case, n_rows: int, seed: int = 20) -> dict[str, np.ndarray]:
    """Columns of a study of `n_rows` rows sorted by cluster: g, h, x1 to x4, w (of the cluster), o (offset) and y."""
    rng = np.random.default_rng(seed)
    n_clusters = n_rows // case.in_cluster
    g = np.repeat(np.arange(n_clusters), case.in_cluster)
    h = g // CLUSTERS_IN_ONE
    x = {name: rng.normal(size=n_rows) for name in FIXED[1:5]}
    x["w"] = rng.normal(size=n_clusters)[g]
    eta = BETA[0] + sum(slope * x[name] for name, slope in zip(FIXED[1:], BETA[1:], strict=True))
    eta += INTERCEPTS * rng.normal(size=n_clusters)[g]
    if len(case.effects) > 1:
        eta += SLOPES * rng.normal(size=n_clusters)[g] * x["x1"]
    if case.nested:
        eta += OUTER * rng.normal(size=h[-1] + 1)[h]
    o = 0.3 * rng.normal(size=n_rows) if case.exposed else np.zeros(n_rows)
    return {"g": g, "h": h, **x, "o": o, "y": _outcome(case.family, eta + o, rng)}


def _outcome(family: str, eta: np.ndarray, rng: np.random.Generator) -> Any:
    if family == "gaussian":
        return eta + rng.normal(size=len(eta))
    if family == "poisson":
        return rng.poisson(np.exp(np.minimum(eta, 6.0))).astype(float)
    return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)

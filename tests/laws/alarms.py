"""False alarms: clean studies, fitted and asked for every caution.

`python tests/laws/alarms.py` goes through 400 of them and prints the rate; `test_alarms` through a part.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, fit_gaussian, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.engine.trust import (
    endless_caution,
    few_caution,
    laplace_caution,
    overdispersion_caution,
    poisson_caution,
    wide_caution,
)

FAMILIES = ("gaussian", "binomial", "poisson", "negative_binomial")
LINKS = {"binomial": "logit", "poisson": "log", "negative_binomial": "log"}
CLUSTERS, SIZE, EFFECTS = 40, 25, ("(Intercept)", "x")


def cautions(seed: int) -> tuple[str, list[str]]:
    """The family of a clean study (a correlated random slope, no extremes), and every caution about its fit."""
    rng = np.random.default_rng([14, seed])
    family = FAMILIES[seed % len(FAMILIES)]
    sizes = rng.integers(SIZE // 2, 2 * SIZE, CLUSTERS)
    codes = np.repeat(np.arange(CLUSTERS), sizes)
    n, first_rows = len(codes), np.cumsum(sizes) - sizes
    columns = {"(Intercept)": np.ones(n), "x": rng.normal(size=n), "w": rng.normal(size=CLUSTERS)[codes]}
    effects = rng.normal(size=(CLUSTERS, 2)) @ np.array([[0.7, 0.1], [0.0, 0.4]])
    eta = -0.4 + 0.5 * columns["x"] + 0.3 * columns["w"] + effects[codes, 0] + effects[codes, 1] * columns["x"]
    y = outcome_of(family, eta, rng)
    cross = crossproducts([*columns, "y"], [*columns.values(), y], first_rows, ["g"], [np.arange(CLUSTERS)])
    model = Model("y", tuple(columns), (RandomColumns("g", (EFFECTS,)),))
    if family == "gaussian":
        fit = fit_gaussian(cross, model)["REML"]
    else:
        fit = fit_general(cross, model, columns, make_outcome(family, LINKS[family], y), LAPLACE, judged=True)
    found = [few_caution(fit, {"g": CLUSTERS}), overdispersion_caution(fit, family)]
    if family != "gaussian":
        found += [wide_caution(fit), poisson_caution(fit), laplace_caution(fit)]
    if family == "binomial":
        z = [columns[name] for name in EFFECTS]
        found.append(endless_caution(fit.levels[0], z, (y, np.ones(n)), first_rows, None))
    if fit.convergence.status != "converged" or fit.convergence.message != "Converged.":
        found.append(fit.convergence.message)
    return family, [caution for caution in found if caution]


def outcome_of(family: str, eta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A draw of the family at its linear predictor; the negative binomial's dispersion is two."""
    if family == "gaussian":
        return eta + rng.normal(size=len(eta))
    if family == "binomial":
        return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
    mean = np.exp(eta) * (rng.gamma(2.0, 0.5, len(eta)) if family == "negative_binomial" else 1.0)
    return rng.poisson(mean).astype(float)


def count(studies: int) -> tuple[Counter[str], list[str]]:
    """Studies with a caution by family, and what was said."""
    counts: Counter[str] = Counter()
    said = []
    for seed in range(studies):
        family, found = cautions(seed)
        counts[family] += bool(found)
        said += [f"seed {seed}, {family}: {caution}" for caution in found]
    return counts, said


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    alarms, lines = count(many)
    print(*lines, f"{sum(alarms.values())} of {many} clean studies have a caution: {dict(alarms)}", sep="\n")

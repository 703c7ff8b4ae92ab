"""Size of tests of a cluster-level effect by simulation: z, likelihood ratio, Satterthwaite and Kenward-Roger.

`python -m bench.simulate_fixed [replicates]` writes docs/simulation_fixed.md. Half of the clusters are treated without
any effect, a covariate of rows, a random intercept with an ICC of .05; ten rows a cluster, or from two to eighteen.
Every replicate is a table of its own whose cross-products go through the engine, as in the workflow.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.design.spec import INTERCEPT
from epiladder.engine.fit import fit_gaussian
from epiladder.errors import LikelihoodError
from epiladder.inference.fixed import coefficients
from epiladder.inference.kenward_roger import kenward_roger
from epiladder.inference.reference import chi_square_tail

OUT = Path(__file__).resolve().parents[1] / "docs" / "simulation_fixed.md"
CLUSTERS, REPLICATES, ICC, NOMINAL = (6, 10, 30, 100), 2000, 0.05, 0.05
METHODS = ("z", "likelihood ratio", "Satterthwaite", "Kenward-Roger")
FULL = Model("y", (INTERCEPT, "treated", "x"), (RandomColumns("cluster", ((INTERCEPT,),)),))
NONE = Model("y", (INTERCEPT, "x"), FULL.random)


def sizes(n_clusters: int, balanced: bool) -> np.ndarray:
    """Rows of each cluster, ten on average."""
    return np.full(n_clusters, 10) if balanced else np.resize([2, 18, 6, 14, 3, 17], n_clusters)


def p_values(rng: np.random.Generator, rows: np.ndarray) -> list[float]:
    """The p-value of the treatment by each method, in one table."""
    n_clusters = len(rows)
    which = np.repeat(np.arange(n_clusters), rows)
    treated = rng.permutation(np.arange(n_clusters) % 2).astype(float)[which]
    x = rng.normal(size=len(which))
    y = 0.3 * x + np.sqrt(ICC) * rng.normal(size=n_clusters)[which] + np.sqrt(1 - ICC) * rng.normal(size=len(which))
    starts = np.cumsum(rows) - rows
    columns = {INTERCEPT: np.ones(len(which)), "treated": treated, "x": x, "y": y}
    labels = [np.arange(n_clusters).astype(str)]
    cross = crossproducts(list(columns), list(columns.values()), starts, ["cluster"], labels)
    fits = fit_gaussian(cross, FULL)
    reml, adjusted = fits["REML"], kenward_roger(cross, FULL, fits["REML"])
    ratio = fit_gaussian(cross, NONE, ("ML",))["ML"].deviance - fits["ML"].deviance
    found = [coefficients(reml, how, 0.95, adjusted)[1].p_value for how in ("none", "satterthwaite", "kenward_roger")]
    z, satterthwaite, kenward = (1.0 if value is None else value for value in found)
    return [z, chi_square_tail(max(ratio, 0.0), 1), satterthwaite, kenward]


def cell(n_clusters: int, balanced: bool, replicates: int) -> tuple[np.ndarray, int]:
    """The share of p-values below the nominal one by each method, and tables that could not be fitted."""
    rows, found, lost = sizes(n_clusters, balanced), [], 0
    for replicate in range(replicates):
        seed = np.random.SeedSequence([20261124, n_clusters, int(balanced)], spawn_key=(replicate,))
        try:
            found.append(p_values(np.random.default_rng(seed), rows))
        except LikelihoodError:
            lost += 1
    return (np.array(found) < NOMINAL).mean(axis=0), lost


def main(replicates: int) -> None:
    """All cells, into a table."""
    error = np.sqrt(NOMINAL * (1 - NOMINAL) / replicates)
    lines = [
        "# Size of tests of a cluster-level effect",
        "",
        f"Made by `make simulate` (bench/simulate_fixed.py): {replicates:,} replicates a row; half of the clusters "
        f"treated, without effect; ICC {ICC:g}; nominal {NOMINAL:g}, Monte Carlo error {error:.4f}.",
        "",
        "| clusters | rows a cluster | " + " | ".join(METHODS) + " | not fitted |",
        "| --: | :-- |" + " --: |" * (len(METHODS) + 1),
    ]
    for n_clusters in CLUSTERS:
        for balanced in (True, False):
            shares, lost = cell(n_clusters, balanced, replicates)
            told = "10" if balanced else "2 to 18"
            lines.append(
                f"| {n_clusters} | {told} | " + " | ".join(f"{share:.3f}" for share in shares) + f" | {lost} |"
            )
            print(lines[-1], flush=True)
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATES)

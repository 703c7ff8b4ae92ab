"""Size of tests of a cluster-level effect by simulation: those of the mixed model, and cluster-robust CR2.

`python -m bench.simulate_fixed [replicates]` writes docs/simulation_fixed.md (part of `make simulate`).
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from epiladder.files import write_text

from bench.simulated_fixed import ICC, METHODS, NOMINAL, SEED, cell
from bench.simulation import ROOT, ends, kept, table, versions

PAGE = ROOT / "docs" / "simulation_fixed.md"
REPLICATES = 2000
CLUSTERS = (6, 10, 30, 50, 100)

TEXT = """# Size of tests of a cluster-level effect
{replicates} simulated Gaussian studies a row (seed {seed}); share of p-values below {nominal:g}, Monte Carlo standard
errors in brackets, {error:.4f} for a true share of {nominal:g}. Half of the clusters are treated, without any effect; a
covariate of rows; ICC {icc:g}. Clusters of 10 rows each or of 2 to 18. z, Satterthwaite and Kenward-Roger: REML;
likelihood ratio: ML; CR2: least squares with cluster-robust standard errors and their degrees of freedom.
{lost:,} studies could not be fitted. Made by `make simulate` (bench/simulate_fixed.py) with
{versions}.

{table}

With 6 or 10 clusters the tests that take the variance between clusters as known are too sure: Wald's z finds an effect
in {z_few} of studies without one, the likelihood ratio in {ratio_few}.
With 30 or 50 clusters z has {z_some}, with 100 {z_many}. The report says so where it reads z.

Satterthwaite's degrees of freedom keep near to the nominal size with 6 or 10 clusters, {satterthwaite_few}, and so does
CR2 with its own, {robust_few}.
Kenward and Roger's are too careful there, {kenward_few}, most of all with 6 unequal clusters;
from 30 clusters on, {kenward_many}, they are as good as Satterthwaite's.
"""


def page(cells: dict[tuple[int, bool], dict[str, Any]], replicates: int) -> str:
    """docs/simulation_fixed.md."""
    rows = [
        ((str(clusters), "10 each" if balanced else "2 to 18"), cells[clusters, balanced]["tests"])
        for clusters, balanced in sorted(cells, key=lambda key: (key[0], not key[1]))
    ]
    return TEXT.format(
        replicates=f"{replicates:,}",
        seed=SEED,
        nominal=NOMINAL,
        error=np.sqrt(NOMINAL * (1 - NOMINAL) / replicates),
        icc=ICC,
        lost=sum(one["lost"] for one in cells.values()),
        versions=versions(),
        **_reading(cells),
        table=table(("clusters", "rows a cluster"), METHODS, rows),
    )


def _reading(cells: dict[tuple[int, bool], dict[str, Any]]) -> dict[str, str]:
    """The shares that the page's words quote."""

    def of(method: str, *clusters: int) -> str:
        return ends(tuple(one["tests"][method]) for (number, _), one in cells.items() if number in clusters)

    return {
        "z_few": of("z", 6, 10),
        "z_some": of("z", 30, 50),
        "z_many": of("z", 100),
        "ratio_few": of("likelihood ratio", 6, 10),
        "satterthwaite_few": of("Satterthwaite", 6, 10),
        "robust_few": of("CR2", 6, 10),
        "kenward_few": of("Kenward-Roger", 6, 10),
        "kenward_many": of("Kenward-Roger", 30, 50, 100),
    }


def main(replicates: int) -> None:
    """Every cell, then the page."""
    cells = {}
    for clusters in CLUSTERS:
        for balanced in (True, False):
            name = f"fixed/{clusters}{'' if balanced else '-unequal'}"
            made = kept(name, SEED, replicates, lambda c=clusters, b=balanced: cell(c, b, replicates))
            cells[clusters, balanced] = made
    write_text(PAGE, page(cells, replicates))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATES)

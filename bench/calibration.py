"""Calibration of binary mixed models by simulation: coverage of Wald intervals and bias of variances.

`python -m bench.calibration [replicates]` writes docs/calibration.md. Clusters of 5 and 50, 10 to 100 of them; a
covariate that varies within clusters, one that varies between them, a random intercept with variance 0.5, logit link.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, Approximation, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.errors import LikelihoodError

TRUTH = {"(Intercept)": -0.5, "within": 0.5, "between": 0.5}
VARIANCE = 0.5
SEED = 20261122
METHODS = {"Laplace": LAPLACE, "Quadrature, 11 nodes": Approximation("quadrature", 11)}
MODEL = Model("y", tuple(TRUTH), (RandomColumns("cluster", (("(Intercept)",),)),))
PAGE = Path(__file__).resolve().parents[1] / "docs" / "calibration.md"


@dataclass
class Cell:
    """What one design and method gave: interval hits by coefficient, variances, and fits that were refused."""

    hits: dict[str, int]
    variances: list[float]
    refused: int = 0

    def row(self, clusters: int, size: int, method: str) -> str:
        """A row of the table, with Monte Carlo standard errors."""
        n = len(self.variances)
        cells = [f"{clusters}", f"{size}", method]
        for hits in self.hits.values():
            share = hits / n
            cells.append(f"{share:.3f} ({np.sqrt(share * (1 - share) / n):.3f})")
        found = np.array(self.variances)
        bias = 100 * (found.mean() / VARIANCE - 1)
        cells.append(f"{bias:+.1f} ({100 * found.std(ddof=1) / VARIANCE / np.sqrt(n):.1f})")
        cells += [f"{np.median(found):.3f}", f"{(found < 1e-8).mean():.3f}", f"{self.refused}"]
        return "| " + " | ".join(cells) + " |"


def simulate(rng: np.random.Generator, clusters: int, size: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Columns and outcome of one study; half of the clusters are exposed."""
    n = clusters * size
    exposed = np.repeat(rng.permutation(np.arange(clusters) % 2), size).astype(float)
    columns = {"(Intercept)": np.ones(n), "within": rng.normal(size=n), "between": exposed}
    eta = sum(TRUTH[name] * column for name, column in columns.items())
    eta = eta + np.repeat(np.sqrt(VARIANCE) * rng.normal(size=clusters), size)
    return columns, (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)


def study(clusters: int, size: int, replicates: int) -> dict[str, Cell]:
    """Both methods on the same simulated studies."""
    cells = {method: Cell(dict.fromkeys(TRUTH, 0), []) for method in METHODS}
    starts = np.arange(clusters) * size
    for replicate in range(replicates):
        rng = np.random.default_rng([SEED, clusters, size, replicate])
        columns, y = simulate(rng, clusters, size)
        cross = crossproducts([*columns, "y"], [*columns.values(), y], starts, ["cluster"], [starts])
        for method, approximation in METHODS.items():
            try:
                fit = fit_general(cross, MODEL, columns, make_outcome("binomial", "logit", y), approximation)
            except LikelihoodError:
                cells[method].refused += 1
                continue
            errors = np.sqrt(np.diag(fit.beta_covariance))
            for name, estimate, error in zip(fit.names, fit.beta, errors, strict=True):
                cells[method].hits[name] += bool(abs(estimate - TRUTH[name]) <= 1.959964 * error)
            cells[method].variances.append(float(fit.levels[0].covariance[0, 0]))
    return cells


def main() -> None:
    """Simulate every cell and write the page."""
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    head = (
        "# Calibration of binary mixed models\n\n"
        f"Coverage of 95% Wald intervals and bias of the variance, {replicates} simulated studies a cell "
        f"(seed {SEED}), Monte Carlo standard errors in brackets. Logit link, random intercept with variance "
        f"{VARIANCE}; made by `python -m bench.calibration {replicates}`.\n\n"
        "| Clusters | Size | Method | Coverage: intercept | within clusters | between clusters "
        "| Bias of variance, % | Median variance | Share at zero | Refused |\n"
        "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    rows = [
        cell.row(clusters, size, method)
        for clusters in (10, 30, 100)
        for size in (5, 50)
        for method, cell in study(clusters, size, replicates).items()
    ]
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

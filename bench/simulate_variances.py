"""Size of every test of a variance, and coverage of every interval of a variance or an ICC, by simulation.

`python -m bench.simulate_variances [replicates]` writes docs/simulation_variances.md (part of `make simulate`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from epiladder.files import write_text
from epiladder.inference.fitted import LARGEST_ERROR

from bench.simulated_variances import DRAWS, LEVEL, Cell, studies
from bench.simulation import ROOT, ends, kept, table, versions

SEED, REPLICATES = 20261124, 2000
PAGE = ROOT / "docs" / "simulation_variances.md"
TESTS = ("naive, ML", "naive, REML", "mixture, ML", "mixture, REML", "exact F", "restricted", "bootstrap")
INTERVALS = ("exact", "delta", "profile", "bootstrap, ICC", "bootstrap, variance")
WITHOUT = "delta: none"
Record = dict[str, Any]


def cells() -> Iterator[Cell]:
    """All designs; the bootstrap within the simulation in six of the tests' and six of the intervals'."""
    for clusters in (6, 10, 30, 100):
        for balanced in (True, False):
            for icc in (0.0, 0.01, 0.05, 0.2):
                tested = icc == 0 and (clusters, balanced) in {(6, False), (10, True), (10, False), (30, False)}
                within = clusters in (10, 30) and not balanced and icc > 0
                yield Cell(clusters, balanced, icc, bootstrap=tested or within)
            yield Cell(clusters, balanced, 0.2, slope=True, bootstrap=clusters in (10, 30) and not balanced)


def simulate(cell: Cell, replicates: int) -> Record:
    """One cell: how often each test rejects and each interval holds the truth, of how many."""
    tests, intervals = studies(cell, SEED, replicates)
    counted = {
        kind: {name: _count(hits) for name, hits in of.items()}
        for kind, of in (("tests", tests), ("intervals", intervals))
    }
    if "delta" in intervals:
        counted["intervals"][WITHOUT] = (int((intervals["delta"] < 0).sum()), replicates)
    return counted


def _count(hits: np.ndarray) -> tuple[int, int]:
    return int((hits == 1).sum()), int((hits >= 0).sum())


def name_of(cell: Cell) -> str:
    """Of the file in which a cell is kept."""
    return (
        f"variances/{cell.clusters}{'' if cell.balanced else '-unequal'}-{cell.icc:g}{'-slope' if cell.slope else ''}"
        f"{'-bootstrap' if cell.bootstrap else ''}"
    )


def page(found: list[tuple[Cell, Record]], replicates: int) -> str:
    """docs/simulation_variances.md."""
    intercepts = [(cell, one) for cell, one in found if not cell.slope]
    slopes = [(cell, one) for cell, one in found if cell.slope]
    within = (WITHOUT, *INTERVALS)
    return TEXT.format(
        replicates=f"{replicates:,}",
        error=f"{np.sqrt(LEVEL * (1 - LEVEL) / replicates):.4f}",
        draws=DRAWS,
        step=1 / (DRAWS + 1),
        promised=LEVEL - 1 / (DRAWS + 1),
        largest=LARGEST_ERROR,
        with_bootstrap=sum("bootstrap" in one["tests"] for _, one in intercepts),
        slopes_with_bootstrap=sum("bootstrap" in one["tests"] for _, one in slopes),
        seed=SEED,
        versions=versions(),
        **_reading(found),
        size=_table([row for row in intercepts if row[0].icc == 0], "tests", TESTS),
        slopes=_table(slopes, "tests", tuple(name for name in TESTS if name != "restricted")),
        power=_table([row for row in intercepts if row[0].icc > 0], "tests", TESTS[:-1]),
        coverage=_table(intercepts, "intervals", (*within[1:3], within[0], *within[3:])),
    )


def _reading(found: list[tuple[Cell, Record]]) -> dict[str, str]:
    """The shares that the page's words quote."""

    def of(kind: str, method: str, clusters: tuple[int, ...], icc: tuple[float, ...], slope: bool = False) -> str:
        rows = [
            one[kind] for cell, one in found if cell.clusters in clusters and cell.icc in icc and cell.slope == slope
        ]
        return ends(tuple(row[method]) for row in rows if method in row)

    every, few, true = (6, 10, 30, 100), (6, 10), (0.01, 0.05, 0.2)
    return {
        "naive": of("tests", "naive, REML", every, (0.0,)),
        "mixture_few": of("tests", "mixture, ML", few, (0.0,)),
        "mixture_many": of("tests", "mixture, ML", (30, 100), (0.0,)),
        "reml_few": of("tests", "mixture, REML", few, (0.0,)),
        "reml_many": of("tests", "mixture, REML", (30, 100), (0.0,)),
        "slope_few": of("tests", "mixture, REML", (6, 10, 30), (0.2,), True),
        "slope_many": of("tests", "mixture, REML", (100,), (0.2,), True),
        "f": of("tests", "exact F", every, (0.0,)),
        "f_slope": of("tests", "exact F", every, (0.2,), True),
        "restricted": of("tests", "restricted", every, (0.0,)),
        "bootstrap": of("tests", "bootstrap", every, (0.0,)),
        "bootstrap_slope": of("tests", "bootstrap", every, (0.2,), True),
        "exact": of("intervals", "exact", every, true),
        "none": of("intervals", WITHOUT, every, (0.01,)),
        "delta": of("intervals", "delta", every, (0.01,)),
        "profile_few": of("intervals", "profile", few, (0.2,)),
        "profile_near": of("intervals", "profile", few, (0.01, 0.05)),
        "percentile": of("intervals", "bootstrap, variance", (10,), (0.2,)),
        "percentile_near": of("intervals", "bootstrap, variance", (10,), (0.01, 0.05)),
        "percentile_30": of("intervals", "bootstrap, variance", (30,), (0.2,)),
    }


def _table(found: list[tuple[Cell, Record]], kind: str, names: tuple[str, ...]) -> str:
    rows = [
        ((str(cell.clusters), "10 each" if cell.balanced else "2 to 25", f"{cell.icc:g}"), one[kind])
        for cell, one in found
    ]
    return table(("clusters", "rows a cluster", "ICC"), names, rows)


TEXT = """# Size of tests of variances, and coverage of intervals of variances and ICCs
{replicates} simulated Gaussian studies a row (seed {seed}); Monte Carlo standard errors in brackets, {error} for a true
share of 0.05. One level of clusters, of 10 rows each or of 2, 3, 5, 10, 15 and 25 in turn. Made by `make simulate`
(bench/simulate_variances.py) with {versions}.

**Tests.** Exact F finds a variance that is not there in {f} of studies, and for slopes in {f_slope};
the exact restricted likelihood ratio in {restricted}; the bootstrap in {bootstrap}, for slopes in {bootstrap_slope}.
These keep what they promise whatever the sizes; where a row lies outside of two Monte Carlo errors of 0.05, all tests
of its studies lie there together, by chance.
The naive law (REML) finds {naive}, where 0.05 is promised.
The mixture under ML is too careful: {mixture_few} with 6 or 10 clusters, {mixture_many} with 30 or 100.
Under REML it is nearer, {reml_few} and {reml_many}, but not for slopes: {slope_few} with 6 to 30
clusters, {slope_many} with 100. The report says so where it reads the mixture.

**Intervals.** The exact interval of the ICC holds the truth in {exact} of studies with an ICC above zero.
The delta method has no interval in {none} of studies with an ICC of 0.01, and where it has one it
holds the truth in {delta}.
The profile is too narrow with 6 or 10 clusters and an ICC of 0.2, {profile_few}, and too
wide near zero, {profile_near}. So are percentiles of the bootstrap, with 10 unequal clusters: {percentile} at an ICC of
0.2, {percentile_near} at 0.01 and 0.05; with 30, {percentile_30} at 0.2. The report says so where clusters are few.

## Tests of a random intercept where there is none
Share of p-values below 0.05, as the report counts them. The bootstrap draws {draws} outcomes from each study's own
smaller fit (REML), in {with_bootstrap} cells here and {slopes_with_bootstrap} of the slope's; elsewhere it was not run.
Its p-values are multiples of {step:g}, so that {promised:g} is what it promises.

{size}

## Tests of a random slope where slopes do not differ
With a random intercept (ICC 0.2) and a covariate that varies within clusters.

{slopes}

## How often a variance is found that is there
The same tests at an ICC above zero.

{power}

## Coverage of 95% intervals
exact: of the ICC, by inverting Wald's F; its coverage at an ICC of zero is 0.975. delta: of the ICC, by the delta
method on the logit scale, among the studies that have one; "delta: none" is the share of studies that have none, since
their variance is estimated as zero, or so near to it that the standard error exceeds {largest:g}, where the report
gives none either. profile: of the standard deviation between clusters, by maximum likelihood; an end
that the profile does not reach counts as zero. bootstrap: percentiles of {draws} outcomes drawn from each study's REML
fit and refitted, in six cells.

{coverage}
"""


def main(replicates: int) -> None:
    """Every cell, then the page."""
    found = []
    for cell in sorted(cells(), key=lambda cell: cell.bootstrap):
        found.append((cell, kept(name_of(cell), SEED, replicates, lambda cell=cell: simulate(cell, replicates))))
    order = {cell: at for at, cell in enumerate(cells())}
    write_text(PAGE, page(sorted(found, key=lambda row: order[row[0]]), replicates))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATES)

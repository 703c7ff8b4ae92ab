"""Leaving clusters out beside one lme4 fit of the random slope at a million rows, in processor seconds.

With 200 clusters every one is refitted exactly; with 50,000 all take one Newton step and 20 are refitted. The
cross-products are there already, as they are in the workflow.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from epiladder.design.build import cluster_starts
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.inference import influence_refit
from epiladder.inference.influence_deleted import EXACT
from epiladder.inference.influence_refit import leave_one_out

from bench import engines
from bench.cases import CASES, FIXED, Case, draw

ROWS = 1_000_000
SLOPE = next(case for case in CASES if case.name == "Gaussian, random slope")
FEW, MANY = (replace(SLOPE, in_cluster=ROWS // clusters) for clusters in (200, 50_000))


def multiplied(case: Case) -> tuple[Crossproducts, Model]:
    """The case's cross-products and its model."""
    columns = draw(case, ROWS)
    starts = cluster_starts([columns["g"]])
    fixed = {"(Intercept)": np.ones(ROWS), **{name: columns[name] for name in FIXED[1:]}}
    made = crossproducts([*fixed, "y"], [*fixed.values(), columns["y"]], starts, ["g"], [columns["g"][starts]])
    return made, Model("y", FIXED, (RandomColumns("g", (case.effects,)),))


def measure(case: Case) -> tuple[float, int, int]:
    """Processor seconds to leave out every cluster, how many were refitted exactly, and how many there are."""
    cross, model = multiplied(case)
    started = time.process_time()
    found = leave_one_out(cross, model, "g", "REML", law="satterthwaite")
    return time.process_time() - started, int((found.method == EXACT).sum()), len(found.labels)


def table() -> None:
    """Print both sizes, and the peer's one fit where it is installed."""
    peer = engines.one_fit("lme4", SLOPE, ROWS)
    print(f"Leaving out each cluster of the random slope in turn, {ROWS:,} rows (processor time; of more than")
    print(f"{influence_refit.MANY} clusters only the {influence_refit.REFITTED} most influential are refitted)")
    if peer is not None:
        print(f"  {'one fit by lme4, ' + SLOPE.name:<45}{peer:>9.2f} s")
    for case in (FEW, MANY):
        seconds, exact, clusters = measure(case)
        ratio = f"   lme4 / ours = {peer / seconds:,.1f}" if peer else ""
        label = f"{clusters:,} clusters, {exact} exact"
        print(f"  {label:<45}{seconds:>9.2f} s{ratio}", flush=True)

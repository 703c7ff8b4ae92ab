"""The parametric bootstrap of the slope test beside one lme4 fit of the random slope at a million rows.

All that a study has of it: outcomes drawn from the random intercept, both rungs refitted by both criteria. The
cross-products and the smaller fit are there already, as they are in the workflow; one lme4 fit is one of the four that
a replicate would cost there.
"""

from __future__ import annotations

import time

import numpy as np
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.given import Parameters
from epiladder.inference.monte_carlo import simulated_p
from epiladder.inference.resample_gaussian import blocks, refits_of, simulator_of

from bench import engines
from bench.cases import Case
from bench.influence import FEW, MANY, ROWS, SLOPE, multiplied

REPLICATES = ((FEW, 999), (MANY, 99))


def measure(case: Case, replicates: int) -> tuple[float, float]:
    """Processor seconds of all replicates, and the p-value of the slope."""
    cross, larger = multiplied(case)
    smaller = Model(larger.outcome, larger.fixed, (RandomColumns("g", (("(Intercept)",),)),))
    fit, other = (fit_gaussian(cross, model, ("REML",))["REML"] for model in (smaller, larger))
    at = Parameters(fit.beta, tuple(level.covariance for level in fit.levels), fit.residual_variance or 1.0)
    started = time.process_time()
    models = {"smaller": smaller, "larger": larger}
    simulator = simulator_of(cross, models, "smaller", at)
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    for block in blocks(cross, models, replicates):
        drawn = simulator.draw([np.random.default_rng([1, replicate]) for replicate in block])
        for key, refits in refits_of(cross, models, "smaller", at, drawn):
            found.setdefault(key, []).append(refits.log_likelihood)
    low, high = (np.concatenate(found[name, "REML"]) for name in models)
    test = simulated_p(2 * (other.log_likelihood - fit.log_likelihood), 2 * (high - low), 0.95)
    return time.process_time() - started, test.p_value


def table() -> None:
    """Print both sizes, and the peer's one fit where it is installed."""
    peer = engines.one_fit("lme4", SLOPE, ROWS)
    print(f"Bootstrap of the random slope's test, {ROWS:,} rows (processor time)")
    if peer is not None:
        print(f"  {'one fit by lme4, ' + SLOPE.name:<45}{peer:>9.2f} s")
    for case, replicates in REPLICATES:
        seconds, p_value = measure(case, replicates)
        ratio = f"   lme4 / ours = {peer / seconds:,.2f}" if peer else ""
        label = f"{ROWS // case.in_cluster:,} clusters, {replicates} replicates"
        print(f"  {label:<45}{seconds:>9.2f} s{ratio}   p = {p_value:.3g}", flush=True)

"""The whole ladder of a Gaussian study of a million rows: every rung by both criteria, with its tests, compared."""

from __future__ import annotations

import statistics
import time

from epiladder.design.build import build_design
from epiladder.design.model import model_of
from epiladder.design.spec import INTERCEPT
from epiladder.engine.fit import fit_gaussian
from epiladder.inference.compare import Rung, compare
from epiladder.inference.record import fit_record
from epiladder.ladder.plan import ladder, pairs

from bench.simulate import Simulated, plan, simulate

ROWS = 1_000_000


def whole_ladder(data: Simulated) -> int:
    """Centre, expand, multiply; fit every rung by ML and REML with its tests; compare. Returns the comparisons."""
    resolved = plan()
    design = build_design(resolved, data.frame)
    cross = design.crossproducts
    rungs: dict[str, Rung] = {}
    for spec in ladder(resolved):
        model = model_of(spec, design.of_term)
        terms = {term: design.of_term[term] for term in spec.fixed if term != INTERCEPT}
        record = fit_record(resolved, spec, cross, fit_gaussian(cross, model), terms)
        rungs[spec.rung] = Rung(spec, model.fixed, {part.level: part.blocks for part in model.random}, record)
    sizes = [cross.cluster_sizes(level) for level in cross.levels]
    return sum(len(compare(rungs[low], rungs[high], sizes)) for low, high in pairs(tuple(rungs)))


def measure(rows: int = ROWS) -> tuple[float, int]:
    """Median processor seconds of three, and the comparisons made."""
    data = simulate(rows)
    assert data.frame is not None  # made once, before the clock starts
    seconds, compared = [], 0
    for _ in range(3):
        started = time.process_time()
        compared = whole_ladder(data)
        seconds.append(time.process_time() - started)
    return statistics.median(seconds), compared

"""What epiladder takes from rows in memory: one fit, and the whole ladder with its comparisons."""

from __future__ import annotations

import numpy as np
from epiladder.design.build import build_design, cluster_starts
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns, model_of
from epiladder.engine.fit import fit_gaussian
from epiladder.inference.compare import Rung, compare
from epiladder.inference.record import fit_record
from epiladder.ladder.plan import ladder, pairs

from bench.simulate import FIXED, Simulated, plan

SLOPE = Model("y", FIXED, (RandomColumns("g", (("(Intercept)", "x1"),)),))


def fit(data: Simulated) -> float:
    """Cross-products and the random-slope model by ML; returns its log-likelihood."""
    starts = cluster_starts([data.cluster])
    names = [*FIXED, "y"]
    columns = [np.ones(data.n_rows), *(data.columns[name] for name in names[1:])]
    cross = crossproducts(names, columns, starts, ["g"], [data.cluster[starts]])
    return fit_gaussian(cross, SLOPE, ("ML",))["ML"].log_likelihood


def whole_ladder(data: Simulated) -> int:
    """Centre, expand, multiply; fit every rung by ML and REML with its tests; compare. Returns the comparisons."""
    resolved = plan()
    design = build_design(resolved, data.frame)
    cross = design.crossproducts
    rungs: dict[str, Rung] = {}
    for spec in ladder(resolved):
        model = model_of(spec, design.of_term)
        record = fit_record(resolved, spec, cross, fit_gaussian(cross, model))
        rungs[spec.rung] = Rung(spec, model.fixed, {part.level: part.blocks for part in model.random}, record)
    sizes = [cross.cluster_sizes(level) for level in cross.levels]
    return sum(len(compare(rungs[low], rungs[high], sizes)) for low, high in pairs(tuple(rungs)))

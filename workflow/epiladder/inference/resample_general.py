"""Outcomes drawn row by row from the rungs of a ladder that is not Gaussian, and rungs refitted from warm starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.model import Model
from epiladder.engine.fit import Approximation
from epiladder.engine.given import Parameters
from epiladder.engine.simulate import Refit, Rows, refit_general
from epiladder.inference.estimate import outcome_of
from epiladder.inference.resample import fitted_to, generator
from epiladder.inference.resample_gaussian import parameters
from epiladder.inference.resample_table import flat, table_of

if TYPE_CHECKING:
    import pyarrow as pa

    from epiladder.design.load import Designed
    from epiladder.study.config import Plan

Record = dict[str, Any]


def resample_general(
    plan: Plan, designed: Designed, fits: Record, usable: set[str], approximation: Record, replicates: Iterable[int]
) -> pa.Table:
    """The refits of some replicates, as resample_table has them."""
    chosen = Approximation(approximation["method"], approximation["nodes"])
    found: list[Record] = []
    for rung, wanted in fitted_to(tuple(designed.rungs), usable, gaussian=False).items():
        found += _of_rung(plan, designed, fits, rung, wanted, chosen, replicates)
    return table_of(found)


def _of_rung(
    plan: Plan,
    designed: Designed,
    fits: Record,
    rung: str,
    wanted: Sequence[str],
    approximation: Approximation,
    replicates: Iterable[int],
) -> Iterator[Record]:
    models = {name: designed.model(name) for name in wanted}
    columns = {key: values for name in wanted for key, values in designed.columns(name).items()}
    outcome = outcome_of(plan, designed, columns)
    rows = Rows.of(designed.cross, columns, plan.outcome.family, str(plan.outcome.link), outcome)
    at = parameters(fits[rung]["estimates"]["ML"])
    smaller = {name: parameters(fits[name]["estimates"]["ML"]) for name in wanted if name == "null"}
    for replicate in replicates:
        y = rows.draw(models[rung], at, generator(plan, rung, replicate))
        near = at
        for name in wanted:
            larger = set(models[rung].fixed) <= set(models[name].fixed)
            start = embedded(models[rung], near, models[name]) if larger else smaller[name]
            refit = refit_general(rows.problem(models[name], y), approximation, start)
            near = refit.parameters if refit is not None and name == rung else near
            row = {"drawn": rung, "fitted": name, "criterion": "ML", "replicate": replicate}
            yield {**row, **_as_row(refit)}


def embedded(smaller: Model, at: Parameters, larger: Model) -> Parameters:
    """The parameters of a model as those of one that holds it: what is new is zero."""
    beta = np.array([at.beta[smaller.fixed.index(name)] if name in smaller.fixed else 0.0 for name in larger.fixed])
    known = {part.level: (part.names, raw) for part, raw in zip(smaller.random, at.covariances, strict=True)}
    covariances = []
    for part in larger.random:
        raw = np.zeros((len(part.names), len(part.names)))
        names, covariance = known.get(part.level, ((), np.empty((0, 0))))
        places = [part.names.index(name) for name in names]
        raw[np.ix_(places, places)] = covariance
        covariances.append(raw)
    return Parameters(beta, tuple(covariances), at.variance, at.dispersion)


def _as_row(refit: Refit | None) -> Record:
    if refit is None:
        return {"covariances": None, "fixed": None}
    found = refit.parameters
    return {
        "log_likelihood": refit.log_likelihood,
        "dispersion": np.nan if found.dispersion is None else found.dispersion,
        "singular": float(refit.singular),
        "covariances": flat(found.covariances),
        "fixed": found.beta.tolist(),
    }

"""Outcomes drawn row by row from the rungs of a ladder that is not Gaussian, and the rungs refitted from warm starts.

A table has one row a refit, so that chunks of replicates made by different jobs are put together by stacking them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.columns import numbers, texts
from epiladder.design.model import Model
from epiladder.engine.fit import Approximation
from epiladder.engine.given import Parameters
from epiladder.engine.simulate import Refit, Rows, refit_general
from epiladder.inference.estimate import outcome_of
from epiladder.inference.resample import Refitted, fitted_to, generator
from epiladder.inference.resample_gaussian import parameters

if TYPE_CHECKING:
    import pyarrow as pa

    from epiladder.design.load import Designed
    from epiladder.study.config import Plan

Record = dict[str, Any]
NUMBERS = ("log_likelihood", "predictor", "dispersion", "singular")


def resample_general(
    plan: Plan, designed: Designed, fits: Record, usable: set[str], approximation: Record, replicates: Iterable[int]
) -> pa.Table:
    """The refits of some replicates: drawn, fitted, replicate, log_likelihood (null where it failed), covariances."""
    import pyarrow as pa

    chosen = Approximation(approximation["method"], approximation["nodes"])
    found: list[Record] = []
    for rung, wanted in fitted_to(tuple(designed.rungs), usable).items():
        found += _of_rung(plan, designed, fits, rung, wanted, chosen, replicates)
    columns = {name: texts([row[name] for row in found]) for name in ("drawn", "fitted")}
    columns["replicate"] = pa.array([row["replicate"] for row in found], pa.int64())
    columns |= {name: numbers(np.array([row[name] for row in found], dtype=float)) for name in NUMBERS}
    columns["covariances"] = pa.array([row["covariances"] for row in found], pa.list_(pa.float64()))
    return pa.table(columns)


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
    means = {name: designed.cross.means(model.fixed) for name, model in models.items()}
    for replicate in replicates:
        y = rows.draw(models[rung], at, generator(plan, rung, replicate))
        near = at
        for name in wanted:
            start = embedded(models[rung], near, models[name])
            refit = refit_general(rows.problem(models[name], y), approximation, start)
            near = refit.parameters if refit is not None and name == rung else near
            yield {"drawn": rung, "fitted": name, "replicate": replicate, **_as_row(refit, means[name])}


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


def _as_row(refit: Refit | None, means: np.ndarray) -> Record:
    if refit is None:
        return {**dict.fromkeys(NUMBERS, np.nan), "covariances": None}
    found = refit.parameters
    return {
        "log_likelihood": refit.log_likelihood,
        "predictor": float(means @ found.beta),
        "dispersion": np.nan if found.dispersion is None else found.dispersion,
        "singular": float(refit.singular),
        "covariances": np.concatenate([np.empty(0), *(raw.ravel() for raw in found.covariances)]).tolist(),
    }


def refitted(designed: Designed, tables: Sequence[pa.Table], dispersed: bool) -> list[Refitted]:
    """The refits of all chunks, by rung drawn from and rung fitted, in the order of replicates."""
    rows = [row for table in tables for row in table.to_pylist()]
    groups: dict[tuple[str, str], list[Record]] = {}
    for row in sorted(rows, key=lambda row: row["replicate"]):
        groups.setdefault((row["drawn"], row["fitted"]), []).append(row)
    order = {rung: at for at, rung in enumerate(designed.rungs)}
    ordered = sorted(groups.items(), key=lambda item: (order[item[0][0]], order[item[0][1]]))
    return [_gathered(*pair, designed.model(pair[1]), found, dispersed) for pair, found in ordered]


def _gathered(drawn: str, fitted: str, model: Model, rows: Sequence[Record], dispersed: bool) -> Refitted:
    def values(name: str) -> np.ndarray:
        return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=float)

    sizes = [len(part.names) for part in model.random]
    total = sum(q * q for q in sizes)
    flat = np.array([row["covariances"] if row["covariances"] is not None else [np.nan] * total for row in rows])
    covariances, used = [], 0
    for q in sizes:
        covariances.append(flat[:, used : used + q * q].reshape(-1, q, q))
        used += q * q
    return Refitted(
        drawn,
        fitted,
        "ML",
        values("log_likelihood"),
        tuple(covariances),
        values("singular") == 1.0,
        None,
        values("predictor"),
        values("dispersion") if dispersed else None,
    )

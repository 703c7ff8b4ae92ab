"""Outcomes drawn from the rungs of a Gaussian ladder as cross-products, and the rungs refitted to them.

Drawn are outcomes at the REML estimates, whose variances are the least biased; REML and ML statistics come from the
same outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.batch import make_batch
from epiladder.engine.batch_search import Refits, refit, run_length
from epiladder.engine.draws import Drawn, Simulator
from epiladder.engine.given import Parameters
from epiladder.engine.problem import Level
from epiladder.inference.resample import fitted_to, generator
from epiladder.inference.resample_table import flat, table_of
from epiladder.study.resampling import share_of

if TYPE_CHECKING:
    import pyarrow as pa

    from epiladder.design.load import Designed
    from epiladder.study.config import Plan

DOUBLES = 1 << 24  # numbers of drawn cross-products that are held at a time
BLOCK = 25  # replicates that are drawn and refitted together, at the least
Record = dict[str, Any]


def resample_gaussian(
    plan: Plan, designed: Designed, fits: dict[str, Any], usable: set[str], chunk: int = 1, number: int = 1
) -> pa.Table:
    """The refits that the plan's comparisons and intervals want, of one chunk of so many, as resample_table has them.

    Replicates are drawn and refitted in blocks that do not depend on the chunks, so that neither do their last bits.
    """
    found: list[Record] = []
    for rung, wanted in fitted_to(tuple(designed.rungs), usable, gaussian=True).items():
        models = {name: designed.model(name) for name in wanted}
        at = parameters(fits[rung]["estimates"]["REML"])
        simulator = simulator_of(designed.cross, models, rung, at)
        for block in blocks(designed.cross, models, plan.inference.bootstrap or 0, chunk, number):
            drawn = simulator.draw([generator(plan, rung, replicate) for replicate in block])
            for (name, criterion), refits in refits_of(designed.cross, models, rung, at, drawn):
                head = {"drawn": rung, "fitted": name, "criterion": criterion}
                found += [{**head, **row} for row in _rows(refits, block)]
    return table_of(found)


def blocks(
    cross: Crossproducts, models: dict[str, Model], total: int, chunk: int = 1, number: int = 1
) -> Iterator[range]:
    """The replicates of a chunk, from 1, of so many, in blocks of a length that hangs on the clusters alone."""
    n_clusters = cross.products.shape[1]
    columns = {column for model in models.values() for part in model.random for column in part.names}
    length = max(1, min(max(BLOCK, run_length(n_clusters)), DOUBLES // (n_clusters * max(1, len(columns)))))
    for block in share_of(-(-total // length), chunk, number):
        yield range(block * length, min((block + 1) * length, total))


def simulator_of(cross: Crossproducts, models: dict[str, Model], drawn_from: str, at: Parameters) -> Simulator:
    """Draws outcomes from one of some models, for all of them."""
    return Simulator(
        cross,
        models[drawn_from],
        at,
        [column for model in models.values() for column in model.fixed],
        [column for model in models.values() for part in model.random for column in part.names],
    )


def refits_of(
    cross: Crossproducts, models: dict[str, Model], drawn_from: str, at: Parameters, drawn: Drawn
) -> Iterator[tuple[tuple[str, str], Refits]]:
    """By rung and criterion, models refitted to outcomes drawn from one of them."""
    for name, model in models.items():
        batch, near = make_batch(cross, model, drawn), None
        start = start_at(batch.problem.levels, models[drawn_from], at)
        for criterion in _criteria(models, drawn_from, name):
            near = refit(batch, criterion, start, near)
            yield (name, criterion), near


def _rows(refits: Refits, block: range) -> Iterator[Record]:
    for r, replicate in enumerate(block):
        failed = bool(refits.failed[r])
        yield {
            "replicate": replicate,
            "log_likelihood": refits.log_likelihood[r],
            "variance": refits.variance[r],
            "singular": np.nan if failed else float(refits.singular[r]),
            "fixed": None if failed else refits.beta[r].tolist(),
            "covariances": None if failed else flat([part[r] for part in refits.covariances]),
        }


def _criteria(models: dict[str, Model], drawn: str, fitted: str) -> list[str]:
    """REML where no fixed effect is tested, and ML wherever something is compared by it."""
    own, others = models[drawn], [name for name in models if name not in (drawn, "null")]
    if fitted == drawn:
        return ["REML", "ML"] if others or drawn == "single_level.null" else ["REML"]
    if fitted == "null" and drawn != "single_level.null":
        return ["REML"]
    return ["REML", "ML"] if set(own.fixed) == set(models[fitted].fixed) else ["ML"]


def parameters(estimate: dict[str, Any]) -> Parameters:
    """A record's estimates as the engine takes them."""
    return Parameters(
        np.array([row["estimate"] for row in estimate["fixed"]]),
        tuple(np.array(part["covariance"]) for part in estimate["random"]),
        1.0 if estimate["residual_variance"] is None else estimate["residual_variance"],
        estimate["dispersion"],
    )


def start_at(levels: tuple[Level, ...], drawn: Model, at: Parameters) -> list[np.ndarray]:
    """Sigma of each level of a problem, innermost first: what the outcomes were drawn with, and no more."""
    known = {part.level: (part.names, raw) for part, raw in zip(drawn.random, at.covariances, strict=True)}
    starts = []
    for level in levels:
        raw = np.zeros((len(level.terms), len(level.terms)))
        names, covariance = known.get(level.name, ((), np.empty((0, 0))))
        places = [level.terms.index(name) for name in names]
        raw[np.ix_(places, places)] = covariance
        starts.append(level.to_raw @ raw @ level.to_raw.T / at.variance)
    return starts

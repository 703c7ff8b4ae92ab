"""Outcomes drawn from the rungs of a Gaussian ladder as cross-products, and the rungs refitted to them.

Drawn are outcomes at the REML estimates, whose variances are the least biased; REML and ML statistics come from the
same outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.model import Model
from epiladder.engine.batch import make_batch
from epiladder.engine.batch_search import refit
from epiladder.engine.draws import Simulator
from epiladder.engine.given import Parameters
from epiladder.engine.problem import Level
from epiladder.inference.resample import Refitted, fitted_to, generator

if TYPE_CHECKING:
    from epiladder.design.load import Designed
    from epiladder.study.config import Plan

DOUBLES = 1 << 24  # numbers of drawn cross-products that are held at a time


def resample_gaussian(plan: Plan, designed: Designed, fits: dict[str, Any], usable: set[str]) -> Iterator[Refitted]:
    """Every refit that the plan's comparisons and intervals want, over all replicates."""
    rungs = tuple(designed.rungs)
    for rung, wanted in fitted_to(rungs, usable).items():
        yield from _of_rung(plan, designed, fits, rung, wanted)


def _of_rung(plan: Plan, designed: Designed, fits: dict[str, Any], rung: str, wanted: list[str]) -> list[Refitted]:
    models = {name: designed.model(name) for name in wanted}
    at = parameters(fits[rung]["estimates"]["REML"])
    columns = {name: [column for part in model.random for column in part.names] for name, model in models.items()}
    simulator = Simulator(
        designed.cross,
        models[rung],
        at,
        [column for model in models.values() for column in model.fixed],
        [column for names in columns.values() for column in names],
    )
    asked = [(name, criterion) for name in wanted for criterion in _criteria(models, rung, name)]
    total = plan.inference.bootstrap or 0
    length = max(1, DOUBLES // (designed.cross.products.shape[1] * max(1, len(simulator.random))))
    parts: list[list[Refitted]] = []
    for first in range(0, total, length):
        numbers = range(first, min(first + length, total))
        drawn = simulator.draw([generator(plan, rung, number) for number in numbers])
        made = []
        for name, criterion in asked:
            batch = make_batch(designed.cross, models[name], drawn)
            found = refit(batch, criterion, start_at(batch.problem.levels, models[rung], at))
            levels, singular = found.covariances, found.singular
            made.append(Refitted(rung, name, criterion, found.log_likelihood, levels, singular, found.variance))
        parts.append(made)
    return [_joined(list(same)) for same in zip(*parts, strict=True)]


def _criteria(models: dict[str, Model], drawn: str, fitted: str) -> list[str]:
    """REML where no fixed effect is tested, and ML wherever something is compared by it."""
    own, others = models[drawn], [model for name, model in models.items() if name != drawn]
    if fitted == drawn:
        return ["REML", "ML"] if others else ["REML"]
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


def _joined(parts: list[Refitted]) -> Refitted:
    first = parts[0]
    return Refitted(
        first.drawn,
        first.fitted,
        first.criterion,
        np.concatenate([part.log_likelihood for part in parts]),
        tuple(np.concatenate(same) for same in zip(*(part.covariances for part in parts), strict=True)),
        np.concatenate([part.singular for part in parts]),
        np.concatenate([part.variance for part in parts if part.variance is not None]),
    )

"""The imputed data sets of a study as inference reads them: designs, records of fits, likelihoods at given places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.load import Designed
from epiladder.engine.fit import Approximation
from epiladder.engine.given import Parameters, gaussian_log_likelihood, general_log_likelihood
from epiladder.files import read_json
from epiladder.inference.estimate import outcome_of
from epiladder.study.gaps import data_sets

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]


@dataclass(frozen=True)
class Sets:
    """The imputed data sets of a study: of each its design and the records of its fits by rung.

    approximation: approximation.json.
    """

    plan: Plan
    designs: Sequence[Designed]
    fits: Sequence[dict[str, Record]]
    approximation: Record

    @classmethod
    def read(cls, results: Path, plan: Plan) -> Sets:
        """From a study's results; designs and records are read when they are asked for, and now."""
        designs = [Designed(results / "imputed" / str(number) / "design") for number in data_sets(plan)]
        fits = [
            {rung: read_json(results / "fits" / rung / f"{number}.json") for rung in designs[0].rungs}
            for number in data_sets(plan)
        ]
        return cls(plan, designs, fits, read_json(results / "approximation.json"))

    def estimates(self, rung: str) -> list[Record]:
        """A rung's ML estimates in each data set."""
        return [fits[rung]["estimates"]["ML"] for fits in self.fits]

    def averaged_log_likelihoods(self, rung: str) -> list[float]:
        """A rung's log-likelihood in each data set, at its ML estimates averaged over all of them."""
        at = _averaged(self.estimates(rung))
        return [self._log_likelihood(design, rung, at) for design in self.designs]

    def _log_likelihood(self, design: Designed, rung: str, at: Parameters) -> float:
        model = design.model(rung)
        if self.plan.outcome.family == "gaussian":
            return gaussian_log_likelihood(design.cross, model, at)
        columns = design.columns(rung)
        outcome = outcome_of(self.plan, design, columns)
        chosen = Approximation(self.approximation["method"], self.approximation["nodes"])
        return general_log_likelihood(design.cross, model, columns, outcome, chosen, at)


def _averaged(found: Sequence[Record]) -> Parameters:
    def mean(key: str) -> float | None:
        values = [one[key] for one in found]
        return None if None in values else float(np.mean(values))

    dispersions = [one["dispersion"] for one in found]
    return Parameters(
        np.mean([[row["estimate"] for row in one["fixed"]] for one in found], axis=0),
        tuple(
            np.mean([one["random"][k]["covariance"] for one in found], axis=0) for k in range(len(found[0]["random"]))
        ),
        mean("residual_variance") or 1.0,
        None if None in dispersions else float(1 / np.mean([1 / value for value in dispersions])),
    )

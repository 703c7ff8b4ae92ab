"""One rung estimated: from a design on disk to the contract's record and the table of modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.load import Designed
from epiladder.design.outcome import OFFSET, TRIALS, WEIGHT
from epiladder.engine.fit import Approximation, fit_gaussian, fit_general, settle
from epiladder.engine.general import Outcome
from epiladder.engine.outcome import make_outcome
from epiladder.engine.result import Estimates
from epiladder.engine.trust import laplace_caution, poisson_caution, wide_caution
from epiladder.errors import LikelihoodError
from epiladder.inference.record import fit_record, modes_table, refusal_record

if TYPE_CHECKING:
    import pyarrow as pa

    from epiladder.study.config import Plan

Columns = dict[str, np.ndarray]


def outcome_of(plan: Plan, designed: Designed, columns: Columns) -> Outcome:
    """The engine's outcome from a design's columns."""
    y = columns[designed.stored["outcome"]["variable"]]
    extra = (columns.get(name) for name in (TRIALS, OFFSET, WEIGHT))
    return make_outcome(plan.outcome.family, str(plan.outcome.link), y, *extra)


def choose_approximation(plan: Plan, designed: Designed) -> dict[str, Any]:
    """approximation.json: one method and number of nodes for the study, such that its largest rung can have it."""
    asked = plan.estimation.approximation
    if plan.outcome.family == "gaussian":
        return _chosen("exact", None, "The likelihood of a Gaussian outcome has a closed form.")
    if asked == "laplace":
        return _chosen("laplace", 1, "The plan asks for Laplace's approximation.")
    if asked != "auto":
        return _chosen("quadrature", asked.quadrature, f"The plan asks for {asked.quadrature} nodes.")
    largest = designed.rungs[-1]
    columns = designed.columns(largest)
    try:
        found, tried = settle(designed.cross, designed.model(largest), columns, outcome_of(plan, designed, columns))
    except LikelihoodError as error:
        return _chosen(
            "laplace", 1, f"The largest rung cannot be fitted ({error}) and cannot choose; Laplace is taken."
        )
    steps = [{"nodes": nodes, "log_likelihood": value} for nodes, value in tried]
    if found.method == "laplace":
        reason = "Quadrature is out of reach of the largest rung, with its levels and random effects; Laplace is taken."
    else:
        reason = f"With {found.nodes} nodes for each random effect the log-likelihood of the largest rung has settled."
    return {**_chosen(found.method, found.nodes, reason), "tried": steps}


def _chosen(method: str, nodes: int | None, reason: str) -> dict[str, Any]:
    return {"method": method, "nodes": nodes, "tried": [], "reason": reason}


def estimate(
    plan: Plan, designed: Designed, rung: str, approximation: dict[str, Any]
) -> tuple[dict[str, Any], pa.Table]:
    """A rung's record and modes; one that cannot be fitted is a record that says why."""
    spec, cross, model = designed.spec(rung), designed.cross, designed.model(rung)
    try:
        if plan.outcome.family == "gaussian":
            fits = fit_gaussian(cross, model)
            return fit_record(plan, spec, cross, fits), modes_table(cross, fits["REML"])
        columns = designed.columns(rung)
        outcome = outcome_of(plan, designed, columns)
        chosen = Approximation(approximation["method"], approximation["nodes"])
        fit = fit_general(cross, model, columns, outcome, chosen)
    except LikelihoodError as error:
        return refusal_record(plan, spec, cross, str(error)), modes_table(cross, None)
    record = fit_record(plan, spec, cross, {"ML": fit}, _cautions(fit, designed, outcome), fit.overdispersion)
    return record, modes_table(cross, fit)


def _cautions(fit: Estimates, designed: Designed, outcome: Outcome) -> list[str]:
    found = [wide_caution(fit), poisson_caution(fit)]
    if outcome.bounded:
        trials = np.broadcast_to(outcome.trials, outcome.y.shape) * outcome.weights
        starts = np.concatenate([[0], np.cumsum(designed.cross.table_rows)[:-1]])
        found.append(laplace_caution(fit, np.add.reduceat(trials, starts)))
    return [caution for caution in found if caution is not None]

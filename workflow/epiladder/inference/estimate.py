"""One rung estimated: from a design on disk to the contract's record and the table of modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.load import Designed
from epiladder.design.outcome import OFFSET, TRIALS, WEIGHT
from epiladder.design.spec import INTERCEPT
from epiladder.engine.fit import Approximation, fit_gaussian, fit_general, settle
from epiladder.engine.general import Outcome
from epiladder.engine.outcome import make_outcome
from epiladder.engine.result import Estimates
from epiladder.engine.trust import (
    endless_caution,
    few_caution,
    laplace_caution,
    named,
    overdispersion_caution,
    poisson_caution,
    run_away,
    wide_caution,
)
from epiladder.errors import LikelihoodError, SeparationError
from epiladder.inference.kenward_roger import kenward_roger
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
    terms = {term: tuple(designed.stored["terms"][term]) for term in spec.fixed if term != INTERCEPT}
    try:
        if plan.outcome.family == "gaussian":
            fits = fit_gaussian(cross, model)
            few = few_caution(fits["REML"], _clusters(designed))
            asked = plan.inference.degrees_of_freedom == "kenward_roger"
            adjusted = kenward_roger(cross, model, fits["REML"]) if asked else None
            record = fit_record(plan, spec, cross, fits, terms, [few] if few else [], adjusted)
            return record, modes_table(cross, fits["REML"])
        columns = designed.columns(rung)
        outcome = outcome_of(plan, designed, columns)
        chosen = Approximation(approximation["method"], approximation["nodes"])
        fit = fit_general(cross, model, columns, outcome, chosen, judged=True)
    except LikelihoodError as error:
        return refusal_record(plan, spec, cross, _refusal(plan, error)), modes_table(cross, None)
    cautions = _cautions(fit, designed, outcome)
    if outcome.bounded:
        fit, endless = _endless(plan, fit, designed, columns, outcome)
        cautions += endless
    return fit_record(plan, spec, cross, {"ML": fit}, terms, cautions), modes_table(cross, fit)


def _clusters(designed: Designed) -> dict[str, int]:
    return {level: len(designed.cross.starts(level)) for level in designed.cross.levels}


def _refusal(plan: Plan, error: LikelihoodError) -> str:
    """The reason in words; of a separation also where it is, with names only where the plan lets them be told."""
    if not isinstance(error, SeparationError) or not error.clusters:
        return str(error)
    names = named(error.clusters, np.ones(len(error.clusters), dtype=bool)) if plan.disclosure.public else ""
    return f"{error} Such rows lie in {len(error.clusters)} of {error.n_clusters} clusters of {error.level}{names}."


def _endless(
    plan: Plan, fit: Estimates, designed: Designed, columns: Columns, outcome: Outcome
) -> tuple[Estimates, list[str]]:
    """Cautions about variances without end, and the fit, failed if one has run away."""
    cross = designed.cross
    first_rows = np.cumsum(cross.table_rows) - cross.table_rows
    both = (outcome.y, np.broadcast_to(outcome.trials, outcome.y.shape))
    found = []
    for level in fit.levels:
        labels = [str(label) for label in cross.cluster_labels(level.level)] if plan.disclosure.public else None
        z = [columns[term] for term in level.terms]
        caution = endless_caution(level, z, both, first_rows[cross.starts(level.level)], labels)
        if caution is not None:
            found.append(caution)
            fit = run_away(fit, level, z)
    return fit, found


def _cautions(fit: Estimates, designed: Designed, outcome: Outcome) -> list[str]:
    found = [
        few_caution(fit, _clusters(designed)),
        wide_caution(fit),
        poisson_caution(fit),
        overdispersion_caution(fit, outcome.family),
        laplace_caution(fit),
    ]
    return [caution for caution in found if caution is not None]

"""A blinded run: the outcome goes to rows by lot, so that a pipeline can be proved before outcomes are seen."""

from __future__ import annotations

from epiladder.study.plan import Plan

ENDING = "-blinded"


def blinded(plan: Plan) -> Plan:
    """The plan of a study's blinded run, under an id of its own, so that neither run writes in the other's folders."""
    if plan.id.endswith(ENDING):
        return plan
    on = plan.blind.model_copy(update={"on": True})
    return plan.model_copy(update={"id": plan.id + ENDING, "title": f"{plan.title} (blinded run)", "blind": on})


def outcome_columns(plan: Plan) -> tuple[str, ...]:
    """The columns that go together by lot: the outcome, or events with their trials, and a count's exposure."""
    outcome = plan.outcome
    exposure = outcome.exposure if isinstance(outcome.exposure, str) and outcome.exposure in plan.variables else None
    found = (outcome.variable, outcome.events, outcome.trials, exposure)
    return tuple(name for name in found if name is not None)

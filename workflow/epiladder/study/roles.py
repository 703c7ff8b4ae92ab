"""What the columns of the outcome are for: the outcome itself, events, trials, exposure, weights. No data here."""

from __future__ import annotations

from epiladder.families import FAMILIES
from epiladder.study.plan import Plan


def kind(plan: Plan) -> str:
    """What the outcome is at a row: `number`, `binary` (an event or none), `events` (of trials) or `count`."""
    family = FAMILIES.get(plan.outcome.family)
    if family is not None and family.counts:
        return "count"
    if plan.outcome.family != "binomial":
        return "number"
    return "events" if plan.outcome.events is not None else "binary"


def exposure_column(plan: Plan) -> str | None:
    """The column of exposures; none where there is no exposure, or one number for all rows."""
    exposure = plan.outcome.exposure
    return exposure if isinstance(exposure, str) else None


def roles(plan: Plan) -> dict[str, str]:
    """Columns by what they are for, the outcome first: `outcome` or `events`, then `trials`, `exposure`, `weights`.

    A column that the plan gives two roles, which is a fault, keeps its first.
    """
    outcome = plan.outcome
    named = (
        (outcome.variable, "outcome"),
        (outcome.events, "events"),
        (outcome.trials, "trials"),
        (exposure_column(plan), "exposure"),
        (plan.data.weights, "weights"),
    )
    made: dict[str, str] = {}
    for column, role in named:
        if column is not None:
            made.setdefault(column, role)
    return made


def outcome_name(plan: Plan) -> str:
    """The column that names the outcome: its variable, or the column of events."""
    return str(plan.outcome.events or plan.outcome.variable)

"""Whether a plan's outcome makes sense: its family, link, event, events of trials, exposure, weights and likelihood."""

from __future__ import annotations

from collections.abc import Iterator

from epiladder.families import FAMILIES, Family
from epiladder.study.choices import Quadrature
from epiladder.study.faults import Fault
from epiladder.study.names import listing, suggestion
from epiladder.study.plan import Plan, Variable
from epiladder.study.reach import MOST_PLACES
from epiladder.study.roles import exposure_column, kind, roles
from epiladder.study.scalars import as_number, shown
from epiladder.study.width import random_effects
from epiladder.study.yaml12 import Place

NUMBERS = ("number", "integer")
SWITCHES = ("true", "false", "1", "0")
CALLED = {
    "outcome": "the outcome",
    "events": "the number of events",
    "trials": "the number of trials",
    "exposure": "the exposure",
    "weights": "the weight",
}


def outcome_faults(plan: Plan) -> Iterator[Fault]:
    """All that is wrong in `outcome`, `data.weights` and the approximation of the likelihood."""
    family = FAMILIES.get(plan.outcome.family)
    if family is None:
        known = suggestion(plan.outcome.family, FAMILIES)
        yield Fault(("outcome", "family"), f"there is no family `{plan.outcome.family}`; {known}")
        return
    if plan.outcome.link not in family.links:
        known = suggestion(str(plan.outcome.link), family.links, "it has")
        yield Fault(("outcome", "link"), f"the family {family.name} has no link `{plan.outcome.link}`; {known}")
    keys = list(_keys(plan, family))
    yield from keys
    if not keys:
        yield from _event(plan, family)
    yield from _columns(plan, family, {fault.place for fault in keys})
    yield from _approximation(plan, family)


def _keys(plan: Plan, family: Family) -> Iterator[Fault]:
    """Keys that the family does not take, that are missing, or that say the same twice."""
    outcome = plan.outcome
    said = [key for key in ("variable", "event", "events", "trials", "exposure") if getattr(outcome, key) is not None]
    foreign = [key for key in said if key not in family.keys]
    for key in foreign:
        others = [other.name for other in FAMILIES.values() if key in other.keys]
        belongs = f"belongs to {_families(others)}, and this is the family {family.name}"
        yield Fault(("outcome", key), f"{belongs}; mend `family`, or leave the key out")
    if "events" in said or "trials" in said:
        yield from [] if foreign else _of_trials(said)
    elif outcome.variable is None and not foreign:
        either = ", or `events` and `trials`" if "events" in family.keys else ""
        yield Fault(("outcome", "variable"), f"is missing; name the column of the outcome{either}")


def _families(names: list[str]) -> str:
    return f"the famil{'y' if len(names) == 1 else 'ies'} {listing(names)}"


def _of_trials(said: list[str]) -> Iterator[Fault]:
    for key, other in (("events", "trials"), ("trials", "events")):
        if key not in said:
            yield Fault(("outcome", key), f"is missing; `{other}` needs the column of {key} beside it")
    if "variable" in said:
        yield Fault(("outcome", "variable"), "cannot stand beside `events` and `trials`; leave one or the other out")
    elif "event" in said:
        yield Fault(("outcome", "event"), "belongs to `variable`; with `events` and `trials` leave it out")


def _columns(plan: Plan, family: Family, faulty: set[Place]) -> Iterator[Fault]:
    """The columns of the outcome: declared, of the right type and level, each in one role; no word on faulty keys."""
    outcome = plan.outcome
    places: tuple[tuple[str, str | None, Place], ...] = (
        ("outcome", outcome.variable, ("outcome", "variable")),
        ("events", outcome.events, ("outcome", "events")),
        ("trials", outcome.trials, ("outcome", "trials")),
        ("exposure", exposure_column(plan), ("outcome", "exposure")),
        ("weights", plan.data.weights, ("data", "weights")),
    )
    first = roles(plan)
    said_family = all(place[-1] in family.keys for place in faulty)  # else the family itself is in doubt
    for role, column, place in places:
        if column is None or place in faulty or (faulty and first[column] != role):
            continue
        if first[column] != role:
            said = f"`{column}` cannot be {CALLED[first[column]]} and {CALLED[role]} at once; name another column"
            yield Fault(place, said, (column,))
        else:
            yield from _column(plan, family if said_family else None, role, column, place)


def _column(plan: Plan, family: Family | None, role: str, name: str, place: Place) -> Iterator[Fault]:
    if name in [level.id for level in plan.levels] or name == plan.unit.id:
        yield Fault(place, f"`{name}` identifies clusters or units, so it cannot be {CALLED[role]}")
        return
    variable = plan.variables.get(name)
    if variable is None:
        yield Fault(place, f"`{name}` is not among `variables`; {suggestion(name, plan.variables)}")
        return
    where = ("variables", name)
    if family is not None or role != "outcome":
        yield from _type(plan, family, role, name)
    is_outcome = role in ("outcome", "events")
    if is_outcome and variable.level in [level.name for level in plan.levels] and variable.level != plan.unit.name:
        said = f"the outcome must be of the unit's level, `{plan.unit.name}`, not `{variable.level}`"
        yield Fault((*where, "level"), said, (name,))
    if variable.centre != "none":
        called = "the outcome" if is_outcome else CALLED[role]
        yield Fault((*where, "centre"), f"{called} is not centred; leave `centre` out", (name,))


def _type(plan: Plan, family: Family | None, role: str, name: str) -> Iterator[Fault]:
    types, of = NUMBERS, CALLED[role]
    if role == "outcome" and family is not None:
        types, of = family.outcome_types, f"the outcome of a {family.name} family"
    found = plan.variables[name].type
    if found not in types:
        yield Fault(("variables", name, "type"), f"is {of}, whose type is {listing(types, 'or')}, not {found}", (name,))


def _event(plan: Plan, family: Family) -> Iterator[Fault]:
    """The event of a binary outcome: a value that its variable can have."""
    variable = plan.variables.get(plan.outcome.variable or "")
    if kind(plan) != "binary" or variable is None or variable.type not in family.outcome_types:
        return
    event = plan.outcome.event
    if event in variable.missing_codes:
        yield Fault(
            ("outcome", "event"), f"`{event}` cannot be the event and mean missing", (str(plan.outcome.variable),)
        )
        return
    said = _no_event(variable) if event is None else _wrong_event(variable, event)
    if said is not None:
        yield Fault(("outcome", "event"), said, (str(plan.outcome.variable),))


def _no_event(variable: Variable) -> str:
    words = variable.categories
    return f"is missing; say which category is the event, such as `event: {words[-1] if words else 'yes'}`"


def _wrong_event(variable: Variable, event: str) -> str | None:
    if variable.type == "category":
        if event in variable.categories or not variable.categories:
            return None
        return f"`{event}` is not among the categories; {suggestion(event, variable.categories, 'they are')}"
    if variable.type == "boolean":
        return (
            None
            if event.lower() in SWITCHES
            else f"must be true or false, as a boolean's values are, not {shown(event)}"
        )
    try:
        as_number(event)
    except ValueError:
        return f"must be a number, as the outcome is of `type: {variable.type}`, not {shown(event)}"
    return None


def _approximation(plan: Plan, family: Family) -> Iterator[Fault]:
    """Quadrature that the plan's largest rung cannot have: too many levels, slopes or places."""
    asked = plan.estimation.approximation
    if family.has_residual_variance or not isinstance(asked, Quadrature):
        return
    said = _out_of_reach(plan, asked.quadrature)
    if said is not None:
        yield Fault(("estimation", "approximation", "quadrature"), f"{said}; write `laplace` or `auto`")


def _out_of_reach(plan: Plan, nodes: int) -> str | None:
    n_levels, slopes = len(plan.levels), plan.ladder.random_slopes
    if n_levels > 2:
        return f"quadrature is for one level of clusters, or two, in this version, and the plan has {n_levels}"
    if n_levels == 2 and slopes:
        return "quadrature of two levels is for random intercepts alone in this version, and the plan has random slopes"
    try:
        effects = 2 if n_levels == 2 else random_effects(plan, plan.levels[0].name)
    except ValueError:  # a slope's term that cannot be read is told by the ladder's checks
        return None
    if nodes**effects <= MOST_PLACES:
        return None
    most = max(k for k in range(1, nodes, 2) if k**effects <= MOST_PLACES)
    return f"{nodes} nodes for each of {effects} random effects are {nodes**effects:,} places; take {most} at most"

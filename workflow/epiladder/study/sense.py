"""Whether a plan makes sense before any data are seen: names that exist, roles that do not contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from epiladder.study.faults import Fault
from epiladder.study.gaps import imputation_faults
from epiladder.study.names import listing, suggestion
from epiladder.study.plan import Plan, Variable
from epiladder.study.sense_cells import cell_faults
from epiladder.study.sense_data import data_faults
from epiladder.study.sense_ladder import ladder_faults
from epiladder.study.sense_only import only_faults
from epiladder.study.sense_outcome import outcome_faults
from epiladder.study.terms import columns_needed

NUMBERS = ("number", "integer")
LONGEST = 100  # signs of a study's id


def contradictions(plan: Plan) -> list[Fault]:
    """All that is wrong in a plan whose values are of the right types."""
    return [
        *_identifier(plan),
        *data_faults(plan),
        *only_faults(plan),
        *_levels(plan),
        *outcome_faults(plan),
        *(fault for name, variable in plan.variables.items() for fault in _variable(plan, name, variable)),
        *_made_names(plan),
        *_choices(plan),
        *imputation_faults(plan),
        *ladder_faults(plan),
        *_strata(plan),
    ]


def _identifier(plan: Plan) -> Iterator[Fault]:
    if len(plan.id) > LONGEST:
        yield Fault(("id",), f"names folders, so that it must be shorter than {len(plan.id)} signs: {LONGEST} at most")


def _strata(plan: Plan) -> Iterator[Fault]:
    outcome = (plan.outcome.variable, plan.outcome.events, plan.outcome.trials)
    for i, name in enumerate(plan.blind.strata):
        if name not in plan.variables:
            yield Fault(("blind", "strata", i), f"there is no variable `{name}`; {suggestion(name, plan.variables)}")
        elif name in outcome:
            yield Fault(("blind", "strata", i), f"`{name}` is the outcome: within its own values nothing is blinded")


def _levels(plan: Plan) -> Iterator[Fault]:
    names: list[str] = []
    ids: list[str] = []
    for i, level in enumerate(plan.levels):
        place = ("levels", i)
        if not level.name.strip() or not level.id.strip():
            yield Fault(place, "a level needs a name, and its column one")
        elif "," in level.name and level.id == level.name:
            parts = ", ".join(part.strip() for part in level.name.split(","))
            yield Fault(place, f"`{level.name}` is read as one name; write a list, `levels: [{parts}]`")
        elif level.name in names:
            yield Fault(place, f"two levels are called `{level.name}`; every level needs a name of its own")
        elif level.id in ids:
            yield Fault(place, f"`{level.id}` identifies two levels; each level needs its own column (`id:`)")
        if level.name == plan.unit.name:
            yield Fault(place, f"`{level.name}` is the unit, what a row is; a level stands above the units")
        if level.unique_within is not None and level.unique_within not in names:
            outer = suggestion(level.unique_within, names, "the levels outside it are")
            yield Fault(
                (*place, "unique_within"), f"`{level.unique_within}` is no level outside `{level.name}`; {outer}"
            )
        column = plan.variables.get(level.name)
        if column is not None and level.id != level.name:
            yield Fault(place, f"`{level.name}` is both a level and a variable; give the level another name")
        names.append(level.name)
        ids.append(level.id)
    yield from _unit(plan, names, ids)


def _unit(plan: Plan, names: list[str], ids: list[str]) -> Iterator[Fault]:
    if plan.unit.id is not None and plan.unit.id in ids:
        yield Fault(("unit", "id"), f"`{plan.unit.id}` identifies a level; a unit's id is another column")
    if plan.unit.unique_within is not None:
        if plan.unit.unique_within not in names:
            known = suggestion(plan.unit.unique_within, names)
            yield Fault(("unit", "unique_within"), f"there is no level `{plan.unit.unique_within}`; {known}")
        if plan.unit.id is None:
            yield Fault(("unit", "unique_within"), "says within which level ids are unique, but there is no `id`")


def _variable(plan: Plan, name: str, variable: Variable) -> Iterator[Fault]:
    place, about = ("variables", name), (name,)
    levels = [*(level.name for level in plan.levels), plan.unit.name]
    if not name.strip() or name != name.strip():
        yield Fault(place, "a column's name must not be empty, nor begin or end with a space")
    if name == "(Intercept)" or "`" in name:
        yield Fault(place, "cannot be the name of a term; rename the column, or leave it out of the plan", about)
    if variable.level not in levels:
        known = suggestion(variable.level, levels)
        yield Fault((*place, "level"), f"there is no level `{variable.level}`; {known}", about)
    yield from (Fault((*place, *key), message, about) for key, message in _categories(variable))
    yield from (Fault((*place, *key), message, about) for key, message in _range(variable))
    yield from (Fault((*place, *key), message, about) for key, message in cell_faults(plan, name, variable))
    yield from (Fault((*place, *key), message, about) for key, message in _centring(plan, name, variable))


def _categories(variable: Variable) -> Iterator[tuple[tuple[str, ...], str]]:
    if variable.type != "category":
        if variable.categories:
            yield ("categories",), f"belong to `type: category`, not to `type: {variable.type}`"
        return
    distinct = set(variable.categories)
    if not variable.categories:
        yield (), "a category needs `categories: [reference, other]`, the reference first"
    elif len(distinct) < len(variable.categories):
        twice = next(c for i, c in enumerate(variable.categories) if c in variable.categories[:i])
        yield ("categories",), f"names `{twice}` twice"
    elif len(distinct) < 2:
        yield ("categories",), f"names `{variable.categories[0]}` alone; a category needs two or more"
    if any(not category.strip() for category in variable.categories):
        yield ("categories",), "an empty cell is a missing one, so that it cannot be a category"
    both = distinct & set(variable.missing_codes)
    if both:
        yield ("missing_codes",), f"{listing(sorted(both))} cannot be a category and mean missing"


def _range(variable: Variable) -> Iterator[tuple[tuple[str, ...], str]]:
    if variable.type not in NUMBERS:
        for key in ("min", "max"):
            if getattr(variable, key) is not None:
                other = "; write `earliest` and `latest`" if variable.type == "date" else ""
                yield (key,), f"belongs to numbers, not to `type: {variable.type}`{other}"
    elif variable.min is not None and variable.max is not None and variable.min > variable.max:
        yield ("min",), f"`min` {variable.min:g} is larger than `max` {variable.max:g}"


def _centring(plan: Plan, name: str, variable: Variable) -> Iterator[tuple[tuple[str, ...], str]]:
    if variable.centre != "none" and variable.type not in NUMBERS:
        yield ("centre",), f"only numbers can be centred, not `type: {variable.type}`"
    levels = [level.name for level in plan.levels]
    if variable.centre == "cluster_mean" and variable.level in levels:
        yield (
            ("centre",),
            f"`{name}` is of the level `{variable.level}`, so within a cluster it does not vary and cannot be centred "
            "there; use `grand_mean`",
        )
    if variable.means is False or variable.means == ():
        return
    if variable.centre != "cluster_mean":
        yield ("means",), "means come with `centre: cluster_mean`"
    for level in variable.means if isinstance(variable.means, tuple) else ():
        if level not in levels:
            yield ("means",), f"there is no level `{level}`; {suggestion(level, levels)}"


def _made_names(plan: Plan) -> Iterator[Fault]:
    from epiladder.study.terms import derived

    for column, (name, _) in derived(plan).items():
        if column in plan.variables:
            said = f"is the name of the column that centring `{name}` makes; give this variable another name"
            yield Fault(("variables", column), said, (name, column))
    levels = [level.name for level in plan.levels]
    for name in plan.variables:
        if name.startswith("."):
            yield Fault(("variables", name), "a column's name must not begin with a dot", (name,))
    for column in derived(plan):
        if column in levels:
            yield Fault(("levels", levels.index(column)), f"`{column}` is a name that centring makes; choose another")


def _choices(plan: Plan) -> Iterator[Fault]:
    if plan.inference.degrees_of_freedom == "kenward_roger" and plan.outcome.family != "gaussian":
        said = "kenward_roger is for Gaussian outcomes, fitted by REML; leave the key out, and z is used"
        yield Fault(("inference", "degrees_of_freedom"), said)
    by = plan.description.by
    if by is not None and (by not in plan.variables or plan.variables[by].type not in ("category", "boolean")):
        fit = [name for name, variable in plan.variables.items() if variable.type in ("category", "boolean")]
        said = suggestion(by, fit, "categories and booleans are")
        yield Fault(("description", "by"), f"`{by}` is no category or boolean of the plan; {said}")
    elif by is not None and by not in columns_needed(plan):
        yield Fault(("description", "by"), f"`{by}` is in no rung; add it to the covariates")
    person = plan.disclosure.person
    known = [*(level.name for level in plan.levels), *(level.id for level in plan.levels), plan.unit.name]
    known += [plan.unit.id] if plan.unit.id else []
    if person is not None and person not in [*known, *plan.variables]:
        yield Fault(("disclosure", "person"), f"there is no level or column `{person}`; {suggestion(person, known)}")

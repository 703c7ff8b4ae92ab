"""Whether the rows that a study says it is about can be told: columns and values that exist, ends that fit the type."""

from __future__ import annotations

from collections.abc import Iterator

from epiladder.study.days import day_of
from epiladder.study.faults import Fault
from epiladder.study.names import suggestion
from epiladder.study.only import Only
from epiladder.study.plan import Plan, Variable
from epiladder.study.scalars import as_number

NUMBERS = ("number", "integer")
ENDS = {"min": NUMBERS, "max": NUMBERS, "earliest": ("date",), "latest": ("date",)}


def only_faults(plan: Plan) -> Iterator[Fault]:
    """All that is wrong with `data.only`."""
    ids = [level.id for level in plan.levels] + ([plan.unit.id] if plan.unit.id else [])
    for name, only in plan.data.only.items():
        place = ("data", "only", name)
        if name not in plan.variables and name not in ids:
            known = suggestion(name, [*plan.variables, *ids])
            yield Fault(place, f"there is no variable `{name}`, nor an id of a level; {known}", (name,))
        elif only == Only.model_validate({}):
            yield Fault(place, "says nothing; write values, `[north, east]`, or ends, `{min: 65}`", (name,))
        else:
            variable = plan.variables.get(name)
            yield from (Fault(place, said, (name,)) for said in _of(name, only, variable))


def _of(name: str, only: Only, variable: Variable | None) -> Iterator[str]:
    kind = variable.type if variable else "text"
    for key, types in ENDS.items():
        if getattr(only, key) is not None and kind not in types:
            yield f"`{key}` belongs to {' and '.join(types)}, and `{name}` is `type: {kind}`"
    for key in ("earliest", "latest"):
        if getattr(only, key) is not None and day_of(getattr(only, key)) is None:
            yield f"`{key}` must be a date such as 2024-02-29, not '{getattr(only, key)}'"
    if only.values and kind == "date":
        yield f"`{name}` is a date; write `{{earliest: 2019-01-01, latest: 2019-12-31}}`"
    known = () if variable is None else ("true", "false") if kind == "boolean" else variable.categories
    for value in only.values:
        if known and value not in known:
            yield f"`{value}` is no value of `{name}`; {suggestion(value, known)}"
        elif kind in NUMBERS and not _is_number(value):
            yield f"`{name}` is a number, so it cannot be '{value}'"


def _is_number(value: str) -> bool:
    from pydantic_core import PydanticCustomError

    try:
        as_number(value)
    except PydanticCustomError:
        return False
    return True

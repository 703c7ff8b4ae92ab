"""Whether what a plan asks of cells makes sense: recoding, dates, patterns, conditions that name other columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from epiladder.study.days import day_of, is_whole_date, names_zone
from epiladder.study.names import listing, suggestion
from epiladder.study.plan import Plan, Variable

NUMBERS = ("number", "integer")
WORDS = ("category", "text")
BELONGS = {
    "format": ("date",),
    "after": ("date",),
    "earliest": ("date",),
    "latest": ("date",),
    "pattern": WORDS,
    "recode": ("category", "boolean"),
}
Faults = Iterator[tuple[tuple[str, ...], str]]


def cell_faults(plan: Plan, name: str, variable: Variable) -> Faults:
    """Places within a variable, and what is wrong there."""
    misplaced = [key for key, types in BELONGS.items() if getattr(variable, key) and variable.type not in types]
    for key in misplaced:
        listed = " or ".join(f"`type: {kind}`" for kind in BELONGS[key])
        yield (key,), f"belongs to {listed}, not to `type: {variable.type}`"
    for key, faults in (
        ("format", _format(variable)),
        ("after", _after(plan, name, variable)),
        ("pattern", _pattern(variable)),
        ("recode", _recode(variable)),
    ):
        if key not in misplaced and getattr(variable, key):
            yield from faults
    yield from _days(variable)
    yield from _required(plan, name, variable)


def _format(variable: Variable) -> Faults:
    if not is_whole_date(str(variable.format)):
        yield ("format",), f"`{variable.format}` names no whole date; write one such as `DD/MM/YYYY` or `%d.%m.%Y`"
    elif names_zone(str(variable.format)):
        yield ("format",), "a day has no time zone; take `%z` out of the format and the zone out of the cells"


def _after(plan: Plan, name: str, variable: Variable) -> Faults:
    other = plan.variables.get(str(variable.after))
    if variable.after == name:
        yield ("after",), "a date cannot come after itself"
    elif other is None:
        yield ("after",), f"there is no variable `{variable.after}`; {suggestion(str(variable.after), plan.variables)}"
    elif other.type != "date":
        yield ("after",), f"`{variable.after}` is no date but `type: {other.type}`"


def _pattern(variable: Variable) -> Faults:
    try:
        re.compile(str(variable.pattern))
    except re.error as error:
        yield ("pattern",), f"`{variable.pattern}` is no pattern ({error.msg}); write one such as `[A-Z][0-9]{{4}}`"


def _recode(variable: Variable) -> Faults:
    known = variable.categories if variable.type == "category" else ("true", "false")
    for word, target in variable.recode.items():
        if known and target not in known:
            yield ("recode", word), f"`{target}` is none of {listing(known)}"
        if word in variable.missing_codes:
            yield ("recode", word), "cannot be recoded and mean missing"


def _days(variable: Variable) -> Faults:
    found = {}
    for key in ("earliest", "latest"):
        said = getattr(variable, key)
        if said is None or variable.type != "date":
            continue
        found[key] = day_of(said)
        if found[key] is None:
            yield (key,), f"must be a date such as 2024-02-29, not '{said}'"
    first, last = found.get("earliest"), found.get("latest")
    if first is not None and last is not None and last < first:
        yield ("earliest",), f"`earliest` {variable.earliest} is after `latest` {variable.latest}"


def _required(plan: Plan, name: str, variable: Variable) -> Faults:
    for other, values in variable.required_if.items():
        place = ("required_if", other)
        condition = plan.variables.get(other)
        if condition is None or other == name:
            yield place, f"there is no other variable `{other}`; {suggestion(other, plan.variables)}"
            continue
        known = condition.categories if condition.type == "category" else ()
        known = ("true", "false") if condition.type == "boolean" else known
        for value in values:
            if known and value not in known:
                yield place, f"`{value}` is none of {listing(known)}"
            elif condition.type in NUMBERS and not re.fullmatch(r"[-+]?[0-9]+(\.[0-9]*)?", value):
                yield place, f"`{other}` is a number, so it cannot be '{value}'"
            elif condition.type == "date":
                yield place, f"`{other}` is a date; a condition names categories, booleans, numbers or text"

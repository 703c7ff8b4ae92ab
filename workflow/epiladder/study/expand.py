"""`expand:` of the configuration: over what one study is spread, and each of the choices that make up a combination.

Everything is known from the configuration and the study file, before any data are read: which studies there are never
depends on the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from epiladder.errors import PlanError
from epiladder.study.names import listing, suggestion
from epiladder.study.periods import days_of, listed_periods
from epiladder.study.plan import Plan, Variable
from epiladder.study.scalars import shown
from epiladder.study.terms import derived, known_names, parse_term

KEYS = ("study", "over", "most")
OVER = ("outcome", "exposure", "subgroup", "period")
EACH = "each"
MOST = 100

Kind = Literal["outcome", "exposure", "only"]


@dataclass(frozen=True)
class Choice:
    """One choice of a combination. what: `outcome`, `sex`. label: as the configuration says it. kind: how the study
    is changed: `outcome` takes `value`, a mapping, as its outcome; `exposure` puts the term `value` in the place of
    the term `instead`; `only` keeps the rows in which the column `what` is as `value` says.
    """

    what: str
    label: str
    kind: Kind
    value: Any
    instead: str = ""

    @property
    def slug(self) -> str:
        """Its part of the derived study's id: `sex-female`."""
        return f"{_slug(self.what)}-{_slug(self.label)}"


@dataclass(frozen=True)
class Expansion:
    """One entry of `expand:`: the study file as it is named, the choices of each dimension, the most combinations."""

    study: str
    over: dict[str, Any] = field(default_factory=dict)
    most: int = MOST


def expansions(value: Any) -> tuple[Expansion, ...]:
    """The entries of `expand:`, one mapping or a list of them. Raises PlanError for what is none."""
    entries = [value] if isinstance(value, Mapping) else value
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        raise wrong("is a mapping such as {study: study.yaml, over: {subgroup: {sex: [f, m]}}}, or a list of these")
    return tuple(_entry(one) for one in entries)


def wrong(said: str) -> PlanError:
    """An error of this part of the configuration."""
    return PlanError(f"The configuration's `expand:` {said}.")


def _entry(entry: Mapping[str, Any]) -> Expansion:
    for key in entry:
        if key not in KEYS:
            raise wrong(f"has an unknown key `{key}`; {suggestion(str(key), KEYS)}".rstrip("?") + " instead")
    if not isinstance(entry.get("study"), str):
        raise wrong("needs `study:`, the study file that is spread")
    over, most = entry.get("over"), entry.get("most", MOST)
    if not isinstance(over, Mapping) or not over:
        raise wrong(f"needs `over:`, a mapping of {listing(OVER)}")
    for key in over:
        if key not in OVER:
            raise wrong(f"can be over {listing(OVER)}, not `{key}`; {suggestion(str(key), OVER)}".rstrip("?."))
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise wrong(f"says `most: {most}`; it is a whole number of studies, 1 or more")
    return Expansion(str(entry["study"]), dict(over), most)


def dimensions(plan: Plan, expansion: Expansion) -> list[list[Choice]]:
    """The choices of each dimension, in the order outcome, exposure, subgroups, periods.

    Raises PlanError for columns, categories and terms that the study does not have, and for names that clash.
    """
    over = expansion.over
    found = [list(_outcomes(plan, over["outcome"]))] if "outcome" in over else []
    found += [list(_exposures(plan, over["exposure"]))] if "exposure" in over else []
    found += [list(_subgroups(plan, name, said)) for name, said in _columns("subgroup", over).items()]
    found += [list(_periods(plan, name, said)) for name, said in _columns("period", over).items()]
    for choices in found:
        _refuse_clash(choices)
    return found


def _columns(key: str, over: Mapping[str, Any]) -> dict[str, Any]:
    said = over.get(key, {})
    if not isinstance(said, Mapping) or (key in over and not said):
        example = "{sex: [f, m]}" if key == "subgroup" else "{admission: year}"
        raise wrong(f"needs columns under `{key}:`, such as {example}, not {shown(said)}")
    return {str(name): value for name, value in said.items()}


def _refuse_clash(choices: list[Choice]) -> None:
    seen: dict[str, Choice] = {}
    for one in choices:
        if one.slug in seen:
            both = listing([seen[one.slug].label, one.label])
            said = f"makes the same name, `{one.slug}`, of {both} of `{one.what}`"
            raise wrong(f"{said}; give them labels: {{first: ..., second: ...}}")
        seen[one.slug] = one


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def _labelled(key: str, said: Any) -> Iterator[tuple[str, Any]]:
    """Label and value of each choice: of a mapping its keys, of a list the words themselves."""
    if isinstance(said, Mapping) and said:
        yield from ((word(key, label), value) for label, value in said.items())
    elif isinstance(said, list) and said:
        for value in said:
            named = value.get("variable") or value.get("events") if isinstance(value, Mapping) else value
            yield word(key, named), value
    else:
        raise wrong(f"needs a list under `{key}`, or a mapping of labels, not {shown(said)}")


def word(key: str, value: Any) -> str:
    """A word of the configuration as text. It is read as YAML 1.1, in which `no` and `off` are false unless quoted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (Mapping, list)):
        raise wrong(f"needs a word under `{key}`, not {shown(value)}")
    return str(value)


def _outcomes(plan: Plan, said: Any) -> Iterator[Choice]:
    for label, value in _labelled("outcome", said):
        if isinstance(value, Mapping):
            yield Choice("outcome", label, "outcome", dict(value))
            continue
        _variable(plan, word("outcome", value), "outcome")
        yield Choice("outcome", label, "outcome", {"variable": word("outcome", value)})


def _exposures(plan: Plan, said: Any) -> Iterator[Choice]:
    """Exactly one of the exposures stands in the study's ladder; each takes its place in turn."""
    listed = [(label, word("exposure", value)) for label, value in _labelled("exposure", said)]
    for _, name in listed:
        _variable(plan, name, "exposure")
    texts = [text for block in plan.ladder.covariates for text in block.terms]
    made = derived(plan)
    read = [name for text in texts for name in parse_term(text, known_names(plan)).names]
    there = {made[name][0] if name in made else name for name in read}
    names = [name for _, name in listed]
    standing = [name for name in names if name in there]
    if len(standing) != 1:
        found = f"{listing(standing)} stand there" if standing else "none stands there"
        needed = f"needs one of {listing(names)} among the covariates of `{plan.id}`"
        raise wrong(f"over `exposure` {needed}, but {found}")
    yield from (Choice("exposure", label, "exposure", name, standing[0]) for label, name in listed)


def _variable(plan: Plan, name: str, key: str) -> Variable:
    if name not in plan.variables:
        known = suggestion(name, plan.variables)
        raise wrong(f"names `{name}` under `{key}`, but `{plan.id}` has no such variable; {known}".rstrip("?."))
    return plan.variables[name]


def _subgroups(plan: Plan, name: str, said: Any) -> Iterator[Choice]:
    variable = _variable(plan, name, "subgroup")
    known = ("true", "false") if variable.type == "boolean" else variable.categories
    if said == EACH:
        if not known:
            raise wrong(f"says `{EACH}` of `{name}`, which names no categories; list its values or ends")
        said = list(known)
    for label, value in _labelled(f"subgroup: {name}", said):
        if isinstance(value, Mapping):
            yield Choice(name, label, "only", dict(value))
            continue
        words = [word(name, one) for one in (value if isinstance(value, list) else [value])]
        for one in words:
            if known and one not in known:
                hint = "; write 'yes' and 'no' in quotes here" if one in ("true", "false") else ""
                raise wrong(f"names `{one}` of `{name}`, whose categories are {listing(known)}{hint}")
        yield Choice(name, label, "only", words)


def _periods(plan: Plan, name: str, said: Any) -> Iterator[Choice]:
    variable = _variable(plan, name, "period")
    if variable.type in ("integer", "number") and isinstance(said, list):
        yield from (Choice(name, word(name, one), "only", [word(name, one)]) for one in said)
        return
    if variable.type != "date":
        raise wrong(f"needs a date under `period`, or a list of years of a number; `{name}` is `type: {variable.type}`")
    if isinstance(said, str):
        if variable.earliest is None or variable.latest is None:
            raise wrong(
                f"says `{said}` of `{name}`, of which the study file tells no first and last day; give the variable "
                "`earliest` and `latest`, or list the periods: [2019, 2020-Q1, 2020-04]"
            )
        said = listed_periods(said, variable.earliest, variable.latest)
        if said is None:
            raise wrong(f"can be over each `year`, `quarter` or `month` of `{name}`, or a list such as [2019, 2020-Q1]")
    for label, value in _labelled(f"period: {name}", said):
        ends = value if isinstance(value, Mapping) else days_of(word(name, value))
        if ends is None:
            raise wrong(f"names the period `{label}` of `{name}`; write 2019, 2020-Q1, 2020-04 or 2020-04-17")
        yield Choice(name, label, "only", {key: str(end) for key, end in ends.items()})

"""The plan: a study file as frozen types, every key described, every default filled in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ModelWrapValidatorHandler, model_validator
from pydantic_core import PydanticCustomError

from epiladder.families import FAMILIES
from epiladder.study.checks import CHECKS, default_severities
from epiladder.study.choices import Blind, Describe, Disclosure, Estimation, Inference, Ladder, Screen, rungs_of
from epiladder.study.data_keys import ALONE, Data, listed
from epiladder.study.expanded import Expanded
from epiladder.study.imputation import MULTIPLE, Imputation
from epiladder.study.names import suggestion
from epiladder.study.reporting import Reporting
from epiladder.study.resampling import default_replicates
from epiladder.study.scalars import Number, Switch, Word, as_number, as_word, fault, shown
from epiladder.study.section import Section

IDENTIFIER = r"^[a-z0-9-]+$"


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _disclosure(value: Any) -> Any:
    if isinstance(value, str):
        if value != "public":
            raise fault(f"is `public`, or a mapping such as {{minimum_count: 10}}, not {shown(value)}")
        return {"public": True}
    return value


def _exposure(value: Any) -> Any:
    """A number where it reads as one, else the name of a column."""
    try:
        number = as_number(value)
    except PydanticCustomError:
        return as_word(value)
    if number <= 0:
        raise fault(f"must be a column, or a number more than 0, not {shown(value)}")
    return number


def _means(value: Any) -> Any:
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    return [value] if isinstance(value, str) else value


def _severities(value: Any) -> Any:
    if not isinstance(value, dict):
        raise fault(f"must be a mapping of checks to severities, such as {{range: reject}}, not {shown(value)}")
    for name, severity in value.items():
        if name not in CHECKS:
            raise fault(f"there is no check `{name}`; {suggestion(name, CHECKS)}")
        if severity not in CHECKS[name].severities:
            allowed = ", ".join(f"`{known}`" for known in CHECKS[name].severities)
            raise fault(f"`{name}` can be {allowed}, not {shown(severity)}")
    return {**default_severities(), **value}


class Unit(Section):
    """What a row is."""

    name: Word = Field(description="What a row is: patient, nurse, measurement.")
    id: Word | None = Field(None, description="Column that identifies the unit, when there is one.")
    unique_within: Word | None = Field(None, description="Level within which ids are unique, when they repeat.")


class Level(Section):
    """A level of the hierarchy."""

    name: Word = Field(description="The level's name: hospital, ward.")
    id: Word = Field("", description="Column that identifies its clusters. The level's name if not said.")
    unique_within: Word | None = Field(None, description="Outer level within which ids are unique, when they repeat.")


class Outcome(Section):
    """What is explained, and its family."""

    variable: Word | None = Field(None, description="The outcome's column; not with `events`.")
    family: Word = Field(
        "gaussian", description="`gaussian`, `binomial` (an event or none), `poisson` or `negative_binomial` (counts)."
    )
    link: Word | None = Field(
        None,
        description="gaussian: `identity`; binomial: `logit`, `probit` or `cloglog`; counts: `log`. The first of "
        "these if not said.",
    )
    event: Word | None = Field(
        None,
        description="Binomial: the value of `variable` that is the event, as written in the data. `true` of a "
        "boolean and 1 of a number if not said.",
    )
    events: Word | None = Field(None, description="Binomial: column of numbers of events, with `trials`.")
    trials: Word | None = Field(None, description="Binomial: column of numbers of trials, with `events`.")
    exposure: Annotated[float | str | None, BeforeValidator(_exposure, json_schema_input_type=float | str | None)] = (
        Field(None, description="Counts: column of exposures (person-years, expected numbers), or one number.")
    )


class Variable(Section):
    """A column of the data that the analysis may use."""

    type: Literal["number", "integer", "category", "boolean", "date", "text"] = Field(
        description="What its cells hold. `boolean` takes true, false, 1, 0; `date` takes 2024-02-29."
    )
    min: Number | None = Field(None, description="Smallest value that is right.")
    max: Number | None = Field(None, description="Largest value that is right.")
    unit: Word | None = Field(None, description="Unit of measurement: years, points.")
    label: Word = Field("", description="How the report calls it. Its name if not said.")
    level: Word = Field("", description="Level at which it is measured. The unit's name if not said.")
    centre: Literal["none", "grand_mean", "cluster_mean"] = Field(
        "none", description="`grand_mean` over the rows used; `cluster_mean` gives `x.within` (innermost cluster)."
    )
    means: Annotated[
        Switch | tuple[Word, ...], BeforeValidator(_means, json_schema_input_type=bool | str | list[str])
    ] = Field(
        False,
        description="With `cluster_mean`, `true` also gives `x.mean`; `[ward, hospital]` gives `x.mean.ward` etc.",
    )
    categories: Annotated[tuple[Word, ...], BeforeValidator(listed, json_schema_input_type=list[Word])] = Field(
        (), description="For `category`: its categories as written in the data, the reference first."
    )
    missing_codes: Annotated[tuple[Word, ...], BeforeValidator(listed, json_schema_input_type=Word | list[Word])] = (
        Field((), description="Values that mean missing, such as `[99, NA]`. An empty cell always does.")
    )
    recode: dict[str, Word] = Field(
        default_factory=dict,
        description="For `category` and `boolean`: words of the data and what they stand for, `{M: male, F: female}`.",
    )
    format: Word | None = Field(
        None,
        description="For `date`: how dates are written, `DD/MM/YYYY` or `%d/%m/%Y`; 2024-02-29 if not said. A date is "
        "a day: a time of day is refused, unless the format names it, `YYYY-MM-DD hh:mm`, and then left out.",
    )
    earliest: Word | None = Field(None, description="For `date`: first day that is right, as 2020-01-01.")
    latest: Word | None = Field(None, description="For `date`: last day that is right, as 2024-12-31.")
    after: Word | None = Field(
        None, description="For `date`: another date that this one does not come before; the same day is right."
    )
    pattern: Word | None = Field(
        None, description="For `text` and `category`: regular expression that a whole cell must fit, `[A-Z][0-9]{4}`."
    )
    unique: Switch = Field(
        False, description="`true`: no two rows hold the same value; no two clusters, for a variable of a level."
    )
    required_if: dict[str, Annotated[tuple[Word, ...], BeforeValidator(listed)]] = Field(
        default_factory=dict,
        description="A cell must not be empty where other columns hold these values, `{died: yes, sex: [female]}`.",
    )


class Plan(Section):
    """A study: one question, its outcome, its plan and its data."""

    id: Annotated[Word, Field(pattern=IDENTIFIER)] = Field(
        description="Names the folders of results and reports: `[a-z0-9-]+`.", json_schema_extra={"pattern": IDENTIFIER}
    )
    title: Word = Field("", description="The report's title. The id if not said.")
    question: Word = Field("", description="The question that the study asks, as a sentence.")
    data: Data = Field(description="The table, and what happens to empty cells.")
    unit: Annotated[Unit, BeforeValidator(_named, json_schema_input_type=str | Unit)] = Field(
        description="What a row is: a name, or `{name: nurse, id: nurse_id}`."
    )
    levels: Annotated[
        tuple[Annotated[Level, BeforeValidator(_named, json_schema_input_type=str | Level)], ...],
        BeforeValidator(listed),
    ] = Field(min_length=1, description="The hierarchy, outermost first: names, or `{name: ward, id: ward_no}`.")
    outcome: Outcome = Field(description="What is explained.")
    variables: dict[str, Variable] = Field(min_length=1, description="The columns by name; each has a `type`.")
    description: Describe = Field(
        default_factory=lambda: Describe.model_validate({}), description="How the variables are described."
    )
    ladder: Ladder = Field(default_factory=lambda: Ladder.model_validate({}), description="The models to be fitted.")
    screen: Screen = Field(
        default_factory=lambda: Screen.model_validate({}), description="Thresholds of the verdict on clustering."
    )
    estimation: Estimation = Field(
        default_factory=lambda: Estimation.model_validate({}), description="How the likelihood is computed."
    )
    inference: Inference = Field(
        default_factory=lambda: Inference.model_validate({}), description="Intervals and tests."
    )
    disclosure: Annotated[Disclosure, BeforeValidator(_disclosure, json_schema_input_type=str | Disclosure)] = Field(
        default_factory=lambda: Disclosure.model_validate({}),
        description="What the report may show; `public` shows everything.",
    )
    checks: Annotated[dict[str, str], BeforeValidator(_severities, json_schema_input_type=dict[str, str])] = Field(
        default_factory=default_severities, description="What follows when a check of the data fails."
    )
    baseline: Word | None = Field(
        None,
        description="Results folder of an earlier run, which this one is compared with. The last released run "
        "(`epiladder release`) if not said.",
    )
    blind: Blind = Field(
        default_factory=lambda: Blind.model_validate({}), description="A blinded run: the outcome permuted."
    )
    expanded: Expanded | None = Field(
        None, description="Written by `expand:` of the configuration: of which study this is one of how many looks."
    )
    notes: dict[str, Word] = Field(default_factory=dict, description="Free text by heading, printed in the report.")
    report: Reporting = Field(
        default_factory=lambda: Reporting.model_validate({}), description="How the report is written."
    )

    @model_validator(mode="wrap")
    @classmethod
    def _filled(cls, value: Any, handler: ModelWrapValidatorHandler[Plan]) -> Plan:
        return _with_defaults(handler(value))


def _with_defaults(plan: Plan) -> Plan:
    """The plan with the defaults that depend on other keys: names, labels, levels, the link, the rung to be read."""
    levels = tuple(level.model_copy(update={"id": level.id or level.name}) for level in plan.levels)
    variables = {
        name: variable.model_copy(update={"label": variable.label or name, "level": variable.level or plan.unit.name})
        for name, variable in plan.variables.items()
    }
    update: dict[str, Any] = {
        "title": plan.title or plan.id,
        "data": plan.data.model_copy(update={"imputation": _imputation(plan.data), "sha256": _pinned(plan.data)}),
        "levels": levels,
        "variables": variables,
        "outcome": plan.outcome.model_copy(update={"link": _link(plan), "event": _event(plan)}),
        "ladder": plan.ladder.model_copy(update={"retain": _retain(plan.ladder)}),
        "inference": plan.inference.model_copy(update={"bootstrap": _replicates(plan)}),
    }
    return plan.model_copy(update=update)


def _imputation(data: Data) -> Imputation | None:
    return data.imputation or (Imputation.model_validate({}) if data.missing == MULTIPLE else None)


def _pinned(data: Data) -> dict[str, str]:
    """Digests by the names of their files; the one that stands alone is the only file's."""
    name = data.path[0] if len(data.path) == 1 else ALONE
    return {key or name: digest for key, digest in data.sha256.items()}


def _replicates(plan: Plan) -> int:
    if plan.inference.bootstrap is not None:
        return plan.inference.bootstrap
    return default_replicates(plan.outcome.family, plan.data.missing == MULTIPLE)


def _link(plan: Plan) -> str | None:
    family = FAMILIES.get(plan.outcome.family)
    return plan.outcome.link or (family.links[0] if family else None)


def _event(plan: Plan) -> str | None:
    """The event as the plan says it; `true` of a boolean and 1 of a number where it says nothing."""
    outcome = plan.outcome
    variable = plan.variables.get(outcome.variable or "")
    if outcome.event is not None or outcome.family != "binomial" or outcome.events is not None or variable is None:
        return outcome.event
    return {"boolean": "true", "number": "1", "integer": "1"}.get(variable.type)


def _retain(ladder: Ladder) -> Any:
    if ladder.retain.rule != "preset" or ladder.retain.rung is not None:
        return ladder.retain
    return ladder.retain.model_copy(update={"rung": rungs_of(ladder)[-1]})

"""Decisions that another admissible choice would have turned: cautions for the first screen, and a table."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Cell, Column, Name, Parts, Row, RowGroup, Table, join, say
from epiladder.report.results import Results

Record = dict[str, Any]
STEPS = {
    "random_slope": "effects vary between clusters",
    "cross_level": "effects differ with characteristics of clusters",
}


def turned(results: Results) -> list[Parts]:
    """A sentence for each decision that turns: what the plan's rule says, and what the others would."""
    return [parts for one in results.decisions if one.get("turned") for parts in [_sentence(results, one)] if parts]


def _others(one: Record) -> dict[str, list[str]]:
    """Outcomes other than the decision's own, each with the choices that lead to it."""
    found: dict[str, list[str]] = {}
    for other in one["alternatives"]:
        if other["outcome"] not in (None, _own(one)):
            found.setdefault(other["outcome"], []).append(other["choice"])
    return found


def _own(one: Record) -> str:
    """The outcome as alternatives call it: a borderline screen is one that does not model."""
    return "ignore" if one["outcome"] == "borderline" else str(one["outcome"])


def _sentence(results: Results, one: Record) -> Parts | None:
    base, _, level = one["rule"].partition(".")
    others = _others(one)
    if not others:
        return None
    choices = join([(choice,) for choice in dict.fromkeys(c for all_of in others.values() for c in all_of)])
    if base == "retained_rung":
        return _rung(results, one, others)
    if base in STEPS:
        words = "By the plan's rule the data {do} that " + STEPS[base] + "; by {choices} they would{not_}."
        yes = one["outcome"] == "supported"
        do, not_ = ("support" if yes else "do not support",), (" not" if yes else "",)
        return say(words, do=do, not_=not_ if yes else (), choices=choices)
    if base == "clustering":
        words = "By the plan's thresholds clustering by {level} is {own}; by {choices} it would{not_}."
        yes = one["outcome"] == "model"
        own, not_ = ("worth modelling" if yes else "not worth modelling",), (" not be",) if yes else (" be",)
        return say(words, level=level, own=own, choices=choices, not_=not_)
    return None


def _rung(results: Results, one: Record, others: dict[str, list[str]]) -> Parts:
    """Which rung is read, and which would be by other rules of the plan."""
    read = join(
        [
            say("by {rules} “{rung}”", rules=join([(rule,) for rule in rules]), rung=results.names.rung_inside(rung))
            for rung, rules in others.items()
        ],
        ", ",
        ", and ",
    )
    words = "By the plan's rule “{rung}” is read; {others} would be."
    return say(words, rung=results.names.rung_inside(one["outcome"]), others=read)


def table(results: Results, named: dict[str, str]) -> Table | None:
    """Every decision with each other choice. named: the rules' names by rule."""
    rows = [
        Row(
            f"{named[one['rule']]}: {other['choice']}",
            (_value(other), _said(results, one["rule"], other), _same(one, other)),
        )
        for one in results.decisions
        for other in one.get("alternatives") or ()
    ]
    if not rows:
        return None
    words = "Value: a p-value for laws and bootstraps; the fall of the criterion for AIC and BIC, which must be above "
    words += "zero."
    return Table(
        id="alternatives",
        caption=say("What other admissible choices would have decided."),
        stub="Decision: choice",
        columns=(Column("Value"), Column("Outcome", numeric=False), Column("Beside the plan's", numeric=False)),
        groups=(RowGroup(None, tuple(rows)),),
        notes=(say(words),),
    )


def _value(other: Record) -> Cell | None:
    value = other["value"]
    if value is None:
        return None
    if other["choice"].startswith(("AIC", "BIC")):
        return numbers.likelihood(value)
    return numbers.p_exact(value)


def _said(results: Results, rule: str, other: Record) -> Cell | None:
    outcome = str(other["outcome"])
    return Name(results.names.rung(outcome)) if rule == "retained_rung" else capital(outcome.replace("_", " "))


def _same(one: Record, other: Record) -> str:
    return "the same" if other["outcome"] == _own(one) else "turned"

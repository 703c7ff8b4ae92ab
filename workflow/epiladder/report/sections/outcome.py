"""The outcome described: events and their share, or counts, their mean and how much they vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Name, Parts, say
from epiladder.report.results import Results


@dataclass(frozen=True)
class Events:
    """How many events there were, and out of how many."""

    events: float
    trials: float


def facts(results: Results) -> tuple[tuple[str, Parts], ...]:
    """The events with their share, or the mean count, for the head of the page."""
    found = events(results)
    if found is not None:
        count = results.disclosure.count(found.events)
        share = _share(results, found)
        return (("Events", (count,) if share is None else (count, " (", numbers.percent(share), ")")),)
    moments = _described(results, results.names.outcome_variable())
    if results.scale.counts and moments.get("mean") is not None:
        return (("Mean count", (numbers.magnitude(moments["mean"], 3),)),)
    return ()


def sentence(results: Results) -> Parts | None:
    """The outcome in one sentence; nothing for a normal outcome, which the table describes."""
    found = events(results)
    if found is not None:
        return _events(results, found)
    return _counts(results) if results.scale.counts else None


def events(results: Results) -> Events | None:
    """Events and trials, from the description of the columns; None where they are not described."""
    if results.scale.family != "binomial":
        return None
    outcome = results.plan["outcome"]
    found = _described(results, results.names.outcome_variable())
    if outcome.get("trials"):
        size = _described(results, str(outcome["trials"]))
        if found.get("mean") is None or size.get("mean") is None:
            return None
        return Events(found["mean"] * found["n"], size["mean"] * size["n"])
    return _of_variable(results, found)


def _of_variable(results: Results, found: dict[str, Any]) -> Events | None:
    event = results.plan["outcome"].get("event")
    for one in found.get("categories") or ():
        if str(one["category"]) == str(event):
            return Events(one["count"], found["n"])
    share = results.design["outcome"].get("mean")  # of the outcome as fitted, 0 or 1
    if share is None or results.design["outcome"].get("kind") not in (None, "binary"):
        return None
    return Events(share * results.design["n_rows"], results.design["n_rows"])


def _events(results: Results, found: Events) -> Parts:
    names, outcome = results.names, results.plan["outcome"]
    what = names.variable(str(outcome["trials"])) if outcome.get("trials") else names.unit(2)
    rarer = min(found.events, found.trials - found.events)
    share = _share(results, found)
    words = "{outcome}: {events} of {trials} ({what}){share}. The rarer of event and no event, seen {rarer} times, "
    words += "sets how many coefficients these data can carry."
    return say(
        words,
        outcome=capital(names.outcome()),
        events=results.disclosure.count(found.events),
        trials=results.disclosure.count(found.trials),
        what=(Name(what),),
        share=() if share is None else (", ", numbers.percent(share)),
        rarer=results.disclosure.count(rarer),
    )


def _share(results: Results, found: Events) -> float | None:
    """The share from counts as they are printed; None where either side of it is hidden."""
    if results.disclosure.public:
        return found.events / found.trials if found.trials else None
    hidden = results.disclosure.count(found.trials - found.events).value is None
    return None if hidden else results.disclosure.share(found.events, found.trials)


def _counts(results: Results) -> Parts | None:
    names, found = results.names, _described(results, results.names.outcome_variable())
    if not found.get("mean") or found.get("sd") is None:
        return None
    return say(
        "{outcome}: {mean} on average (SD {sd}); the variance is {times} times the mean, where counts from one Poisson "
        "law would have 1.{exposure}",
        outcome=capital(names.outcome()),
        mean=numbers.magnitude(found["mean"], 3),
        sd=numbers.magnitude(found["sd"], 3),
        times=numbers.magnitude(found["sd"] ** 2 / found["mean"], 3),
        exposure=_exposure(results),
    )


def _exposure(results: Results) -> Parts:
    """What rates are per."""
    exposure = results.plan["outcome"].get("exposure")
    if exposure is None:
        return ()
    try:
        return say(" Each count has an exposure of {number}.", number=numbers.given(float(exposure)))
    except ValueError:
        label = results.names.variable(str(exposure))
        return say(" Rates are per unit of {exposure}.", exposure=label)


def _described(results: Results, name: str) -> dict[str, Any]:
    return next((one for one in results.description if one["name"] == name), {})

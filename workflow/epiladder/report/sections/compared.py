"""What a coefficient compares: which units, in which clusters, and over which step of the covariate."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.names import bracket, factors
from epiladder.report.page import Name, Parts, join, say
from epiladder.report.results import Results, estimates


def parted(results: Results, term: str) -> tuple[str, str]:
    """A product as the factor whose slope changes and the rest: the factor with a random slope comes first."""
    parts = list(factors(term))
    slopes = {t for fit in results.fits for p in (estimates(fit) or {"random": []})["random"] for t in p["terms"]}
    moved = next((part for part in parts if part in slopes), parts[0])
    parts.remove(moved)
    return moved, ":".join(parts)


def slope_of(results: Results, term: str) -> str:
    """The label of the factor whose slope a product changes."""
    return results.names.term(parted(results, term)[0])


def steps(results: Results, term: str, number: str, category: str) -> Parts:
    """The step of a term, or of a product's moderator, in two templates: for a number and for a category.

    `{label}` and `{unit}` stand for a number's, `{label}`, `{category}` and `{reference}` for a category's.
    """
    moderator = parted(results, term)[1] if len(factors(term)) > 1 else term
    return join([_step(results, factor, number, category) for factor in factors(moderator)], " and ")


def _step(results: Results, factor: str, number: str, words: str) -> Parts:
    name, category = bracket(factor)
    if category is None:
        if (results.column(factor) or {}).get("binary"):  # a number that is only ever 0 or 1 has one step
            return say(words, label=results.names.term(factor), category=("1",), reference=("0",))
        unit = results.names.unit_of(name.split(".")[0])
        return say(number, unit=f" [{unit}]" if unit else "", label=results.names.term(factor))
    label = results.names.variable(name)
    if category == "true":
        return say(words, label=f"“{label}”", category=("true",), reference=("false",))
    known = (results.plan["variables"].get(name) or {}).get("categories") or ["reference"]
    return say(words, label=label, category=category, reference=str(known[0]))


def among(results: Results, term: str, slope: str | None) -> Parts:
    """The clusters inside which a term's coefficient compares: it holds the random effects as they are.

    `slope` is the level over which the term's own slope varies, or None: the coefficient is that of a typical cluster.
    """
    names, levels = results.names, results.levels()
    level = level_of(results, factors(term)[0])
    if level in levels:
        at = levels.index(level)
        inside = f" in {'one typical' if slope else 'the same'} " + "{outer}" if at else ""
        words = "Between {levels} that are otherwise alike" + inside
        return say(words, levels=names.level(level, 2), outer=(slope or levels[at - 1]) if at else "")
    words = "Among {units} of one typical {level}" if slope == levels[-1] else "Among {units} of the same {level}"
    words += " in a typical {slope}" if slope not in (None, levels[-1]) else ""
    return say(words, units=names.unit(2), level=levels[-1], slope=slope or "")


def level_of(results: Results, factor: str) -> str:
    """The level at which a factor varies; a cluster mean is its cluster's, an unknown factor the unit's."""
    name = bracket(factor)[0]
    base, kind, level = (*name.split(".", 2), "", "")[:3]
    if kind == "mean" and name not in results.plan["variables"] and base in results.plan["variables"]:
        return level or results.levels()[-1]
    column = results.column(factor) or {}
    return column.get("level") or results.names.unit()


def phrase(results: Results, verb: bool = False) -> Parts:
    """`the odds of death`, or `the odds that Vital status is dead`; with its verb on request."""
    names, scale = results.names, results.scale
    what = scale.base or scale.predictor
    start = f"the {what} "
    end = f" {scale.are()}" if verb else ""
    label = Name(names.variable(names.outcome_variable()))
    if names.event():
        return (start + "that ", label, " is ", Name(names.event()), end)
    return (start + "of ", label, end)


def elsewhere(results: Results, rung: str) -> Parts:
    """The rung that a sentence speaks of, where it is not the one that is read."""
    if rung == results.retained():
        return ()
    return say(" in the rung “{name}”", name=results.names.rung_inside(rung))


def probability(row: dict) -> Parts:
    """`p = 0.003` or `p <0.001`, after a comma."""
    if row.get("p_value") is None:
        return ()
    return (", ", numbers.p_stated(row["p_value"]))


def interval(results: Results, low: float | None, high: float | None, form: numbers.Format) -> Parts:
    """`95% CI 1.10 to 1.58`."""
    if low is None or high is None:
        return say("no interval")
    share = (numbers.confidence(results.confidence()),)
    return say("{share}{range}", share=share, range=numbers.Interval(low, high, form))

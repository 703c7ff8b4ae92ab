"""One coefficient as a sentence that can be quoted: size, direction, interval, and what it compares."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.names import factors
from epiladder.report.page import Parts, Strong, say
from epiladder.report.results import Results, estimates, fixed
from epiladder.report.sections import ratios
from epiladder.report.sections.compared import among, elsewhere, interval, phrase, probability, slope_of, steps


def effect(results: Results, rung: str, found: dict, term: str) -> Parts:
    """The sentence of a term: a ratio where coefficients are logarithms of one, a difference otherwise."""
    row = fixed(found, term)
    if row is None or row["estimate"] is None:
        return say("The coefficient of {term} could not be estimated.", term=results.names.term(term))
    if results.scale.ratio:
        return ratios.effect(results, rung, found, row)
    estimate = row["estimate"]
    form = numbers.by_error(row["std_error"], estimate)
    direction = "higher" if estimate >= 0 else "lower"
    unit = results.names.outcome_unit() if len(factors(term)) == 1 and results.scale.gaussian else ""
    return say(
        "{subject} is {size} {per} ({signed}{ci}{p}){rung}.{doubt}",
        subject=_subject(results, term, rung),
        size=Strong(f"{numbers.show(numbers.Number(abs(estimate), form))}{unit and f' {unit}'} {direction}"),
        signed=say("difference {size}, ", size=numbers.Number(estimate, form)) if estimate < 0 else (),
        per=_per(results, term),
        ci=interval(results, row["ci_low"], row["ci_high"], form),
        p=probability(row),
        doubt=_doubt(row, form),
        rung=elsewhere(results, rung),
    )


def _doubt(row: dict, form: numbers.Format) -> Parts:
    """What an interval that holds zero allows, on both sides."""
    low, high = row["ci_low"], row["ci_high"]
    if low is None or high is None or not low < 0 < high:
        return ()
    return say(
        " The interval holds both a decrease of {low} and an increase of {high}: "
        "these data do not settle the direction.",
        low=numbers.Number(abs(low), form),
        high=numbers.Number(high, form),
    )


def _subject(results: Results, term: str, rung: str) -> Parts:
    first, *others = factors(term)
    if others:
        return say("The coefficient of {slope}", slope=slope_of(results, term))
    if not results.scale.gaussian:
        inside = among(results, term, next(iter(_over(results, rung, first)), None))
        return (*inside, ", ", *phrase(results))
    return say("On average, {outcome}", outcome=results.names.outcome())


def _over(results: Results, rung: str, term: str) -> list[str]:
    """The levels over which a term's slope varies, outermost first."""
    found = estimates(results.fit(rung)) or {"random": []}
    return [part["level"] for part in found["random"] if term in part["terms"]]


def _per(results: Results, term: str) -> Parts:
    """What the coefficient compares: a unit more of a number, or a category with its reference."""
    words = "where {label} is {category} than where it is {reference}"
    return steps(results, term, "per unit of {label}{unit}", words)

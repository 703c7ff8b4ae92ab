"""The verdict: what the study found, in sentences that a clinician can quote, for the head of the page."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.names import bracket, capital, factors
from epiladder.report.page import Parts, Strong, join, say
from epiladder.report.results import Results, estimates, fixed, worst
from epiladder.report.sections.retained import ranges
from epiladder.report.sections.screen import correlation, judgement
from epiladder.report.sections.standard_practice import contrast

MOST_TERMS = 3


def verdict(results: Results) -> tuple[Parts, ...]:
    """Clustering, the rung that is read, its focal coefficients, and what ignoring the clusters would do."""
    rung = results.retained()
    found = estimates(results.fit(rung))
    sentences = [_clustering(results, level) for level in results.screen["levels"]]
    if rung is None or found is None:
        return (*sentences, say("No answer can be given: the rung that the plan reads could not be fitted."))
    sentences += _averages(results, rung)
    sentences += [_effect(results, rung, found, term) for term in focal(results, found)]
    sentences += ranges(results, found)
    sentences.append(_read(results, rung))
    return (*sentences, *(parts for parts in [contrast(results)] if parts))


def _clustering(results: Results, level: dict) -> Parts:
    if level["icc"] is None:
        return say(
            "How much {units} of the same {level} resemble each other could not be estimated.",
            units=results.names.unit(2),
            level=level["level"],
        )
    return say(
        "{Units} of the same {level} {how} in {outcome}: ICC {icc}, {judgement}",
        Units=capital(results.names.unit(2)),
        level=level["level"],
        how=(_resemblance(level),),
        outcome=results.names.outcome(),
        icc=correlation(results, level),
        judgement=judgement(results, level),
    )


def _resemblance(level: dict) -> str:
    if level["icc"] <= 0:
        return "resemble each other no more than others"
    return "resemble each other little" if level["verdict"] == "ignore" else "resemble each other"


def _averages(results: Results, rung: str) -> list[Parts]:
    """Average slopes from the random-slope rung, where the rung that is read has them changing with a moderator."""
    below = estimates(results.fit("random_slope"))
    if rung != "cross_level" or below is None or not cross_level_terms(results):
        return []
    slopes = dict.fromkeys(term for part in below["random"] for term in part["terms"] if fixed(below, term))
    return [_effect(results, "random_slope", below, term) for term in slopes if term != "(Intercept)"]


def focal(results: Results, found: dict) -> list[str]:
    """The terms that answer the question: cross-level products, else slopes that vary, else the first covariates."""
    present = [row["term"] for row in found["fixed"] if row["term"] != "(Intercept)"]
    crossed = [term for term in present if term in cross_level_terms(results)]
    slopes = [t for part in found["random"] for t in part["terms"] if t in present]
    return (crossed or slopes or present)[:MOST_TERMS]


def cross_level_terms(results: Results) -> list[str]:
    """The products that the cross-level rung adds to the rung below it."""
    rungs = [fit["rung"] for fit in results.fits]
    if "cross_level" not in rungs:
        return []
    crossed, below = (estimates(results.fit(rung)) for rung in ("cross_level", rungs[rungs.index("cross_level") - 1]))
    old = {row["term"] for row in (below or {"fixed": []})["fixed"]}
    return [row["term"] for row in (crossed or {"fixed": []})["fixed"] if row["term"] not in old and ":" in row["term"]]


def _effect(results: Results, rung: str, found: dict, term: str) -> Parts:
    row = fixed(found, term)
    if row is None or row["estimate"] is None:
        return say("The coefficient of {term} could not be estimated.", term=results.names.term(term))
    estimate = row["estimate"]
    form = numbers.by_error(row["std_error"], estimate)
    unit = results.names.outcome_unit() if len(factors(term)) == 1 else ""
    return say(
        "{subject} is {size} {direction} {per} ({ci}{p}){rung}.{doubt}",
        subject=_subject(results, term, rung),
        size=Strong(numbers.show(numbers.Number(abs(estimate), form)) + (f" {unit}" if unit else "")),
        direction=Strong("higher" if estimate >= 0 else "lower"),
        per=_per(results, term),
        ci=_interval(results, row, form),
        p=(", p ", *_p(row)),
        doubt=_doubt(row, form),
        rung=() if rung == results.retained() else say(" in the rung “{name}”", name=results.names.rung_inside(rung)),
    )


def _p(row: dict) -> Parts:
    text = numbers.p_value(row["p_value"])
    shown = numbers.show(text)
    return (text,) if shown[:1] in "<>" else ("= ", text)


def _interval(results: Results, row: dict, form: numbers.Format) -> Parts:
    if row["ci_low"] is None or row["ci_high"] is None:
        return say("no interval")
    return say(
        f"{results.confidence() * 100:g}% CI " + "{range}", range=numbers.Interval(row["ci_low"], row["ci_high"], form)
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
        return say("The coefficient of {slope}", slope=_slope(results, term))
    slopes = [t for part in (estimates(results.fit(rung)) or {"random": []})["random"] for t in part["terms"]]
    return say("On average, {outcome}" if first in slopes else "{outcome}", outcome=results.names.outcome())


def _parted(results: Results, term: str) -> tuple[str, str]:
    """A product as the factor whose slope changes and the rest: the factor with a random slope comes first."""
    parts = list(factors(term))
    slopes = {t for fit in results.fits for p in (estimates(fit) or {"random": []})["random"] for t in p["terms"]}
    moved = next((part for part in parts if part in slopes), parts[0])
    parts.remove(moved)
    return moved, ":".join(parts)


def _slope(results: Results, term: str) -> str:
    return results.names.term(_parted(results, term)[0])


def _per(results: Results, term: str) -> Parts:
    """What the coefficient compares: a unit more of a number, or a category with its reference."""
    moderator = _parted(results, term)[1] if len(factors(term)) > 1 else term
    return join([_step(results, factor) for factor in factors(moderator)], " and ")


def _step(results: Results, factor: str) -> Parts:
    name, category = bracket(factor)
    if category is not None:
        categories = (results.plan["variables"].get(name) or {}).get("categories") or ["reference"]
        if category == "true":
            return say("where “{label}” is true than where it is false", label=results.names.variable(name))
        return say(
            "where {label} is {category} than where it is {reference}",
            label=results.names.variable(name),
            category=category,
            reference=str(categories[0]),
        )
    unit = results.names.unit_of(name.split(".")[0])
    return say("per unit of {label}{unit}", unit=f" [{unit}]" if unit else "", label=results.names.term(factor))


def _read(results: Results, rung: str) -> Parts:
    state = worst(results.fit(rung) or {})
    words = "These numbers come from the rung “{rung}”, {how}"
    how = {
        "failed": "which did not converge: do not use them.",
        "boundary": "whose fit is singular (a variance is estimated as zero, or a correlation as one); the "
        "coefficients stand, but it is more than these data ask for.",
    }
    return say(words, rung=results.names.rung_inside(rung), how=how.get(state or "", _choice(results)))


def _choice(results: Results) -> str:
    rule = ((results.plan.get("ladder") or {}).get("retain") or {}).get("rule") or "preset"
    chosen = {
        "lrt": "chosen by likelihood-ratio tests.",
        "aic": "chosen by the smallest AIC.",
        "bic": "chosen by the smallest BIC.",
    }
    return chosen.get(rule, "which the plan names as the one to read.")

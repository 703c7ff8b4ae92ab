"""The verdict: what the study found, in sentences that a clinician can quote, for the head of the page."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.names import bracket, capital, factors
from epiladder.report.page import Finding, Parts, say
from epiladder.report.results import Results, estimates, fixed
from epiladder.report.sections import absolute_risks, certainty
from epiladder.report.sections.effects import effect
from epiladder.report.sections.focal import cross_level_terms, focal, left
from epiladder.report.sections.ratios import averaged, median_ratio
from epiladder.report.sections.retained import ranges
from epiladder.report.sections.screen import correlation, judgement, on_scale

MOST_RISKS = 2


def verdict(results: Results) -> tuple[Finding, ...]:
    """The answer first, then how much clusters differ, how sure it is, and what would change it."""
    rung = results.retained()
    found = estimates(results.fit(rung))
    clustering = _clusters(results)
    if rung is None or found is None:
        none = say("No answer can be given: the rung that the plan reads could not be fitted.")
        return (Finding("The answer", (none,)), Finding("How much clusters differ", clustering))
    crossed, terms = _averages(results, rung), focal(results, found)
    told = [*((below, term) for below, _, term in crossed), *((rung, term) for term in terms)]
    answer = [*(effect(results, *one) for one in crossed), *(effect(results, rung, found, term) for term in terms)]
    answer += _untold(found, [term for _, term in told])
    answer += averaged(results, told)
    answer += _risks(results, terms)
    spread = ranges(results, crossed[0][1], crossed[0][0]) if crossed else ranges(results, found)
    findings = (
        Finding("The answer", tuple(answer)),
        Finding("How much clusters differ", (*spread, *clustering)),
        Finding("How sure", certainty.certainty(results, rung)),
        Finding("What would change it", certainty.turning(results, told)),
    )
    return tuple(finding for finding in findings if finding.sentences)


def _untold(found: dict, terms: list[str]) -> list[Parts]:
    """How many covariates stand in the table alone; nothing where all were told."""
    many = left(found, terms)
    if not many:
        return []
    what = "covariate stands" if many == 1 else "covariates stand"
    return [say("{n} more " + what + " in the report's table of coefficients.", n=numbers.count(many))]


def _risks(results: Results, terms: list[str]) -> list[Parts]:
    """Absolute risks of the covariates that the sentences before speak of, the first contrast of each."""
    rows = [] if results.measures is None else results.measures["risks"]
    asked = {bracket(factor)[0] for term in terms for factor in factors(term)}
    told: dict[str, Parts] = {}
    for row in rows:
        if row["variable"] in asked and row["difference"]["estimate"] is not None:
            told.setdefault(row["variable"], absolute_risks.sentence(results, row))
    return list(told.values())[:MOST_RISKS]


def _clusters(results: Results) -> tuple[Parts, ...]:
    """The resemblance inside the clusters of each level, with the median ratio where there is one."""
    return tuple(
        (*_clustering(results, level), *median_ratio(results, level, briefly=True))
        for level in results.screen["levels"]
    )


def _clustering(results: Results, level: dict) -> Parts:
    if level["icc"] is None:
        return say(
            "How much {units} of the same {level} resemble each other could not be estimated.",
            units=results.names.single(2),
            level=level["level"],
        )
    return say(
        "{Units} of the same {level} {how} in {outcome}: ICC {icc}{scale}, {judgement}",
        Units=capital(results.names.single(2)),
        level=level["level"],
        how=(_resemblance(level),),
        outcome=results.names.outcome(),
        icc=correlation(results, level),
        scale=on_scale(results),
        judgement=judgement(results, level),
    )


def _resemblance(level: dict) -> str:
    if level["icc"] <= 0:
        return "resemble each other no more than others"
    return "resemble each other little" if level["verdict"] == "ignore" else "resemble each other"


def _averages(results: Results, rung: str) -> list[tuple[str, dict, str]]:
    """Average slopes and the effects of their moderators, from the rung below, where the one read multiplies them."""
    below = estimates(results.fit("random_slope"))
    crossed = cross_level_terms(results)
    if rung != "cross_level" or below is None or not crossed:
        return []
    slopes = [term for part in below["random"] for term in part["terms"]]
    met = [factor for term in crossed for factor in factors(term)]
    asked = [term for term in dict.fromkeys([*slopes, *met]) if term != "(Intercept)" and fixed(below, term)]
    return [("random_slope", below, term) for term in asked]

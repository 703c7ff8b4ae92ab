"""Ratios in sentences: one coefficient exponentiated, the range of a varying one, and the median ratio of clusters.

Only estimates and interval limits are exponentiated, never a standard error. A ratio of a mixed model is conditional:
it compares units whose clusters have the same random effects.
"""

from __future__ import annotations

from statistics import NormalDist

from epiladder.report import numbers
from epiladder.report.names import factors
from epiladder.report.page import Parts, Strong, join, say
from epiladder.report.results import Results, covariance, estimates
from epiladder.report.sections.compared import among, elsewhere, interval, phrase, probability, slope_of, steps
from epiladder.report.sections.standard_practice import chosen


def effect(results: Results, rung: str, found: dict, row: dict) -> Parts:
    """`Among patients of the same hospital, the odds of death are 1.32 times as high for each unit more of ...`."""
    term, ratio = row["term"], numbers.ratio(row)
    values: dict[str, Parts] = {
        "ci": interval(results, ratio.low, ratio.high, ratio.format),
        "p": probability(row),
        "rung": elsewhere(results, rung),
        "doubt": _doubt(row),
    }
    size = numbers.show(numbers.Number(ratio.value, ratio.format))
    if len(factors(term)) > 1:
        words = "The {ratio} of {slope} is multiplied by {size} ({ci}{p}) {per}{rung}.{doubt}"
        per = steps(
            results, term, "for each unit more of {label}{unit}", "where {label} is {category} rather than {reference}"
        )
        name = (str(results.scale.ratio),)
        return say(words, ratio=name, slope=slope_of(results, term), size=Strong(size), per=per, **values)
    others = sum(one["term"] != "(Intercept)" for one in found["fixed"]) > 1
    return say(
        "{among}{equal}, {phrase} {size} as high ({ci}{p}) {per}{rung}.{doubt}",
        among=among(results, term, _varies(results, found, term)),
        equal=(", other covariates equal",) if others else (),
        phrase=phrase(results, verb=True),
        size=Strong(f"{size} times"),
        per=steps(
            results,
            term,
            "for each unit more of {label}{unit}",
            "where {label} is {category} as where it is {reference}",
        ),
        **values,
    )


def averaged(results: Results, terms: list[tuple[str, str]]) -> list[Parts]:
    """The same ratios averaged over clusters, where they are another quantity than the cluster-specific ones.

    terms: (rung, term), for each is averaged in the rung that it is told from.
    """
    rows = {
        row["term"]: row
        for rung, term in terms
        for row in chosen(results, rung)
        if row["term"] == term and row["method"] == "marginal" and row["estimate"] is not None
    }
    told = [term for _, term in terms if term in rows and len(factors(term)) == 1]
    if results.scale.link == "log":  # a ratio of means is the same in each cluster and over all, unless it varies
        own = estimates(results.fit(results.retained())) or {"random": []}
        told = [term for term in told if _varies(results, own, term)]
    if not told or not results.scale.ratio:
        return []
    words = "These {ratio}s are cluster-specific; averaged over all {levels} (population-average): {each}."
    each = [
        say("{term} {ratio}", term=results.names.term(term), ratio=numbers.ratio(rows[term], results.confidence()))
        for term in told
    ]
    levels = join([(results.names.level(level, 2),) for level in results.levels()])
    return [say(words, ratio=(str(results.scale.ratio),), levels=levels, each=join(each, "; ", "; "))]


def _varies(results: Results, found: dict, term: str) -> str | None:
    """The outermost level over which the slope of a term varies."""
    return next((lv for lv in results.levels() if term in (covariance(found, lv) or {"terms": []})["terms"]), None)


def _doubt(row: dict) -> Parts:
    if row["ci_low"] is None or row["ci_high"] is None or not row["ci_low"] < 0 < row["ci_high"]:
        return ()
    return say(" The interval includes 1: these data do not settle the direction.")


def spread_of_ratios(results: Results, row: dict, spread: float, names: dict[str, str], where: Parts) -> Parts:
    """The range that holds the ratio in 95% of clusters, and the share of clusters on the other side of 1."""
    reach = NormalDist().inv_cdf(0.975) * spread
    ends = [numbers.exponential(row["estimate"] + sign * reach) for sign in (-1, 1)]
    form = numbers.Format("ratio", 2)
    share = NormalDist().cdf(-abs(row["estimate"]) / spread)
    words = (
        "The {ratio} of {term} varies between {levels} (standard deviation of its logarithm {sd}){where}: in 95% of "
        "{levels} it is expected between {low} and {high}, and {opposite} would have it on the other side of 1."
    )
    return say(
        words,
        ratio=(str(results.scale.ratio),),
        sd=numbers.Number(spread, numbers.significant(spread, 2)),
        low=numbers.Number(ends[0], form),
        high=numbers.Number(ends[1], form),
        opposite=("hardly any",) if share < 0.001 else (numbers.percent(share),),
        where=where,
        **names,
    )


def median_ratio(results: Results, level: dict, briefly: bool = False) -> Parts:
    """The median odds or rate ratio of a level of the screen with what it means; nothing where there is none."""
    value = level.get("median_ratio")
    if value is None or not results.scale.ratio:
        return ()
    names, at = results.names, results.levels().index(level["level"])
    inside = f" of the same {results.levels()[at - 1]}" if at else ""
    start, end = f"The {{median}} between {{levels}}{inside} is {{shown}}", " It is 1 where {levels} do not differ."
    words = ": in half of all pairs of {units} from two of them, {base} differ by at least this factor, before any "
    words += "covariate is taken into account."
    full = " [@larsen2005]: take two {levels} at random and from each one of its {units}, before any covariate is "
    full += "taken into account. In half of such pairs {phrase} {verb} at least {shown} times as high for the one as "
    full += "for the other."
    return say(
        f" {start}{words}" if briefly else start + full + end,
        median=(results.scale.median(),),
        levels=names.level(level["level"], 2),
        level=level["level"],
        units=names.single(2),
        shown=numbers.Number(value, numbers.Format("ratio", 2)),
        base=("the odds" if results.scale.base == "odds" else f"{results.scale.base}s",),
        phrase=phrase(results),
        verb=(results.scale.are(),),
    )

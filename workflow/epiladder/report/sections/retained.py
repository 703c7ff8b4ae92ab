"""The rung that is read: its equation, its coefficients, and how far its slopes vary."""

from __future__ import annotations

from math import erfc, sqrt
from statistics import NormalDist

from epiladder.report import equation, linked_equation, numbers
from epiladder.report.names import capital, factors
from epiladder.report.page import (
    Block,
    Cell,
    Column,
    Equation,
    Note,
    Paragraph,
    Parts,
    Row,
    RowGroup,
    Section,
    Table,
    say,
)
from epiladder.report.results import Results, covariance, estimates, fixed
from epiladder.report.sections import few_clusters, imputation, profile, term_tests
from epiladder.report.sections.compared import elsewhere
from epiladder.report.sections.ratios import spread_of_ratios


def section(results: Results) -> Section | None:
    """Equation, coefficients with tests, and the range of varying slopes; a note when the rung was not fitted."""
    rung = results.retained()
    found = estimates(results.fit(rung))
    if rung is None or found is None:
        words = "The rung that the plan reads was not fitted, so there is no equation to print."
        return Section("retained", "The rung that is read", (Note("warning", say(words)),))
    intro = "The plan reads the rung “{rung}”. As an equation, with its estimated variances:"
    equations = equation.lines if results.scale.gaussian else linked_equation.lines
    blocks: list[Block] = [
        Paragraph(say(intro, rung=results.names.rung_inside(rung))),
        Equation(equations(results.names, found)),
        Paragraph(_letters(results)),
        _table(results, rung, found),
    ]
    more = (term_tests.table(results, rung, found), profile.table(results, rung))
    blocks += [each for each in more if each]
    blocks += [Paragraph(parts) for parts in ranges(results, found)]
    return Section("retained", "The rung that is read", tuple(blocks))


def _letters(results: Results) -> Parts:
    levels = results.levels()[::-1]
    letters = ", ".join(
        f"{index} {results.names.level(level, 2)}" for index, level in zip("jklmn", levels, strict=False)
    )
    return say(
        "i counts {units}, {letters}. Coefficients β in the order of the table below.",
        units=results.names.unit(2),
        letters=letters,
    )


def _table(results: Results, rung: str, found: dict) -> Table:
    scale = results.scale
    ratio, t = bool(scale.ratio), any(row["df"] is not None for row in found["fixed"])
    rows = tuple(
        Row(f"β{at}  {results.names.term(row['term'])}", _cells(row, ratio, scale.gaussian or t))
        for at, row in enumerate(found["fixed"])
    )
    estimate = f"{capital(scale.predictor)} (CI)" if scale.predictor else "Estimate (CI)"
    heads = (*((f"{capital(str(scale.ratio))} (CI)",) if ratio else ()), estimate, "Standard error")
    heads = (*heads, "df", "Statistic", "p") if scale.gaussian or t else (*heads, "z", "p")
    return Table(
        id="coefficients",
        caption=say("Coefficients of the rung “{rung}”.", rung=results.names.rung_inside(rung)),
        stub="Term",
        columns=tuple(Column(head) for head in heads),
        groups=(RowGroup(None, rows),),
        notes=(
            _basis(results, found),
            *few_clusters.notes(results),
            *((_conditional(results, found),) if not scale.gaussian else ()),
        ),
    )


def _basis(results: Results, found: dict) -> Parts:
    share = f"{results.confidence() * 100:g}%"
    kenward, t = _kenward(found), any(row["df"] is not None for row in found["fixed"])
    if results.imputation is not None:
        words = "CI: {share} confidence interval. Tests and intervals: t with " + imputation.degrees(results) + "."
        return say(words, share=share)
    law = "t with Satterthwaite's degrees of freedom (df) [@satterthwaite1946]" if t else "the normal distribution (z)"
    if kenward:
        law = (
            "t with Kenward and Roger's degrees of freedom (df), and standard errors adjusted by them for few clusters "
        )
        law += "[@kenward1997]"
    return say("CI: {share} confidence interval. Tests and intervals: " + law + ".", share=share)


def _kenward(found: dict) -> bool:
    return found.get("degrees_of_freedom") == "kenward_roger"


def _conditional(results: Results, found: dict) -> Parts:
    """How the ratios of this table are to be read."""
    scale = results.scale
    if not scale.ratio:
        return say("Coefficients are on the scale of the linear predictor ({name}).", name=(scale.predictor,))
    words = "{Ratio}: the exponential of the coefficient and of its limits; it compares units whose clusters have the "
    words += "same random effects (conditional, or cluster-specific)."
    words += " For a product it is the factor by which one {ratio} changes." if _products(found) else ""
    return say(words, Ratio=(capital(str(scale.ratio)),), ratio=(str(scale.ratio),))


def _products(found: dict) -> bool:
    return any(len(factors(row["term"])) > 1 for row in found["fixed"])


def _cells(row: dict, ratio: bool, freedom: bool) -> tuple[Cell | None, ...]:
    exponent = None if row["term"] == "(Intercept)" else numbers.ratio(row)
    return (
        *((exponent,) if ratio else ()),
        numbers.coefficient(row),
        numbers.Number(row["std_error"], numbers.by_error(row["std_error"])),
        *((numbers.degrees_of_freedom(row["df"]),) if freedom else ()),
        numbers.fixed(row["statistic"], 2),
        numbers.p_value(row["p_value"]),
    )


def ranges(results: Results, found: dict, rung: str | None = None) -> list[Parts]:
    """For each varying slope, the range that holds 95% of clusters, and the share with the opposite sign.

    `rung` is that of the estimates; it is named where it is not the one that is read.
    """
    aside = elsewhere(results, rung) if rung else ()
    sentences = []
    for level in results.levels():
        part = covariance(found, level) or {"terms": [], "covariance": []}
        for at, term in enumerate(part["terms"]):
            if term != "(Intercept)":
                sentences.append(_range(results, found, level, term, part["covariance"][at][at], aside))
    return sentences


def _range(results: Results, found: dict, level: str, term: str, variance: float, aside: Parts) -> Parts:
    values = {"term": results.names.term(term), "levels": results.names.level(level, 2)}
    row = fixed(found, term)
    if variance <= 0:
        words = "The slope of {term} was let vary between {levels}, and its variance is estimated as zero: "
        return say(words + "these data show no variation of it.", **values)
    spread = variance**0.5
    form = numbers.significant(spread, 2)
    sd = numbers.Number(spread, form)
    if row is None:
        return say("The slope of {term} varies between {levels} with a standard deviation of {sd}.", sd=sd, **values)
    where: Parts = (*aside, *_where(found, term))
    if results.scale.ratio:
        return spread_of_ratios(results, row, spread, values, where)
    reach = NormalDist().inv_cdf(0.975) * spread
    words = (
        "The slope of {term} varies between {levels} with a standard deviation of {sd}{where}: in 95% of {levels} it "
        "is expected between {range}, and {opposite} would have the opposite sign."
    )
    between = numbers.Interval(row["estimate"] - reach, row["estimate"] + reach, form)
    return say(
        words,
        sd=sd,
        where=where,
        range=_and(between),
        opposite=_opposite(abs(row["estimate"]) / spread),
        **values,
    )


def _opposite(distance: float) -> Parts:
    """The share of clusters beyond zero: F(-|beta| / sd), from erfc, which keeps small tails."""
    share = erfc(distance / sqrt(2)) / 2
    return ("hardly any",) if share < 0.001 else (numbers.percent(share),)


def _where(found: dict, term: str) -> Parts:
    products = any(term in row["term"].split(":") and ":" in row["term"] for row in found["fixed"])
    return (", where the variables that it meets are zero or at their reference",) if products else ()


def _and(interval: numbers.Interval) -> Parts:
    """`a and b`, as a sentence wants it after `between`."""
    return (numbers.Number(interval.low, interval.format), " and ", numbers.Number(interval.high, interval.format))

"""The screen: how much of the variation lies between clusters, judged by the plan's two thresholds."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.numbers import Estimate
from epiladder.report.page import Block, Cell, Column, Note, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.plots import icc as picture
from epiladder.report.restyled import restyled
from epiladder.report.results import Results
from epiladder.report.sections.outcome import events
from epiladder.report.sections.ratios import median_ratio


def section(results: Results) -> Section:
    """ICC of each level with interval and verdict, its picture and its table."""
    blocks: list[Block] = []
    for level in results.screen["levels"]:
        texts = (sentence(results, level), median_ratio(results, level))
        blocks += [Paragraph(text) for text in texts if text]
    blocks += [] if results.scale.gaussian else [Paragraph(_meaning(results))]
    figure = picture.figure(results)
    blocks += [figure] if figure else []
    blocks.append(_table(results))
    blocks += [Note("remark", note) for level in results.screen["levels"] for note in [_flag(level)] if note]
    return Section("screen", "Is there clustering?", tuple(blocks))


def correlation(results: Results, level: dict) -> Estimate:
    """The ICC of a level with its interval."""
    form = numbers.icc(level["icc"]).format
    return Estimate(level["icc"], level["ci_low"], level["ci_high"], form, results.confidence())


def sentence(results: Results, level: dict) -> Parts:
    """What the screen found at one level, in words that fit the awkward cases too."""
    if level["icc"] is None:
        return say("The ICC of {level} could not be estimated: {why}.", level=level["level"], why=_method(level))
    found = events(results)
    template = "Two {units} of the same {level} have an expected correlation of {icc}{scale} in {outcome}: {judgement} "
    template += "The design effect is {effect}; the {n} {units} carry as much information on a {what} as {size} "
    template += "independent ones [@kish1965].{missing}"
    return say(
        template,
        units=results.names.single(2),
        level=level["level"],
        icc=correlation(results, level),
        outcome=results.names.outcome(),
        judgement=judgement(results, level),
        effect=numbers.magnitude(level["design_effect"], 3),
        n=results.disclosure.count(found.trials if found else results.design["n_rows"]),
        size=numbers.about(level["effective_sample_size"]),
        scale=on_scale(results),
        what=("mean" if results.scale.family != "binomial" else "share",),
        missing=_no_interval(level),
    )


def on_scale(results: Results) -> Parts:
    """The scale of the correlation where it is not the outcome's own, to follow the number."""
    if results.scale.level1 is not None:
        return (" on the latent scale",)
    return (" at the mean count",) if results.scale.counts else ()


def _no_interval(level: dict) -> Parts:
    """Why there is no interval, as a sentence; nothing where there is one."""
    if level["ci_low"] is not None and level["ci_high"] is not None:
        return ()
    return say(" There is no interval: {why}.", why=(_method(level).removeprefix("no interval: "),))


def _meaning(results: Results) -> Parts:
    """What the scale of the correlation means."""
    if results.scale.counts:
        return say(
            "The correlation is that of two counts of the same cluster at the mean count [@austin2018][@leckie2020]: "
            "the chance variation of counts is part of the total, so that it rises with the mean."
        )
    values = {"logit": "π²/3, that of the logistic distribution", "probit": "1, that of the normal distribution"}
    variance = values.get(results.scale.link, "π²/6, that of the extreme value distribution")
    return say(
        "The correlation is on the latent scale: the outcome is read as an unseen tendency that has passed a "
        "threshold, and the variance of a unit's tendency is {variance} [@goldstein2002]. On the scale of "
        "probabilities it would be another, mostly smaller, number that changes with the probability.",
        variance=(variance,),
    )


def judgement(results: Results, level: dict) -> Parts:
    """The verdict of the plan's thresholds on a level, as one sentence that ends a clause."""
    limit = results.screen["threshold"]
    values = {
        "icc": numbers.given(limit["icc"]),
        "effect": numbers.given(limit["design_effect"]),
        "level": level["level"],
    }
    if level["icc"] <= 0:
        return say("the variance between clusters of this level is estimated as zero.", **values)
    if level["verdict"] == "model":
        return say(_modelled(level, limit), **values)
    if level["verdict"] == "borderline":
        return say("borderline, since the interval includes the plan's threshold of {icc}.", **values)
    return say("below both thresholds of the plan (ICC {icc}, design effect {effect}).", **values)


def _modelled(level: dict, limit: dict) -> str:
    over_icc, over_effect = level["icc"] >= limit["icc"], (level["design_effect"] or 0) >= limit["design_effect"]
    doubt = level["ci_low"] is not None and level["ci_low"] <= limit["icc"] <= level["ci_high"]
    if over_icc and over_effect:
        base = "enough to be modelled, above both thresholds of the plan (ICC {icc}, design effect {effect})"
    elif over_icc:
        base = "enough to be modelled, above the plan's threshold of {icc}"
    else:
        base = "below the plan's threshold of {icc}" + (" (which the interval includes)" if doubt else "")
        return base + ", but enough to be modelled, since the design effect passes {effect}."
    return base + (", although the interval includes {icc}." if doubt else ".")


def _method(level: dict) -> str:
    return pretty(str(level.get("method") or "no reason was recorded").rstrip("."))


def _interval_method(level: dict) -> str:
    """How the interval was had, or the sentence that says why there is none."""
    why = _method(level).removeprefix("no interval: ")
    return f"no interval: {why}" if level["ci_low"] is None else f"interval: {why}"


def pretty(text: str) -> str:
    """`pi^2/3` as a reader writes it, and numbers in the page's style."""
    return restyled(text).replace("pi^2", "π²").replace("pi**2", "π²")


def _flag(level: dict) -> Parts | None:
    """A remark when an interval leaves the likelihood's estimate outside, which an exact one may."""
    if level["icc"] is None or level["ci_low"] is None or level["ci_low"] <= level["icc"] <= level["ci_high"]:
        return None
    if not level["method"].startswith("exact"):
        words = (
            "The estimate of the ICC of {level} lies outside its interval by the bootstrap: outcomes drawn from the "
        )
        return say(words + "fit give it another ICC, so that neither is to be trusted far.", level=level["level"])
    words = (
        "The estimate of the ICC of {level} lies outside its exact interval. That happens in some unbalanced samples, "
        "since interval and estimate rest on different statistics; read both with care."
    )
    return say(words, level=level["level"])


def _table(results: Results) -> Table:
    rows = tuple(Row(level["level"], _cells(results, level)) for level in results.screen["levels"])
    methods = sorted({_interval_method(level) for level in results.screen["levels"]})
    median = any(level.get("median_ratio") is not None for level in results.screen["levels"])
    extra = (Column(capital(results.scale.median())),) if median and results.scale.ratio else ()
    return Table(
        id="screen",
        caption=say("The screen, from the null rung ({scale}).", scale=_scale(results)),
        stub="Level",
        columns=(
            Column("Clusters"),
            Column("ICC (CI)"),
            Column("Share of variance"),
            *extra,
            Column("Design effect"),
            Column("Effective sample size"),
            Column("Verdict", numeric=False),
        ),
        groups=(RowGroup(None, rows),),
        notes=(
            say(
                "ICC: correlation of two {units} of a cluster of this level; share: this level's variance alone.",
                units=results.names.single(2),
            ),
            *(say("{method}.", method=capital(method)) for method in methods),
        ),
    )


def _scale(results: Results) -> str:
    scale = results.screen.get("scale") or ""
    return pretty(scale) if scale else "scale of the outcome"


def _cells(results: Results, level: dict) -> tuple[Cell | None, ...]:
    form = numbers.icc(level["icc"]).format
    known = any(one.get("median_ratio") is not None for one in results.screen["levels"]) and results.scale.ratio
    extra = (numbers.Number(level.get("median_ratio"), numbers.Format("ratio", 2)),) if known else ()
    return (
        results.clusters_of(level["level"], level["clusters"]),
        Estimate(level["icc"], level["ci_low"], level["ci_high"], form),
        numbers.percent(level["variance_share"]),
        *extra,
        numbers.magnitude(level["design_effect"], 3),
        numbers.about(level["effective_sample_size"]),
        level["verdict"],
    )

"""Effects across levels: within and between clusters, the range of slopes, and how slopes change with a moderator."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.page import Block, Note, Paragraph, Parts, Section, join, say
from epiladder.report.plots import interaction, simple_slopes
from epiladder.report.results import Results, covariance, estimates
from epiladder.report.sections import contextual


def section(results: Results) -> Section | None:
    """Contextual effects, ranges, then a picture and a table for each cross-level effect; nothing if there are none."""
    blocks = [*_between(results), *_moderated(results)]
    return Section("cross-level", "Effects across levels", tuple(blocks)) if blocks else None


def _between(results: Results) -> list[Block]:
    rows = [] if results.cross_effects is None else results.cross_effects["contextual"]
    blocks: list[Block] = [Paragraph(parts) for parts in contextual.sentence(results, rows)]
    return [*blocks, *(table for table in (contextual.effects(results), contextual.ranges(results)) if table)]


def _moderated(results: Results) -> list[Block]:
    found = estimates(results.fit("cross_level"))
    effects = () if found is None else interaction.effects(results, found)
    if found is None or not effects:
        return []
    words = (
        "Simple slopes of the cross-level rung over the observed range of the moderating variable [@bauer2005]; other "
        "covariates are held at their means, categories at their reference."
    )
    blocks: list[Block] = [Paragraph(say(words))]
    blocks += [
        Note("warning", _unsupported(effect.slope, results)) for effect in effects if _bare(results, found, effect)
    ]
    for at, effect in enumerate(effects):
        region, over = _region(results, effect), simple_slopes.figure(results, effect, at + 1)
        blocks += [
            interaction.figure(results, found, effect, at + 1),
            *([Paragraph(region)] if region else []),
            *([over] if over else []),
            interaction.table(results, found, effect, at + 1),
        ]
    return blocks


def _bare(results: Results, found: dict, effect: interaction.Effect) -> bool:
    """Whether the slope that meets the moderator has no random effect of its own."""
    terms = [t for level in results.levels() for t in (covariance(found, level) or {"terms": []})["terms"]]
    return effect.slope not in terms


def _unsupported(slope: str, results: Results):
    words = (
        "The slope of {slope} meets a cross-level variable, but is not let vary between clusters: its interval is too "
        "narrow if it does vary [@heisig2019]."
    )
    return say(words, slope=results.names.term(slope))


def _region(results: Results, effect: interaction.Effect) -> Parts | None:
    """Where over the moderator's 5th to 95th percentile the slope differs from zero."""
    row = interaction.recorded(results, effect)
    if row is None or row["region"] is None:
        return None
    region, seen = row["region"], row["region"]["seen"]
    form = numbers.significant(seen[1] - seen[0], 3)
    names: dict[str, Any] = {
        "slope": results.names.term(effect.slope),
        "moderator": results.names.term(effect.moderator),
        "share": numbers.percent(results.confidence()),
    }
    start = "The {share} interval of the slope of {slope} leaves out zero "
    if region["shown"] == [seen]:
        return say(start + "over the whole 5th to 95th percentile of {moderator}.", **names)
    if not region["shown"]:
        return say("The {share} interval of the slope of {slope} holds zero over the whole 5th to 95th percentile of "
                   "{moderator}.", **names)  # fmt: skip
    where = join([(numbers.Interval(part[0], part[1], form),) for part in region["shown"]])
    words = "where {moderator} lies in {where} (its 5th to 95th percentile is {seen}), one value at a time."
    return say(start + words, where=where, seen=numbers.Interval(seen[0], seen[1], form), **names)

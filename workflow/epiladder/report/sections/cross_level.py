"""Cross-level effects: how a slope changes with a variable of a higher level."""

from __future__ import annotations

from epiladder.report.page import Block, Note, Paragraph, Section, say
from epiladder.report.plots import interaction
from epiladder.report.results import Results, covariance, estimates


def section(results: Results) -> Section | None:
    """A picture and a table of simple slopes for each cross-level effect; nothing when there is none."""
    found = estimates(results.fit("cross_level"))
    if found is None:
        return None
    effects = interaction.effects(results, found)
    if not effects:
        return None
    words = (
        "Simple slopes of the cross-level rung over the observed range of the moderating variable [@bauer2005]; other "
        "covariates are held at their means, categories at their reference."
    )
    blocks: list[Block] = [Paragraph(say(words))]
    blocks += [
        Note("warning", _unsupported(effect.slope, results)) for effect in effects if _bare(results, found, effect)
    ]
    for at, effect in enumerate(effects):
        blocks += [
            interaction.figure(results, found, effect, at + 1),
            interaction.table(results, found, effect, at + 1),
        ]
    return Section("cross-level", "Cross-level effects", tuple(blocks))


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

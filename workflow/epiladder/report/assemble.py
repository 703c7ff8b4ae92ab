"""Assembly: the sections in their order, tables and figures numbered, citations numbered as they are first met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from epiladder.report import numbers, styles
from epiladder.report.citations import Citations
from epiladder.report.names import capital
from epiladder.report.page import Cite, Column, Figure, Page, Parts, Section, Table, rebuilt
from epiladder.report.results import Results
from epiladder.report.sections import (
    absolute_risks,
    accounting,
    changes,
    checklist,
    comparisons,
    cross_level,
    decisions,
    description,
    deviations,
    diagnostics,
    glossary,
    imputation,
    influence,
    ladder,
    levels,
    looks,
    measures,
    methods,
    missing,
    notes,
    notice,
    outcome,
    pooling,
    provenance,
    retained,
    screen,
    standard_practice,
    trouble,
    variance_tests,
    verdict,
    warnings,
)
from epiladder.report.translation import translated

SECTIONS: tuple[Callable[[Results], Section | None], ...] = (
    accounting.section,
    missing.section,
    imputation.section,
    description.section,
    levels.section,
    screen.section,
    ladder.section,
    comparisons.section,
    variance_tests.section,
    decisions.section,
    retained.section,
    absolute_risks.section,
    measures.section,
    cross_level.section,
    standard_practice.section,
    pooling.section,
    influence.section,
    diagnostics.section,
    methods.section,
    notes.section,
    looks.section,
    deviations.section,
    changes.section,
    warnings.section,
    provenance.section,
    glossary.section,
)


def page(results: Results) -> Page:
    """The page of a study, every part of it numbered."""
    sections = _with_checklist(results, [made for make in SECTIONS for made in [_made(make, results)] if made])
    results.disclosure.log.where = "first page"
    found = Page(
        study=results.plan["id"],
        title=results.plan["title"],
        question=results.plan.get("question") or "",
        notice=notice.notice(results),
        verdict=verdict.verdict(results),
        facts=facts(results),
        cautions=(*looks.cautions(results), *deviations.cautions(results), *trouble.cautions(results)),
        warnings=warnings.gather(results),
        sections=sections,
        references=(),
        identity=provenance.identity(results),
        watermark=notice.watermark(results),
    )
    return numbered(translated(found))


def _made(make: Callable[[Results], Section | None], results: Results) -> Section | None:
    """A section; what it hides is logged under the name of its module."""
    results.disclosure.log.where = make.__module__.rpartition(".")[2]
    return make(results)


def _with_checklist(results: Results, sections: list[Section]) -> tuple[Section, ...]:
    """The sections with the checklist before the warnings: it alone needs to know what the page has."""
    titles = {"verdict": "What was found", **{section.id: section.title for section in sections}}
    made = checklist.section(results, titles)
    at = next((at for at, section in enumerate(sections) if section.id == "warnings"), len(sections))
    return (*sections[:at], *((made,) if made else ()), *sections[at:])


def facts(results: Results) -> tuple[tuple[str, Parts], ...]:
    """The head's short facts: outcome, units, clusters, ICC, rung, warnings."""
    retained_rung = results.retained()
    clusters = tuple(
        (capital(results.names.level(level["name"], 2)), (results.clusters_of(level["name"], level["n_clusters"]),))
        for level in results.design["levels"]
    )
    scale = "" if results.scale.gaussian else ", latent" if results.scale.level1 is not None else ", counts"
    correlations = tuple(
        (f"ICC, {one['level']}{scale}", (numbers.icc(one["icc"]),)) for one in results.screen["levels"]
    )
    return (
        ("Outcome", (results.names.outcome(),)),
        *outcome.facts(results),
        (capital(results.names.unit(2)), (results.disclosure.count(results.design["n_rows"]),)),
        *clusters,
        *correlations,
        ("Rung that is read", (results.names.rung(retained_rung) if retained_rung else "none",)),
        ("Warnings", (numbers.count(len(warnings.gather(results))),)),
    )


def numbered(found: Page) -> Page:
    """Give tables, figures and citations their numbers, in the order of reading."""
    citations = Citations()
    counters = {Table: 0, Figure: 0}

    def visit(value: Any) -> Any:
        if isinstance(value, Cite):
            return replace(value, number=citations.number(value.key))
        if isinstance(value, (Table, Figure)) and (isinstance(value, Figure) or value.shown):
            counters[type(value)] += 1
            value = replace(value, number=counters[type(value)])
        if isinstance(value, Column):
            return replace(value, label=styles.heading(value.label))
        return rebuilt(value, visit)

    done = visit(found)
    return replace(done, references=citations.references())


def blocks_of(found: Page, kind: type) -> list[Any]:
    """Every block of a kind, in the order of reading; a figure's data count among the tables."""
    blocks = [block for section in found.sections for block in section.blocks]
    data = [block.data for block in blocks if isinstance(block, Figure) and block.data is not None]
    return [block for block in [*blocks, *data] if isinstance(block, kind)]

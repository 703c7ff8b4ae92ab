"""The report of one study, from `results/<study>` to `reports/<study>`: HTML, Markdown, tables and figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from epiladder.files import canonical_json, write_text
from epiladder.report.assemble import blocks_of, page
from epiladder.report.page import Block, Figure, Page, Table
from epiladder.report.plots.canvas import watermarked
from epiladder.report.release import record, without_names
from epiladder.report.render.html import html
from epiladder.report.render.markdown import markdown
from epiladder.report.render.tables import csv
from epiladder.report.results import Results, read
from epiladder.report.written import own_words, written_for

RELEASE = "RELEASE.json"


def build(results: Path, out: Path) -> None:
    """Write the report, its tables, figures and RELEASE.json into `out`, and take away what an older run left.

    Estimates come from the results' files only. Raises DiskError for a file that is missing or cannot be written.
    """
    wanted = pages(read(results))
    _forget(out, set(wanted))
    for name, text in wanted.items():
        write_text(out / name, text)


def pages(results: Results) -> dict[str, str]:
    """Every file of the report by its path in the folder, as text, in the language and style that the plan asks for."""
    with written_for(results):
        made = without_names(page(results), results.disclosure, results.pseudonyms or {}, own_words(results))
        made = _marked(made)
        wanted = {"report.html": html(made), "report.md": markdown(made)}
        wanted |= {f"tables/{table.id}.csv": csv(table) for table in blocks_of(made, Table)}
        wanted |= {f"figures/{figure.id}.svg": figure.svg for figure in blocks_of(made, Figure)}
    return wanted | {RELEASE: canonical_json(record(results.plan["id"], results.disclosure, wanted))}


def _marked(made: Page) -> Page:
    """The page with its watermark in every picture; as it is where it has none."""
    if made.watermark is None:
        return made
    words = made.watermark

    def mark(block: Block) -> Block:
        return replace(block, svg=watermarked(block.svg, words)) if isinstance(block, Figure) else block

    sections = tuple(replace(one, blocks=tuple(mark(block) for block in one.blocks)) for one in made.sections)
    return replace(made, sections=sections)


def _forget(out: Path, wanted: set[str]) -> None:
    """Remove tables and figures that this report no longer has: what stays in the folder may leave the house."""
    for folder, pattern in (("tables", "*.csv"), ("figures", "*.svg")):
        for path in sorted((out / folder).glob(pattern)):
            if f"{folder}/{path.name}" not in wanted:
                path.unlink()

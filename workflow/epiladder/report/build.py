"""The report of one study, from `results/<study>` to `reports/<study>`: HTML, Markdown, tables and figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from epiladder.errors import DiskError
from epiladder.files import canonical_json, write_bytes, write_text
from epiladder.report.assemble import blocks_of, page
from epiladder.report.page import Block, Figure, Page, Table
from epiladder.report.plots.canvas import watermarked
from epiladder.report.printer import printed
from epiladder.report.release import record, without_names
from epiladder.report.render.html import html
from epiladder.report.render.markdown import markdown
from epiladder.report.render.tables import csv
from epiladder.report.results import Results, read
from epiladder.report.written import own_words, written_for

RELEASE = "RELEASE.json"
PDF = "report.pdf"


def build(results: Path, out: Path) -> None:
    """Write the report, its tables, figures and RELEASE.json into `out`, and take away what an older run left.

    Estimates come from the results' files only. Raises DiskError for a file that is missing or cannot be written.
    """
    found = read(results)
    wanted = pages(found, printed_before(found, out))
    _forget(out, {*wanted, *([PDF] if asks_for_pdf(found) else [])})
    for name, text in wanted.items():
        write_text(out / name, text)


def build_pdf(results: Path, out: Path) -> None:
    """Write the report as an accessible PDF into `out`. Raises PlanError where what prints it is not there."""
    write_bytes(out / PDF, print_pdf(read(results)))


def print_pdf(results: Results) -> bytes:
    """The report as an accessible PDF, in the language and style that the plan asks for."""
    with written_for(results):
        return printed(released(results))


def asks_for_pdf(results: Results) -> bool:
    """Whether the plan asks for the report as a PDF too."""
    return bool((results.plan.get("report") or {}).get("pdf"))


def printed_before(results: Results, out: Path) -> bytes | None:
    """The PDF that the plan asks for, as it lies in the report's folder; None where it asks for none.

    Raises DiskError where it is not there.
    """
    if not asks_for_pdf(results):
        return None
    try:
        return (out / PDF).read_bytes()
    except OSError as error:
        raise DiskError(f"{out / PDF}: cannot be read ({error.strerror}). `epiladder pdf` makes it.") from None


def pages(results: Results, pdf: bytes | None = None) -> dict[str, str]:
    """Every file of the report by its path in the folder, as text, in the language and style that the plan asks for.

    pdf: the PDF beside them, which their record vouches for too.
    """
    with written_for(results):
        made = released(results)
        wanted = {"report.html": html(made), "report.md": markdown(made)}
        wanted |= {f"tables/{table.id}.csv": csv(table) for table in blocks_of(made, Table)}
        wanted |= {f"figures/{figure.id}.svg": figure.svg for figure in blocks_of(made, Figure)}
    vouched = wanted if pdf is None else {**wanted, PDF: pdf}
    return wanted | {RELEASE: canonical_json(record(results.plan["id"], results.disclosure, vouched))}


def released(results: Results) -> Page:
    """The page as it may leave, names of clusters replaced; in the language and style that are current."""
    return _marked(without_names(page(results), results.disclosure, results.pseudonyms or {}, own_words(results)))


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
    """Remove tables, figures and a PDF that this report no longer has: what stays in the folder may leave the house."""
    for pattern in ("tables/*.csv", "figures/*.svg", PDF):
        for path in sorted(out.glob(pattern)):
            if path.relative_to(out).as_posix() not in wanted:
                path.unlink()

"""The index over the studies of a run: question, answer, clustering, rung, warnings and identity, a card a study."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from epiladder.errors import DiskError
from epiladder.files import read_json, write_text
from epiladder.report import assemble
from epiladder.report.page import Note, Parts
from epiladder.report.render import html, markdown
from epiladder.report.results import Results, read
from epiladder.report.sections import notice, provenance, verdict, warnings
from epiladder.report.styles import written_in


@dataclass(frozen=True)
class Entry:
    """One study as the index tells of it; `ended` is when its run ended, in words, empty where no manifest says so."""

    study: str
    title: str
    question: str
    notice: Parts | None
    answer: tuple[Parts, ...]
    facts: tuple[tuple[str, Parts], ...]
    warnings: tuple[Note, ...]
    identity: str
    ended: str


def build(folders: tuple[Path, ...], out: Path) -> None:
    """Write index.html and index.md into `out`, from the results folders of the studies, in the order of their ids.

    The report of each study is taken to lie at `<out>/<study>`. Raises DiskError for a file that is missing.
    """
    entries = tuple(sorted((entry(folder) for folder in folders), key=lambda one: one.study))
    write_text(out / "index.html", html.index(entries))
    write_text(out / "index.md", markdown.index(entries))


def entry(folder: Path) -> Entry:
    """The study of a results folder, in the style that its plan asks for; every number is already text."""
    found = read(folder)
    with written_in((found.plan.get("report") or {}).get("style")):
        return _entry(found, _ended(folder))


def _entry(results: Results, ended: str) -> Entry:
    findings = verdict.verdict(results)
    return Entry(
        study=results.plan["id"],
        title=results.plan["title"],
        question=results.plan.get("question") or "",
        notice=notice.notice(results),
        answer=tuple(html.frozen(parts) for parts in findings[0].sentences),
        facts=tuple((label, html.frozen(value)) for label, value in assemble.facts(results)),
        warnings=warnings.gather(results),
        identity=provenance.identity(results),
        ended=ended,
    )


def _ended(folder: Path) -> str:
    """`2026-11-24 14:05 UTC`, from the manifest."""
    try:
        ended = str(read_json(folder / "manifest.json").get("ended") or "")
    except DiskError:
        return ""
    return f"{ended[:10]} {ended[11:16]} UTC" if ended else ""

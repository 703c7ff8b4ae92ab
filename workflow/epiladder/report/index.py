"""The index over the studies of a run: question, answer, clustering, rung, warnings and identity, a card a study.

It is in the language of the studies where all of them have one, and in English where their languages differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from epiladder.errors import DiskError
from epiladder.files import read_json, write_json, write_text
from epiladder.report import assemble, release
from epiladder.report.build import RELEASE, asks_for_pdf
from epiladder.report.disclosure import Disclosure
from epiladder.report.language import ENGLISH, spoken
from epiladder.report.numbers import count
from epiladder.report.page import Code, Note, Parts, say
from epiladder.report.render import html, markdown
from epiladder.report.results import Results, read
from epiladder.report.sections import looks, notice, provenance, verdict, warnings
from epiladder.report.styles import written_in
from epiladder.report.translation import told
from epiladder.report.written import language_of, own_words, written_for


@dataclass(frozen=True)
class Entry:
    """One study as the index tells of it; `ended` is when its run ended, in words, empty where no manifest says so.

    differs: from the study that it was spread from; spread: that study, and the number of looks. pdf: whether a
    PDF lies beside the report.
    """

    study: str
    title: str
    question: str
    notice: Parts | None
    answer: tuple[Parts, ...]
    facts: tuple[tuple[str, Parts], ...]
    warnings: tuple[Note, ...]
    identity: str
    ended: str
    differs: Parts = ()
    spread: tuple[str, int] = ("", 1)
    pdf: bool = False


def build(folders: tuple[Path, ...], out: Path) -> None:
    """Write index.html, index.md and RELEASE.json into `out`, from the studies' results folders, in the order of ids.

    The report of each study is taken to lie at `<out>/<study>`. Raises DiskError for a file that is missing.
    """
    language = common_language(folders)
    found = sorted((entry(folder, language) for folder in folders), key=lambda pair: pair[0].study)
    entries = tuple(one for one, _ in found)
    with written_in(None, language), spoken(language):
        looked = spread(entries)
        files = {"index.html": html.index(entries, looked), "index.md": markdown.index(entries, looked)}
    for name, text in files.items():
        write_text(out / name, text)
    rules = {one.study: rule for one, rule in found}
    write_json(out / RELEASE, release.record_of_index(rules, files))


def common_language(folders: tuple[Path, ...]) -> str:
    """The language that the plans of all studies ask for; English where they ask for several."""
    asked = {language_of(read_json(folder / "plan.json")) for folder in folders}
    return asked.pop() if len(asked) == 1 else ENGLISH


def entry(folder: Path, language: str = ENGLISH) -> tuple[Entry, Disclosure]:
    """The study of a results folder in a language and in the style that its plan asks for; its rule of disclosure.

    Every number is already text, and names of clusters are replaced as on the study's own pages.
    """
    found = read(folder)
    with written_for(found, language):
        made = _frozen(told(_entry(found, _ended(folder))))
    found.disclosure.log.where = "index"
    return release.without_names(made, found.disclosure, found.pseudonyms or {}, own_words(found)), found.disclosure


def spread(entries: tuple[Entry, ...]) -> tuple[Parts, ...]:
    """A sentence for each study that was spread into several of these: how many looks, and that nothing is adjusted."""
    plans = dict.fromkeys(one.spread for one in entries if one.spread[1] > 1)
    words = "The plan of {of} was spread into {n} studies, each a look at the same data: nothing is adjusted for them."
    return tuple(html.frozen(told(say(words, of=Code(of), n=count(looks)))) for of, looks in plans)


def _entry(results: Results, ended: str) -> Entry:
    findings = verdict.verdict(results)
    return Entry(
        study=results.plan["id"],
        title=results.plan["title"],
        question=results.plan.get("question") or "",
        notice=notice.notice(results),
        answer=findings[0].sentences,
        facts=assemble.facts(results),
        warnings=warnings.gather(results),
        identity=provenance.identity(results),
        ended=ended,
        differs=looks.differences(results),
        spread=_spread(results.plan.get("expanded") or {}),
        pdf=asks_for_pdf(results),
    )


def _frozen(made: Entry) -> Entry:
    """The entry with its numbers as text: the page of all studies has no style of its own."""
    return replace(
        made,
        answer=tuple(html.frozen(parts) for parts in made.answer),
        facts=tuple((label, html.frozen(value)) for label, value in made.facts),
        differs=html.frozen(made.differs),
    )


def _spread(found: dict[str, Any]) -> tuple[str, int]:
    return str(found.get("of") or ""), int(found.get("looks") or 1)


def _ended(folder: Path) -> str:
    """`2026-11-24 14:05 UTC`, from the manifest."""
    try:
        ended = str(read_json(folder / "manifest.json").get("ended") or "")
    except DiskError:
        return ""
    return f"{ended[:10]} {ended[11:16]} UTC" if ended else ""

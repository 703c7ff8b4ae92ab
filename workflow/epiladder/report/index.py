"""The index over the studies of a run: question, answer, clustering, rung, warnings and identity, a card a study."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epiladder.errors import DiskError
from epiladder.files import read_json, write_json, write_text
from epiladder.report import assemble, release
from epiladder.report.build import RELEASE
from epiladder.report.disclosure import Disclosure
from epiladder.report.numbers import count
from epiladder.report.page import Code, Note, Parts, say
from epiladder.report.render import html, markdown
from epiladder.report.results import Results, read
from epiladder.report.sections import looks, notice, provenance, verdict, warnings
from epiladder.report.styles import written_in
from epiladder.report.written import own_words


@dataclass(frozen=True)
class Entry:
    """One study as the index tells of it; `ended` is when its run ended, in words, empty where no manifest says so.

    differs: from the study that it was spread from; spread: that study, and the number of looks.
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


def build(folders: tuple[Path, ...], out: Path) -> None:
    """Write index.html, index.md and RELEASE.json into `out`, from the studies' results folders, in the order of ids.

    The report of each study is taken to lie at `<out>/<study>`. Raises DiskError for a file that is missing.
    """
    found = sorted((entry(folder) for folder in folders), key=lambda pair: pair[0].study)
    entries = tuple(one for one, _ in found)
    files = {"index.html": html.index(entries, spread(entries)), "index.md": markdown.index(entries, spread(entries))}
    for name, text in files.items():
        write_text(out / name, text)
    rules = {one.study: rule for one, rule in found}
    write_json(out / RELEASE, release.record_of_index(rules, files))


def entry(folder: Path) -> tuple[Entry, Disclosure]:
    """The study of a results folder, in the style that its plan asks for, and its rule of disclosure.

    Every number is already text, and names of clusters are replaced as on the study's own pages.
    """
    found = read(folder)
    with written_in((found.plan.get("report") or {}).get("style")):  # one language for all studies: English
        made = _entry(found, _ended(folder))
    found.disclosure.log.where = "index"
    return release.without_names(made, found.disclosure, found.pseudonyms or {}, own_words(found)), found.disclosure


def spread(entries: tuple[Entry, ...]) -> tuple[Parts, ...]:
    """A sentence for each study that was spread into several of these: how many looks, and that nothing is adjusted."""
    plans = dict.fromkeys(one.spread for one in entries if one.spread[1] > 1)
    words = "The plan of {of} was spread into {n} studies, each a look at the same data: nothing is adjusted for them."
    return tuple(html.frozen(say(words, of=Code(of), n=count(looks))) for of, looks in plans)


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
        differs=html.frozen(looks.differences(results)),
        spread=_spread(results.plan.get("expanded") or {}),
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

"""A language of the report: a catalogue of sentences, keyed by the English ones, as gettext has them.

A key is an English sentence in which everything that the study or a number fills in stands as `{1}`, `{2}`, in the
order of reading; its translation may order them anew. A language is a folder of `languages/`, a file a part of the
page; the code of the sections knows nothing of it. A sentence without a translation stays English, marked as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from epiladder.report.styles import Style
from epiladder.report.styles import current as style

FOLDER = Path(__file__).parent / "languages"
ENGLISH = "en"
PLACE = re.compile(r"\{(\d+)\}")
END = re.compile(r"(?<=[.!?])\s+(?=\S)")  # of a sentence
CLAUSE = "; "
LETTERS = re.compile(r"[A-Za-z]{2}")


class English(str):
    """Words for which the page's language has none."""

    __slots__ = ()


@dataclass(frozen=True)
class Catalogue:
    """A language: its name (`de`), its sentences, and the study's words.

    `own` finds words of the study inside sentences, `plain` are all that stand alone and are no sentences, of software
    too. `unknown` gathers the sentences that were asked for and not there.
    """

    name: str
    sentences: dict[str, str]
    own: re.Pattern[str] | None = None
    plain: frozenset[str] = frozenset()
    unknown: dict[str, None] = field(default_factory=dict, compare=False)


_CURRENT: ContextVar[Catalogue | None] = ContextVar("language", default=None)


def current() -> Catalogue | None:
    """The catalogue that the page is written by; None for English."""
    return _CURRENT.get()


def code() -> str:
    """The code of the page's language, for the `lang` of HTML."""
    found = current()
    return found.name if found else ENGLISH


@contextmanager
def spoken(name: str | None, own: Iterable[str] = (), plain: Iterable[str] = ()) -> Iterator[Catalogue | None]:
    """Write a page in a language; `own` are the study's words inside sentences, `plain` those that stand alone."""
    found = None
    if name not in (None, ENGLISH):
        words = sorted({word for word in own if len(word) > 1}, key=lambda word: (-len(word), word))
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)") if words else None
        found = Catalogue(name, read(name), pattern, frozenset(plain))
    token = _CURRENT.set(found)
    try:
        yield found
    finally:
        _CURRENT.reset(token)


@cache
def read(name: str) -> dict[str, str]:
    """The sentences of a language, from all files of its folder."""
    import yaml

    found: dict[str, str] = {}
    for path in sorted((FOLDER / name).glob("*.yaml")):
        found |= yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return found


def word(text: str) -> str:
    """A label or a sentence in the page's language; as it stands where the page is English or the language has none."""
    found = current()
    return text if found is None or not LETTERS.search(text) else "".join(sentences(text, found))


def sentences(text: str, catalogue: Catalogue) -> Iterator[str]:
    """The whole text where the catalogue has it, else sentence by sentence; an unknown one comes as `English`."""
    whole = _said(text, catalogue)
    ends = [] if whole is not None else list(END.finditer(text))
    if not ends:
        yield _known(text, whole, catalogue)
        return
    at = 0
    for stop, start in (*((end.start(), end.end()) for end in ends), (len(text), len(text))):
        yield _known(text[at:stop], _said(text[at:stop], catalogue), catalogue)
        yield text[stop:start]
        at = start


def _known(text: str, said: str | None, catalogue: Catalogue) -> str:
    if said is not None:
        return said
    clauses = [_said(clause, catalogue) for clause in text.split(CLAUSE)]
    if all(clauses):  # a list of things that is longer in one study than in another
        return CLAUSE.join(map(str, clauses))
    key = _shape(text.strip(), _with_own(catalogue))[0].replace(style().interval.strip(), "CI")
    if text.strip() in catalogue.plain or not LETTERS.search(
        PLACE.sub("", key)
    ):  # nothing but numbers and the study's own words
        return text
    catalogue.unknown[key] = None
    return English(text)


def _said(text: str, catalogue: Catalogue) -> str | None:
    """A text in the language; None where the catalogue has it in none of the shapes under which it may stand: as it is,
    with its numbers as places, and with the study's words too."""
    bare = text.strip()
    for pattern in (None, _numbers(style()), _with_own(catalogue)):
        key, filled = (bare, []) if pattern is None else _shape(bare, pattern)
        key = key.replace(style().interval.strip(), "CI")
        found = _stopped(key, catalogue)
        if found is not None:
            inside = [_inside(one, catalogue) for one in filled]
            made = PLACE.sub(lambda place, inside=inside: inside[int(place[1]) - 1], found)
            return text[: len(text) - len(text.lstrip())] + made + text[len(text.rstrip()) :]
    return None


def _stopped(key: str, catalogue: Catalogue) -> str | None:
    """The translation of a key, which may stand in the catalogue with its full stop or without."""
    found = catalogue.sentences.get(key)
    if found is not None:
        return found
    if key.endswith("."):
        bare = catalogue.sentences.get(key[:-1])
        return None if bare is None else bare + "."
    full = catalogue.sentences.get(key + ".")
    return None if full is None else full.removesuffix(".")


def _inside(filled: str, catalogue: Catalogue) -> str:
    """What is filled in, itself a word of ours perhaps; of a rung with a block only the rung is."""
    head, colon, rest = filled.partition(": ")
    return catalogue.sentences.get(filled) or catalogue.sentences.get(head, head) + colon + rest


def _shape(text: str, pattern: re.Pattern[str]) -> tuple[str, list[str]]:
    """A text as a key, and what stands in its places."""
    filled: list[str] = []

    def place(found: re.Match[str]) -> str:
        filled.append(found[0])
        return f"{{{len(filled)}}}"

    return pattern.sub(place, text), filled


@cache
def _numbers(marks: Style) -> re.Pattern[str]:
    """What was filled in already, and numbers as a style prints them, with an interval where one follows."""
    number = rf"[−<>-]?\d[\d\u202f,]*(?:{re.escape(marks.decimal)}\d+)?(?:\u00a0×\u00a010[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?%?"
    between = f"(?:{re.escape(marks.between)}|{re.escape(marks.between_signed)})"
    share = rf"(?:\d[\d.,]*%[ -]{re.escape(marks.interval)})?"
    return re.compile(rf"\ue000\d+\ue001|(?<!\w){share}{number}(?:{between}{number})?(?!\w)")


def _with_own(catalogue: Catalogue) -> re.Pattern[str]:
    """The same, and the study's own words."""
    found = _numbers(style())
    return found if catalogue.own is None else re.compile(f"{found.pattern}|{catalogue.own.pattern}")

"""A language of the report: a catalogue of sentences, keyed by the English ones, as gettext has them.

A key is an English sentence in which everything that the study or a number fills in stands as `{1}`, `{2}`, in the
order of reading; its translation may order them anew. A language is a folder of `languages/`, a file a part of the
page; the code of the sections knows nothing of it. Its `filled.yaml` has the software's own words that fill places
(methods, criteria). A list of things is one place where no key has a place for each. A sentence without a translation
stays English, marked as such.
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
FILLED = "filled.yaml"
LIST = r", | and |, and "
LETTERS = re.compile(r"[A-Za-z]{2}")


class English(str):
    """Words for which the page's language has none."""

    __slots__ = ()


@dataclass(frozen=True)
class Catalogue:
    """A language: its name (`de`), its sentences, and the study's words.

    `shapes` find what fills places, the plainest first: nothing, numbers, the study's words too, then all words that
    may, then lists of them. `plain` are words that stand alone and are no sentences, of software too. `unknown` gathers
    the sentences that were asked for and not there.
    """

    name: str
    sentences: dict[str, str]
    shapes: tuple[re.Pattern[str] | None, ...] = (None,)
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
def spoken(
    name: str | None, own: Iterable[str] = (), plain: Iterable[str] = (), categories: Iterable[str] = ()
) -> Iterator[Catalogue | None]:
    """Write a page in a language; `own` are the study's words inside sentences, `categories` those that are words of
    other senses too, `plain` those that stand alone."""
    found = None
    if name not in (None, ENGLISH):
        found = Catalogue(name, read(name), _shapes(name, set(own), set(categories)), frozenset(plain))
    token = _CURRENT.set(found)
    try:
        yield found
    finally:
        _CURRENT.reset(token)


def _shapes(name: str, own: set[str], categories: set[str]) -> tuple[re.Pattern[str] | None, ...]:
    """What may fill a place, from nothing to lists of words."""
    number = _numbers(style()).pattern
    narrow = f"{number}{_either(own)}"
    wide = f"(?:{number}{_either(own | categories | set(_filled(name)))})"
    found = (number, narrow, wide, f"{wide}(?:(?:{LIST}){wide})*")
    return (None, *(re.compile(pattern) for pattern in found))


def _either(words: set[str]) -> str:
    known = sorted({word for word in words if len(word) > 1}, key=lambda word: (-len(word), word))
    return rf"|(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)" if known else ""


@cache
def read(name: str) -> dict[str, str]:
    """The sentences of a language, from all files of its folder."""
    found: dict[str, str] = {}
    for path in sorted((FOLDER / name).glob("*.yaml")):
        found |= _read(path)
    return found


@cache
def _filled(name: str) -> tuple[str, ...]:
    """The software's own words that fill places of sentences."""
    return tuple(_read(FOLDER / name / FILLED))


def _read(path: Path) -> dict[str, str]:
    import yaml

    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def word(text: str) -> str:
    """A label or a sentence in the page's language; `English` as a whole where the language lacks a part of it."""
    found = current()
    if found is None or not LETTERS.search(text):
        return text
    told = list(sentences(text, found))
    return English(text) if any(isinstance(piece, English) for piece in told) else "".join(told)


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
    key = _shape(text.strip(), catalogue.shapes[min(2, len(catalogue.shapes) - 1)])[0]
    if text.strip() in catalogue.plain or not LETTERS.search(
        PLACE.sub("", key)
    ):  # nothing but numbers and the study's own words
        return text
    catalogue.unknown[key] = None
    return English(text)


def _said(text: str, catalogue: Catalogue) -> str | None:
    """A text in the language; None where the catalogue has it in none of the shapes under which it may stand."""
    bare = text.strip()
    for pattern in catalogue.shapes:
        key, filled = _shape(bare, pattern)
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
    """What is filled in, itself a word of ours perhaps, or a list of such; of a rung with a block only the rung is."""
    head, colon, rest = filled.partition(": ")
    whole = catalogue.sentences.get(filled) or (catalogue.sentences.get(head, "") and catalogue.sentences[head] + colon)
    if whole:
        return whole if filled in catalogue.sentences else whole + rest
    last = catalogue.sentences.get("and", "and")
    pieces = re.split(f"({LIST})", filled)
    told = [catalogue.sentences.get(one, one) for one in pieces[::2]]
    between = [mark.replace("and", last) for mark in pieces[1::2]]
    return "".join(piece for pair in zip(told, [*between, ""], strict=True) for piece in pair)


def _shape(text: str, pattern: re.Pattern[str] | None) -> tuple[str, list[str]]:
    """A text as a key, and what stands in its places."""
    filled: list[str] = []

    def place(found: re.Match[str]) -> str:
        filled.append(found[0])
        return f"{{{len(filled)}}}"

    key = text if pattern is None else pattern.sub(place, text)
    share = style().share.removeprefix("%")
    return key.replace(share + style().interval.strip(), " CI").replace(style().interval.strip(), "CI"), filled


@cache
def _numbers(marks: Style) -> re.Pattern[str]:
    """What was filled in already, and numbers as a style prints them, with an interval where one follows.

    A mark of the thousands stands before three digits, a decimal mark before one at least: a comma behind a number is
    no part of it.
    """
    digits = rf"\d+(?:{re.escape(marks.thousands)}\d{{3}}(?!\d))*" if marks.thousands else r"\d+"
    decimals = rf"{re.escape(marks.decimal)}\d+"
    number = rf"[−<>-]?(?:{digits}(?:{decimals})?|{decimals})(?:\u00a0×\u00a010[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?%?"
    between = f"(?:{re.escape(marks.between)}|{re.escape(marks.between_signed)})"
    share = rf"(?:\d+(?:{decimals})?%[ -]{re.escape(marks.interval)})?"
    version = r"\d+(?:\.\d+){2,}"  # of a library
    return re.compile(rf"\ue000\d+\ue001|(?<!\w){version}(?!\w)|(?<!\w){share}{number}(?:{between}{number})?(?!\w)")

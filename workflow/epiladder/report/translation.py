"""A page in another language: every sentence, head and label of it looked up in the catalogue, numbers untouched."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any

from epiladder.report import language
from epiladder.report.language import Catalogue, English
from epiladder.report.page import Code, Inline, Name, Note, Page, Parts, Row, rebuilt

PLACES = re.compile("(\ue000\\d+\ue001)")
SENTENCE = 4  # words from which something filled in is a sentence of the results, unless the plan has it
NO_PLACES = {0xE000: None, 0xE001: None}  # what marks a place is never a word


def translated(page: Page) -> Page:
    """The page in the language that is spoken now; the same page where that is English."""
    catalogue = language.current()
    return page if catalogue is None else _confessed(told(page), catalogue)


def told(found: Any) -> Any:
    """A page, an entry of the index or prose in the language that is spoken now, without a word on what it lacks."""
    catalogue = language.current()
    if catalogue is None:
        return found
    if not is_dataclass(found) or isinstance(found, type):
        return _value(found, catalogue)
    done = {one.name: getattr(found, one.name) for one in fields(found)}
    done = {name: value if name in KEPT else _value(value, catalogue) for name, value in done.items()}
    return replace(found, **done)


def _confessed(page: Page, catalogue: Catalogue) -> Page:
    """The page with a word on the sentences that stay English; as it is where there are none."""
    if not catalogue.unknown:
        return page
    many = len(catalogue.unknown)
    one = many == 1
    words = f"{many} {'sentence' if one else 'sentences'} of this page {'has' if one else 'have'} no translation and "
    words += f"{'stands' if one else 'stand'} in English."
    note = Note("remark", (language.word(words),))
    sections = (replace(one, blocks=(*one.blocks, note)) if one.id == "provenance" else one for one in page.sections)
    return replace(page, sections=tuple(sections))


IDS = ("id", "anchor", "key", "kind", "svg", "study", "doi", "lines", "format")
KEPT = ("study", "title", "question", "references", "identity", "watermark", "ended", "spread")


def _value(value: Any, catalogue: Catalogue) -> Any:
    """A part of the page: prose is translated as a whole, labels by themselves, all else looked into."""
    if isinstance(value, Name):
        return _named(value, catalogue)
    if isinstance(value, Code):
        return value
    if type(value) is str:
        return language.word(value)
    if isinstance(value, tuple) and _is_prose(value):
        return _prose(value, catalogue)
    if isinstance(value, Row):  # its cells stand apart, and are no prose
        return replace(
            value,
            label=language.word(value.label),
            cells=tuple(_value(cell, catalogue) for cell in value.cells),
        )
    return rebuilt(value, lambda part: _value(part, catalogue), IDS)


def _named(value: Name, catalogue: Catalogue) -> Name | English:
    """Words that were filled in: a name of the study's stays, a sentence of the results is looked up as any other."""
    if len(value.text.split()) < SENTENCE or value.text in catalogue.plain:
        return Name(catalogue.sentences.get(value.text, value.text))
    told = language.word(value.text)
    return told if isinstance(told, English) else Name(told)


def _is_prose(value: tuple) -> bool:
    """Whether a tuple is prose: text and marked things; a list of such, or of blocks, is not."""
    return len(value) > 0 and all(isinstance(one, Inline) for one in value)


def _prose(parts: Parts, catalogue: Catalogue) -> Parts:
    """Prose in the language: what is filled in keeps its place in the sentence, and is looked into."""
    text = "".join(
        part.translate(NO_PLACES) if type(part) is str else f"\ue000{at}\ue001" for at, part in enumerate(parts)
    )
    made: list[Inline] = []
    for piece in language.sentences(text, catalogue):
        kind = English if isinstance(piece, English) else str
        for bit in PLACES.split(piece):
            if PLACES.fullmatch(bit):
                made.append(_value(parts[int(bit[1:-1])], catalogue))
            elif bit:
                made.append(kind(bit))
    return tuple(made)

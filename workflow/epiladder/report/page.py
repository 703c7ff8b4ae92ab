"""The report as frozen data: page, section, paragraph, table, figure, note. Renderings read it; nothing else writes.

Prose is a tuple of parts, text and marked things in between, made by `say` from a template of ours and values of the
study's. Values are never parsed, so a hostile label is text and nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from epiladder.report.mathematics import Node
from epiladder.report.numbers import Estimate, Interval, Number


@dataclass(frozen=True)
class Cite:
    """A reference, by its key in the bibliography; assembling the page gives it a number."""

    key: str
    number: int | None = None


@dataclass(frozen=True)
class Strong:
    """Text that carries weight."""

    text: str


@dataclass(frozen=True)
class Code:
    """A name as it stands in a file: a term, a check, a path."""

    text: str


@dataclass(frozen=True)
class Link:
    """A link to a place of this page."""

    text: str
    anchor: str


@dataclass(frozen=True)
class Name:
    """A word of the study's own (a label, a category): text in any script and direction."""

    text: str


Inline = str | Number | Estimate | Interval | Cite | Strong | Code | Link | Name
Parts = tuple[Inline, ...]
Cell = Number | Estimate | Interval | Name | str | Parts


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of prose."""

    parts: Parts


@dataclass(frozen=True)
class Bullets:
    """A list of short statements."""

    items: tuple[Parts, ...]


@dataclass(frozen=True)
class Note:
    """Something a reader must not miss; `kind` is `warning` or `remark`."""

    kind: str
    parts: Parts


@dataclass(frozen=True)
class Definitions:
    """Terms with their meanings."""

    items: tuple[tuple[str, Parts], ...]


@dataclass(frozen=True)
class Equation:
    """Displayed mathematics, one node a line."""

    lines: tuple[Node, ...]


@dataclass(frozen=True)
class Column:
    """A column's head and what is printed under it: numbers or text."""

    label: str
    numeric: bool = True


@dataclass(frozen=True)
class Row:
    """A row: its label and one cell a column (None is an empty cell)."""

    label: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class RowGroup:
    """Rows under a heading, or under none."""

    label: str | None
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """A table: caption, stub head, columns, groups of rows, notes. `shown` is false for a picture's data."""

    id: str
    caption: Parts
    stub: str
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    notes: tuple[Parts, ...] = ()
    shown: bool = True
    number: int | None = None


@dataclass(frozen=True)
class Figure:
    """A picture: SVG, caption, a text alternative that states the finding, and its data where they may be shown."""

    id: str
    caption: Parts
    alternative: str
    svg: str
    data: Table | None = None
    number: int | None = None


Block = Paragraph | Bullets | Note | Definitions | Equation | Table | Figure


@dataclass(frozen=True)
class Section:
    """A section: anchor, title and its blocks in order."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Reference:
    """A cited work with its number on this page."""

    number: int
    key: str
    text: str
    doi: str | None


@dataclass(frozen=True)
class Finding:
    """A part of the first screen: what it tells of, and sentences that can be quoted; the first is the answer."""

    label: str
    sentences: tuple[Parts, ...]


@dataclass(frozen=True)
class Page:
    """The whole report of one study."""

    study: str
    title: str
    question: str
    notice: Parts | None
    verdict: tuple[Finding, ...]
    facts: tuple[tuple[str, Parts], ...]
    cautions: tuple[Parts, ...]
    warnings: tuple[Note, ...]
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    identity: str
    watermark: str | None = None


_MARK = re.compile(r"\{(\w+)\}|\[@([\w-]+)\]|`([^`]+)`|\*\*([^*]+)\*\*")


def say(template: str, **values: Inline | Parts) -> Parts:
    """Prose from a template: `{name}` is a value, `[@key]` a reference, `` `code` `` and `**weight**` marks.

    Values are put in as they are, a tuple of parts spliced; nothing inside a value is read as a mark.
    """
    parts: list[Inline] = []
    at = 0
    for found in _MARK.finditer(template):
        parts += [template[at : found.start()]] if found.start() > at else []
        parts += _part(found, values)
        at = found.end()
    return (*parts, template[at:]) if at < len(template) else tuple(parts)


def _part(found: re.Match[str], values: dict[str, Inline | Parts]) -> Parts:
    name, key, code, weight = found.groups()
    if name:
        value = values[name]
        if isinstance(value, str):  # a study's own words may run in another direction: kept apart from ours
            return (Name(value),) if value else ()
        return value if isinstance(value, tuple) else (value,)
    if key:
        return (Cite(key),)
    return (Code(code),) if code else (Strong(weight),)


def join(items: list[Parts] | tuple[Parts, ...], between: str = ", ", last: str = " and ") -> Parts:
    """Prose of a list: `a, b and c`."""
    parts: list[Inline] = []
    for index, item in enumerate(items):
        if index:
            parts.append(last if index == len(items) - 1 else between)
        parts += item
    return tuple(parts)


def walked(value: Any) -> Iterator[Any]:
    """A part of the page and all that it is made of, in the order of reading."""
    yield value
    for one in value if isinstance(value, tuple) else (getattr(value, name) for name in _named(value)):
        yield from walked(one)


def rebuilt(value: Any, change: Callable[[Any], Any], kept: Collection[str] = ()) -> Any:
    """A part of the page with `change` applied to each of the things that it is made of, but for the fields `kept`.

    It goes one floor down: a change that is to reach all floors calls `rebuilt` with itself.
    """
    if isinstance(value, tuple):
        return tuple(change(one) for one in value)
    changed = {name: change(getattr(value, name)) for name in _named(value) if name not in kept}
    changed = {name: new for name, new in changed.items() if new is not getattr(value, name)}
    return replace(value, **changed) if changed else value


def _named(value: Any) -> tuple[str, ...]:
    """The fields of a part that has some; words and numbers have none."""
    return tuple(one.name for one in fields(value)) if is_dataclass(value) and not isinstance(value, type) else ()

"""The page as one HTML file: no script, nothing fetched, all text escaped by the template or here."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup, escape

from epiladder.report import language, numbers
from epiladder.report.language import English
from epiladder.report.mathematics import mathml
from epiladder.report.page import (
    Cell,
    Cite,
    Code,
    Equation,
    Figure,
    Inline,
    Link,
    Name,
    Page,
    Parts,
    Strong,
    Table,
    say,
)
from epiladder.report.render.alignment import padding
from epiladder.report.render.tables import csv
from epiladder.report.translation import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from epiladder.report.index import Entry


def html(page: Page) -> str:
    """The report as the text of one HTML file."""
    return _for_screens().get_template("page.html").render(page=page)


def index(entries: Sequence[Entry], spread: Sequence[Parts] = ()) -> str:
    """The index over several studies as the text of one HTML file."""
    return _for_screens().get_template("index.html").render(entries=entries, spread=spread)


def frozen(value: Parts) -> Parts:
    """Prose whose numbers are text already, in the style that is current now."""
    shown = (numbers.Number, numbers.Estimate, numbers.Interval)
    return tuple(numbers.show(part) if isinstance(part, shown) else part for part in value)


@cache
def _for_screens() -> Environment:
    return environment()


def environment() -> Environment:
    """The templates with what they call, all text escaped: those of the screen."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("epiladder.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(tell=tell, phrase=phrase, language=language.code, paper=False)
    made.filters.update(
        parts=parts,
        said=said,
        marked=_part,
        cell=cell,
        padding=padding,
        kind=lambda block: type(block).__name__.lower(),
        mathematics=mathematics,
        picture=picture,
        download=download,
        doi=doi,
    )
    return made


def parts(value: Parts) -> Markup:
    """Prose as HTML; neighbouring citations share one pair of brackets."""
    made = []
    for cited, group in groupby(value, key=lambda part: isinstance(part, Cite)):
        run = list(group)
        made.append(_citations(run) if cited else Markup("").join(_part(part) for part in run))
    return Markup("").join(made)


def tell(text: str) -> Markup:
    """Words of the page itself in its language, marked where they are English on a page that is not."""
    return _part(language.word(text))


def phrase(template: str, **values: str | int) -> Markup:
    """A sentence of the page itself in its language; its places are filled with ids and counts."""
    filled = {name: Code(one) if isinstance(one, str) else numbers.count(one) for name, one in values.items()}
    return parts(told(say(template, **filled)))


def said(text: str) -> Markup:
    """A label, kept apart from its surroundings as a study's own words may be, marked where it is English."""
    return Markup('<bdi lang="en">{}</bdi>').format(str(text)) if isinstance(text, English) else _part(Name(text))


def _citations(group: list) -> Markup:
    links = (
        Markup('<a href="#ref-{0}" aria-label="{1}">{0}</a>').format(
            cite.number, language.word(f"reference {cite.number}")
        )
        for cite in group
    )
    return Markup('<span class="cite">[{}]</span>').format(Markup(", ").join(links))


def _part(part: Inline) -> Markup:
    match part:
        case English():
            return Markup('<span lang="en">{}</span>').format(str(part))
        case Strong(text):
            return Markup("<strong{}>{}</strong>").format(_tongue(text), text)
        case Code(text):
            return Markup("<code>{}</code>").format(text)
        case Name(text):
            return Markup("<bdi>{}</bdi>").format(text)
        case Link(text, anchor):
            return Markup('<a href="#{}"{}>{}</a>').format(anchor, _tongue(text), text)
        case numbers.Number() | numbers.Interval():
            return Markup('<span class="n">{}</span>').format(numbers.show(part))
        case numbers.Estimate():
            return escape(numbers.show(part))
    return escape(part)


def _tongue(text: str) -> Markup:
    """The attribute of an element whose words stay English on a page that is not."""
    return Markup(' lang="en"') if isinstance(text, English) else Markup("")


def cell(value: Cell | None, room: str = "") -> Markup:
    """A table's cell: an estimate over its interval, a number with `room` behind it to align it, or text."""
    if value is None:
        return Markup('<span class="none">–</span>')
    if isinstance(value, tuple):
        return parts(value)
    if isinstance(value, numbers.Estimate) and value.value is not None and value.low is not None:
        alone = numbers.show(numbers.Number(value.value, value.format))
        limits = numbers.show(numbers.Interval(value.low, value.high, value.format))
        return Markup('{}{} <span class="ci">({})</span>').format(alone, room, limits)
    return _part(value) + room


def mathematics(equation: Equation) -> Markup:
    """Displayed mathematics as MathML, which escapes its own text."""
    return Markup(mathml(equation.lines))


def picture(figure: Figure) -> Markup:
    """The picture's SVG, made by matplotlib from text that it escapes itself."""
    return Markup(figure.svg)


def download(table: Table) -> str:
    """A table's CSV as a data address, so that the file can be saved without a server."""
    return "data:text/csv;charset=utf-8," + quote(csv(table), safe=" ,.:;-+()/'!*~")


def doi(value: str) -> str:
    """The address of a DOI: a link that is followed when it is clicked, and never fetched by the page."""
    return f"https://doi.org/{value}"

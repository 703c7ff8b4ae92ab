"""The page for paper: the HTML of the screen, but for its equations, pictures and contents, from which a PDF is made.

What sets a PDF's type knows no MathML, so that equations are set here as lines of text with raised and lowered parts,
which a screen reader reads as text. The fonts are those that come with matplotlib: the same on every machine.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from epiladder import __version__
from epiladder.report.mathematics import Digits, Indent, Line, Matrix, Node, Operator, Sub, Symbol, Words
from epiladder.report.page import Equation, Figure, Page
from epiladder.report.render.html import environment

if TYPE_CHECKING:
    from jinja2 import Environment

SERIF, SANS, MONO = "Report Serif", "Report Sans", "Report Mono"
FACES = (  # family, file, weight, style
    (SERIF, "STIXGeneral", "normal", "normal"),
    (SERIF, "STIXGeneralBol", "bold", "normal"),
    (SERIF, "STIXGeneralItalic", "normal", "italic"),
    (SERIF, "STIXGeneralBolIta", "bold", "italic"),
    (SANS, "DejaVuSans", "normal", "normal"),
    (SANS, "DejaVuSans-Bold", "bold", "normal"),
    (SANS, "DejaVuSans-Oblique", "normal", "italic"),
    (MONO, "DejaVuSansMono", "normal", "normal"),
)
FONT = "font:"  # the scheme of the addresses of fonts: nothing else is fetched


def paper(page: Page, setter: str) -> str:
    """The report as HTML for print; fonts are named as `font:<file>`, and nothing else is asked for.

    setter: what sets the type, to be named in the PDF beside epiladder.
    """
    return _environment().get_template("page.html").render(page=page, software=f"epiladder {__version__}, {setter}")


@cache
def _environment() -> Environment:
    made = environment()
    made.globals.update(paper=True, faces=FACES, font=FONT)
    made.filters.update(mathematics=mathematics, picture=picture)
    return made


def picture(figure: Figure) -> Markup:
    """The picture's SVG in the font that it was laid out in."""
    return Markup(re.sub(r' font-family="[^"]*"', f' font-family="{SANS}"', figure.svg, count=1))


def mathematics(equation: Equation) -> Markup:
    """Displayed mathematics as lines of text."""
    return Markup("").join(Markup('<p class="line">{}</p>').format(_set(line)) for line in equation.lines)


def _set(node: Node) -> Markup:
    match node:
        case Indent():
            return Markup('<span class="indent"></span>')
        case Symbol(text):
            return Markup("<i>{}</i>").format(text)
        case Operator("+" | "=" | "∼" as text):
            return Markup(" {} ").format(text)
        case Operator("," as text):
            return Markup("{} ").format(text)
        case Operator("·" as text):
            return Markup("\u2009{}\u2009").format(text)
        case Operator(text) | Digits(text):
            return escape(text)
        case Words(text):
            return Markup("<bdi>{}</bdi>").format(" ".join(text.split()))
        case Sub(base, sub, sup):
            raised = Markup("") if sup is None else Markup("<sup>{}</sup>").format(_set(sup))
            return Markup("{}<sub>{}</sub>{}").format(_set(base), _set(sub), raised)
        case Line(nodes):
            return Markup("").join(_set(each) for each in nodes)
        case Matrix(rows):
            columns = (Markup("").join(map(_cell, column)) for column in zip(*rows, strict=True))
            inside = Markup("").join(Markup('<span class="column">{}</span>').format(one) for one in columns)
            return Markup('<span class="matrix">{}</span>').format(inside)
    raise TypeError(node)


def _cell(node: Node) -> Markup:
    return Markup('<span class="cell">{}</span>').format(_set(node))

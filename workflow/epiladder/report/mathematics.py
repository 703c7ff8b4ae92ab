"""Mathematics as a small tree with two renderings: MathML for the page, LaTeX for Markdown.

Nodes know nothing of statistics. Words of the study stand in `Words`, which both renderings escape.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Symbol:
    """A letter, given as it is printed and as LaTeX writes it."""

    text: str
    latex: str


@dataclass(frozen=True)
class Operator:
    """An operator or bracket."""

    text: str
    latex: str


@dataclass(frozen=True)
class Words:
    """Upright text: a variable's name."""

    text: str


@dataclass(frozen=True)
class Digits:
    """A number, as printed."""

    text: str


@dataclass(frozen=True)
class Sub:
    """A base with a subscript and, where given, a superscript."""

    base: Node
    sub: Node
    sup: Node | None = None


@dataclass(frozen=True)
class Line:
    """Nodes in a row."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Matrix:
    """A matrix in parentheses."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class Indent:
    """Room at the beginning of a line that continues another."""


Node = Indent | Symbol | Operator | Words | Digits | Sub | Line | Matrix

_LATEX_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "`": r"\textasciigrave{}",
}


def greek(name: str) -> Symbol:
    """A lower-case Greek letter by its LaTeX name, or the capital that the name begins with."""
    letters = {"alpha": "α", "beta": "β", "gamma": "γ", "sigma": "σ", "tau": "τ", "epsilon": "ε", "Sigma": "Σ"}
    letters |= {"pi": "π", "mu": "μ", "theta": "θ"}
    return Symbol(letters[name], "\\" + name)


def letter(text: str) -> Symbol:
    """A Latin letter in italics."""
    return Symbol(text, text)


def mathml(lines: tuple[Node, ...]) -> str:
    """MathML of displayed lines, one under the other."""
    rows = "".join(f"<mtr><mtd>{_mathml(line)}</mtd></mtr>" for line in lines)
    return f'<math display="block"><mtable class="lines" displaystyle="true">{rows}</mtable></math>'


def latex(lines: tuple[Node, ...]) -> str:
    """LaTeX of displayed lines."""
    body = " \\\\\n".join("& " + _latex(line) for line in lines)
    return "\\begin{aligned}\n" + body + "\n\\end{aligned}"


def _mathml(node: Node) -> str:
    match node:
        case Indent():
            return '<mspace width="2em"></mspace>'
        case Symbol(text):
            return f"<mi>{escape(text)}</mi>"
        case Operator(text):
            form = ' form="infix"' if text == "+" else ' stretchy="false"'
            return f"<mo{form}>{escape(text)}</mo>"
        case Words(text):
            return f"<mtext>{escape(text)}</mtext>"
        case Digits(text):
            return f"<mn>{escape(text)}</mn>"
        case Sub(base, sub, None):
            return f"<msub>{_one(base)}{_one(sub)}</msub>"
        case Sub(base, sub, sup) if sup is not None:
            return f"<msubsup>{_one(base)}{_one(sub)}{_one(sup)}</msubsup>"
        case Line(nodes):
            return "".join(_mathml(each) for each in nodes)
        case Matrix(rows):
            # the page's style draws the brackets: fonts without a mathematics table cannot stretch them
            cells = "".join("<mtr>" + "".join(f"<mtd>{_mathml(c)}</mtd>" for c in row) + "</mtr>" for row in rows)
            return f'<mtable class="matrix">{cells}</mtable>'
    raise TypeError(node)


def _one(node: Node) -> str:
    """One element, as MathML's scripts want their children."""
    return f"<mrow>{_mathml(node)}</mrow>" if isinstance(node, Line) else _mathml(node)


def _latex(node: Node) -> str:
    match node:
        case Indent():
            return r"\qquad"
        case Symbol(_, text) | Operator(_, text):
            return text
        case Words(text):
            return "\\text{" + "".join(_LATEX_SPECIAL.get(c, c) for c in " ".join(text.split())) + "}"
        case Digits(text):
            return text
        case Sub(base, sub, sup):
            return _latex(base) + "_{" + _latex(sub) + "}" + ("" if sup is None else "^{" + _latex(sup) + "}")
        case Line(nodes):
            return " ".join(_latex(each) for each in nodes)
        case Matrix(rows):
            return "\\begin{pmatrix}" + r" \\ ".join(" & ".join(map(_latex, row)) for row in rows) + "\\end{pmatrix}"
    raise TypeError(node)

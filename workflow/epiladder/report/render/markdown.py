"""The page as Markdown that reads well on a forge and in a terminal: aligned tables, linked figures, LaTeX."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from epiladder.report import numbers
from epiladder.report.language import word
from epiladder.report.mathematics import latex
from epiladder.report.page import (
    Block,
    Bullets,
    Cell,
    Cite,
    Code,
    Definitions,
    Equation,
    Figure,
    Finding,
    Inline,
    Link,
    Note,
    Page,
    Paragraph,
    Parts,
    Strong,
    Table,
    rebuilt,
)
from epiladder.report.render.plain import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from epiladder.report.index import Entry

# Marks are escaped where Markdown or HTML would read them, and nowhere else: the text is read in terminals too. An
# underscore inside a word, a `<` before a digit and an `&` before a space mark nothing.
_SPECIAL = re.compile(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=[A-Za-z#])")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_AT_START = re.compile(r"^(\s*)([-+#>=]|\d+[.)])")


def markdown(page: Page) -> str:
    """The report as Markdown text."""
    places = {one.id: _place(f"{at + 1} {one.title}") for at, one in enumerate(page.sections)}
    page = _linked(page, {**places, "verdict": _place(word("What was found"))})
    head = [f"# {text(page.title)}", *([f"*{text(page.question)}*"] if page.question else [])]
    head += [f"> {parts(page.notice)}"] if page.notice else []
    head += [f"## {word('What was found')}", *(piece for finding in page.verdict for piece in _finding(finding))]
    if page.warnings:
        many = len(page.warnings)
        head.append(
            f"**{many} {word('warning' if many == 1 else 'warnings')}** "
            f"{word('to weigh before these numbers are used.').removesuffix('.')}: {word('see Warnings')}."
        )
    head += ["\n".join(f"- {parts(caution)}" for caution in page.cautions)] if page.cautions else []
    head.append("\n".join(f"- {text(label)}: {parts(value)}" for label, value in page.facts))
    body = [piece for at, one in enumerate(page.sections) for piece in _section(at + 1, one)]
    works = "\n".join(f"{work.number}. {text(work.text)}{_doi(work.doi)}" for work in page.references)
    tail = [f"## {len(page.sections) + 1} {word('References')}", works, "---", text(page.identity)]
    return "\n\n".join([*head, *body, *tail]) + "\n"


def _place(heading: str) -> str:
    """The anchor that forges give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _linked(value: Any, places: dict[str, str]) -> Any:
    """The same page with its links to sections leading to the headings that Markdown makes of them."""
    if isinstance(value, Link):
        return replace(value, anchor=places.get(value.anchor, value.anchor))
    return rebuilt(value, lambda part: _linked(part, places))


def index(entries: Sequence[Entry], spread: Sequence[Parts] = ()) -> str:
    """The index over several studies as Markdown text."""
    head = [f"# {word('Studies of this run')}", *(parts(sentence) for sentence in spread)]
    return "\n\n".join([*head, *(piece for one in entries for piece in _entry(one))]) + "\n"


def _entry(one: Entry) -> list[str]:
    many = len(one.warnings)
    warned = f"**{many} {word('warning' if many == 1 else 'warnings')}** {word('to weigh, see the report.')}"
    return [
        f"## [{text(one.title)}]({one.study}/report.md)",
        *([f"*{text(one.question)}*"] if one.question else []),
        *([f"> {parts(one.notice)}"] if one.notice else []),
        *([f"{word('Differs:')} {parts(one.differs)}"] if one.differs else []),
        *(parts(sentence) for sentence in one.answer),
        *([warned] if many else []),
        "\n".join(f"- {text(label)}: {parts(value)}" for label, value in one.facts),
        text(one.identity + (f" · {word('run ended')} {one.ended}" if one.ended else "")),
        *([f"[report.pdf]({one.study}/report.pdf)"] if one.pdf else []),
    ]


def _finding(finding: Finding) -> list[str]:
    return [f"### {text(finding.label)}", *(parts(sentence) for sentence in finding.sentences)]


def _doi(value: str | None) -> str:
    return f" <https://doi.org/{value}>" if value else ""


def _section(at: int, section) -> list[str]:
    return [f"## {at} {text(section.title)}", *(_block(block) for block in section.blocks)]


def text(value: str) -> str:
    """Text at the beginning of a line, with every mark of Markdown or HTML escaped."""
    return _AT_START.sub(lambda m: m[1] + m[2][:-1] + "\\" + m[2][-1], inside(value))


def inside(value: str) -> str:
    """Text inside a line, with marks escaped; a newline becomes a space, a change of direction is dropped."""
    line = _DIRECTION.sub("", " ".join(re.split(r"[\r\n]+", value)))
    return _SPECIAL.sub(lambda m: "\\" + m[0], line)


def parts(value: Parts) -> str:
    """Prose as Markdown; neighbouring citations share one pair of brackets."""
    made = []
    for cited, group in groupby(value, key=lambda part: isinstance(part, Cite)):
        if cited:
            made.append("[" + ", ".join(str(part.number) for part in group if isinstance(part, Cite)) + "]")
        else:
            made += [_part(part) for part in group]
    return "".join(made).strip()


def _part(part: Inline) -> str:
    match part:
        case Strong(words):
            return f"**{inside(words)}**"
        case Code(words):
            return _code(words)
        case Link(words, anchor):
            return f"[{text(words)}](#{anchor})"
        case numbers.Number() | numbers.Estimate() | numbers.Interval():
            return inside(numbers.show(part))
    return inside(plain(part))


def _code(words: str) -> str:
    """A code span whose fence is longer than any run of backticks inside."""
    line = " ".join(words.split())
    longest = max((len(run) for run in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _block(block: Block) -> str:
    match block:
        case Paragraph(words):
            return parts(words)
        case Bullets(items):
            return "\n".join(f"- {parts(item)}" for item in items)
        case Note(kind, words):
            return f"> **{word('Warning' if kind == 'warning' else 'Note')}.** {parts(words)}"
        case Definitions(items):
            return "\n".join(f"- **{text(word)}**: {parts(meaning)}" for word, meaning in items)
        case Equation(lines):
            return "```math\n" + latex(lines) + "\n```"
        case Figure():
            return _figure(block)
        case Table():
            return _table(block)
    raise TypeError(block)


def _figure(figure: Figure) -> str:
    data = f" {word('Data')}: [{figure.data.id}.csv](tables/{figure.data.id}.csv)." if figure.data else ""
    image = f"![{text(figure.alternative)}](figures/{figure.id}.svg)"
    return f"{image}\n\n**{word('Figure')} {figure.number}.** {parts(figure.caption)}{data}"


def _table(table: Table) -> str:
    title = f"**{word('Table')} {table.number}.** {parts(table.caption)} [CSV](tables/{table.id}.csv)"
    notes = "\n\n".join(parts(note) for note in table.notes)
    return "\n\n".join(piece for piece in (title, _grid(table), notes) if piece)


def _grid(table: Table) -> str:
    """A pipe table with aligned columns; a group's heading is a row of its own, in bold."""
    head = [text(table.stub), *(text(column.label) for column in table.columns)]
    rows: list[list[str]] = []
    for group in table.groups:
        rows += [[f"**{text(group.label)}**", *([""] * len(table.columns))]] if group.label else []
        rows += [
            [
                text(row.label.strip()) if not row.label.startswith("\u2003") else "· " + text(row.label.strip()),
                *(_cell(cell) for cell in row.cells),
            ]
            for row in group.rows
        ]
    right = [False, *(column.numeric for column in table.columns)]
    widths = [max(3, *(len(line[at]) for line in [head, *rows])) for at in range(len(head))]
    rule = ["-" * (width - 1) + ":" if flush else "-" * width for width, flush in zip(widths, right, strict=True)]
    return "\n".join(_line(line, widths, right) for line in [head, rule, *rows])


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    padded = (c.rjust(w) if flush else c.ljust(w) for c, w, flush in zip(cells, widths, right, strict=True))
    return "| " + " | ".join(padded) + " |"


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, tuple):
        return "".join(_in_cell(part) for part in cell)
    return _part(cell)


def _in_cell(part: Inline) -> str:
    """A part of a cell: code with a bar is plain text there, for a backslash before a bar would part the cell."""
    return inside(part.text) if isinstance(part, Code) and "|" in part.text else _part(part)

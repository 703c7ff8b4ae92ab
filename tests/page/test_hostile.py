"""Laws of the renderings, for any text: it comes out as text in HTML, Markdown, CSV and SVG, and nothing runs."""

import csv as spreadsheet
import io
import re
from xml.etree import ElementTree

from epiladder.report import numbers
from epiladder.report.page import (
    Bullets,
    Code,
    Column,
    Definitions,
    Figure,
    Finding,
    Name,
    Note,
    Page,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Strong,
    Table,
    say,
)
from epiladder.report.plots import canvas
from epiladder.report.render.html import html
from epiladder.report.render.markdown import markdown
from epiladder.report.render.tables import csv
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_page import Reading

WORST = (
    "<script>alert(1)</script>",
    "=1+1",
    "-2+cmd|' /C calc'!A0",
    "＝1+1",
    "]](javascript:x)|\\|`",
    "\u202eabc\u2066",
    "a\r\n| b |\n# c",
    "</title><svg onload=x>",
    "&#x3c;b&#x3e;",
    "🦠 עברית",
    " =1",
    "{name} {{ page }} [@kish1965] **b**",
    "x" * 400,
)
# What XML can hold: a control character has no place in a page or a picture, and the reading of data refuses it.
TEXT = st.one_of(
    st.sampled_from(WORST), st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=40)
)
CALM = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def page_of(text: str) -> Page:
    """A page that says a text in every place where a study's own words may stand."""
    half = numbers.fixed(0.5, 1)
    groups = (RowGroup(text, (Row(text, (Name(text), half)), Row(text, ((Code(text), text), None)))),)
    table = Table(
        "t", say("{x}", x=text), text, (Column(text, numeric=False), Column(text)), groups, (say("{x}", x=text),)
    )
    figure = Figure("f", say("{x}", x=text), text, canvas.paper(1.0, lambda paper: None, "f", text), table)
    blocks = (
        Paragraph(say("{x} and {y}", x=text, y=Strong(text))),
        Bullets((say("{x}", x=Code(text)),)),
        Note("warning", (Name(text),)),
        Definitions(((text, (Name(text),)),)),
        table,
        figure,
    )
    return Page("study", text, text, say("{x}", x=text), (Finding("The answer", (say("{x}", x=text),)),),
                ((text, (text,)),), (say("{x}", x=text),), (), (Section("s", "S", blocks),), (), "id")  # fmt: skip


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@CALM
@given(TEXT)
@example(WORST[0])
@example(WORST[7])
def test_any_text_is_text_in_html(text: str) -> None:
    made, plain = html(page_of(text)), html(page_of("plain"))
    reading = Reading(made)
    assert [tag for tag, _ in reading.tags] == [tag for tag, _ in Reading(plain).tags]
    assert not [name for _, attributes in reading.tags for name in attributes if name.startswith("on")]
    assert squeezed("".join(reading.texts)).count(squeezed(text)) >= 12


@CALM
@given(TEXT)
@example(WORST[4])
@example(WORST[6])
def test_any_text_keeps_the_grid_of_markdown(text: str) -> None:
    made = markdown(page_of(text))
    rows = [line for line in made.splitlines() if line.startswith("| ")]
    assert len(rows) == 5
    for row in rows:
        outside = re.sub(r"\\.", "", row)
        assert outside.count("|") == 4
    assert not re.search(r"(?<!\\)<(?:script|svg|/title)", re.sub(r"`+[^`]*`+", "", made))
    heads = re.findall(r"^#+ .*$", made, flags=re.M)
    assert len(heads) == 5


@CALM
@given(TEXT)
@example(WORST[1])
@example(WORST[3])
@example(WORST[10])
def test_no_cell_of_csv_is_a_formula_and_no_text_is_lost(text: str) -> None:
    table = next(block for block in page_of(text).sections[0].blocks if isinstance(block, Table))
    rows = list(spreadsheet.reader(io.StringIO(csv(table), newline="")))
    assert {len(row) for row in rows} == {4} and len(rows) == 3
    for cell in (cell for row in rows for cell in row):
        assert not cell.strip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert rows[1][2].removeprefix("'") == text.removeprefix("'")


@CALM
@given(TEXT)
@example(WORST[7])
@example(WORST[8])
def test_any_text_is_the_alternative_of_a_picture(text: str) -> None:
    def draw(paper) -> None:
        paper.add_subplot().set_xlabel(canvas.short(text))

    root = ElementTree.fromstring(canvas.paper(1.0, draw, "f", text))
    assert (root[0].text or "").split() == text.split()
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        *("svg", "title", "g", "path", "text", "tspan", "use", "defs", "clipPath", "rect"),
    }

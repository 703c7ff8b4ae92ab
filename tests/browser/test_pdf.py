"""The accessible PDF: tagged as a screen reader wants it, with every number of the page, the same bytes each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import BUILD, HERE, REPORTS, STUDIES
from epiladder.report import printer
from pypdf import PdfReader

sys.path.append(str(HERE.parent / "page"))
from test_hostile import WORST, page_of

PROGRAM = Path(sys.executable).with_name("epiladder")
NUMBER = r"\d+(?:[.,]\d+)*"
MOST_PAGES, LARGEST = 45, 2_000_000


@dataclass(frozen=True)
class Element:
    """A structure element: its kind, what it holds of elements, its dictionary, the kinds above it."""

    kind: str
    held: Any
    above: tuple[str, ...]


class Pdf:
    """A PDF as a reader of its structure finds it."""

    def __init__(self, path: Path, study: str = "") -> None:
        self.study = study
        self.bytes = path.read_bytes()
        self.reader = PdfReader(path)
        self.root: Any = self.reader.trailer["/Root"]

    @cached_property
    def elements(self) -> list[Element]:
        return list(_walk(self.root["/StructTreeRoot"]["/K"], ()))

    def of(self, kind: str) -> list[Element]:
        return [one for one in self.elements if one.kind == kind]

    @cached_property
    def text(self) -> str:
        return "\n".join(page.extract_text() for page in self.reader.pages)


def _walk(held: Any, above: tuple[str, ...]) -> Iterator[Element]:
    held = held.get_object() if hasattr(held, "get_object") else held
    if isinstance(held, list):
        for one in held:
            yield from _walk(one, above)
    elif isinstance(held, dict) and "/S" in held:
        yield Element(held["/S"], held, above)
        yield from _walk(held.get("/K", []), (*above, held["/S"]))


def printed(study: str, folder: Path, **changes: str) -> Path:
    command = [str(PROGRAM), "pdf", "--results", str(BUILD / "results" / study), "--out", str(folder)]
    subprocess.run(command, check=True, env={**os.environ, **changes}, cwd=BUILD)
    return folder / "report.pdf"


@pytest.fixture(scope="module", params=STUDIES)
def pdf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pdf:
    """The page of each bundled study, printed; its study's id beside it."""
    return Pdf(printed(request.param, tmp_path_factory.mktemp(request.param)), request.param)


def test_it_says_what_it_is(pdf: Pdf) -> None:
    heading = re.search("<title>(.*)</title>", (REPORTS / pdf.study / "report.html").read_text(encoding="utf-8"))
    assert pdf.root["/Lang"] == "en"
    assert pdf.root["/MarkInfo"] == {"/Marked": True}
    assert pdf.root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert heading and pdf.reader.metadata.title == heading[1]
    assert b"pdfuaid" in pdf.root["/Metadata"].get_data()
    assert "/CreationDate" not in pdf.reader.metadata
    assert 5 <= len(pdf.reader.pages) <= MOST_PAGES and len(pdf.bytes) < LARGEST


def test_headings_are_in_order(pdf: Pdf) -> None:
    levels = [int(one.kind[2:]) for one in pdf.elements if re.fullmatch(r"/H\d", one.kind)]
    assert levels[0] == 1 and levels.count(1) == 1 and len(levels) > 15
    assert all(after <= before + 1 for before, after in pairwise(levels))
    page = (REPORTS / pdf.study / "report.html").read_text(encoding="utf-8")
    assert len(levels) == len(re.findall(r"<h[1-6][ >]", page))


def test_every_picture_has_its_text(pdf: Pdf) -> None:
    page = (REPORTS / pdf.study / "report.html").read_text(encoding="utf-8")
    texts = [str(one.held["/Alt"]) for one in pdf.of("/Figure")]
    assert len(texts) == page.count("<svg ") > 5
    assert all(len(text) > 40 for text in texts) and len(set(texts)) == len(texts)


def test_heads_of_tables_have_their_scope_and_cells_name_their_heads(pdf: Pdf) -> None:
    heads = pdf.of("/TH")
    for one in heads:
        assert one.held["/A"]["/Scope"] == ("/Column" if "/THead" in one.above else "/Row")
    assert {one.held["/A"]["/Scope"] for one in heads} == {"/Column", "/Row"}
    ids = {one.held["/ID"] for one in heads}
    cells = [one.held["/A"]["/Headers"] for one in pdf.of("/TD") if "/TBody" in one.above]
    assert len(cells) > 300
    assert all(len(named) >= 2 and ids >= set(named) for named in cells)


def test_everything_is_text_or_a_picture_and_nothing_runs(pdf: Pdf) -> None:
    assert not pdf.root.get("/OpenAction") and not pdf.root.get("/AA") and "/JavaScript" not in str(pdf.root)
    notes = [note.get_object() for page in pdf.reader.pages for note in page.get("/Annots", [])]
    addresses = {note["/A"]["/URI"] for note in notes if "/URI" in note.get("/A", {})}
    assert addresses and all(address.startswith("https://doi.org/") for address in addresses)
    assert len(pdf.reader.outline) >= 1


def test_the_numbers_of_the_page_are_all_there(pdf: Pdf) -> None:
    text = (REPORTS / pdf.study / "report.md").read_text(encoding="utf-8")
    text = re.sub(r"!\[.*?\]\(figures/.*?\)|\]\([^)]*\)|<https[^>]*>|[0-9a-f]{12,}", " ", text)
    wanted, found = (set(re.findall(NUMBER, one)) for one in (text, pdf.text))
    assert len(wanted) > 300
    assert sorted(wanted - found) == []


def test_every_page_names_the_run(pdf: Pdf) -> None:
    identity = re.search('<p class="identity">(.*?)</p>', (REPORTS / pdf.study / "report.html").read_text("utf-8"))
    many = len(pdf.reader.pages)
    for at, page in enumerate(pdf.reader.pages, 1):
        said = page.extract_text()
        assert identity and identity[1] in said
        assert f"{at} / {many}" in said


def test_the_same_page_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (printed("epilepsy", tmp_path / seed, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("text", WORST)
def test_any_text_is_text_on_paper(text: str, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(printer.printed(page_of(text)))
    made = Pdf(tmp_path / "report.pdf")
    assert not [note for page in made.reader.pages for note in page.get("/Annots", []) if "/URI" in str(note)]
    assert " ".join(str(made.of("/Figure")[0].held["/Alt"]).split()) == " ".join(text.split())
    assert made.reader.metadata.title.split() == text.split()
    if text.isascii():  # other scripts are shaped: their glyphs are not their letters one by one
        squeezed = re.sub(r"\s", "", made.text)
        assert squeezed.count(re.sub(r"\s", "", text)) >= 8

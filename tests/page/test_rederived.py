"""Every number of the golden pages, in each journal's style, derived again from the results' JSON."""

from __future__ import annotations

import re
from pathlib import Path

import page_derived
import page_ratios
import page_studies
import pytest
from epiladder.report import numbers
from epiladder.report.assemble import page
from epiladder.report.build import build
from epiladder.report.numbers import Estimate, Interval, Number, show
from epiladder.report.page import Page
from epiladder.report.plots import canvas
from epiladder.report.rederive import rederive
from epiladder.report.render.markdown import markdown
from epiladder.report.results import read
from epiladder.report.styles import STYLES, written_in

STUDIES = {"sleep": page_studies.sleep, "contraception": page_ratios.contraception, "epilepsy": page_ratios.epilepsy}
NOT_RESULTS = r"```math.*?```|`[^`]*`|\]\([^)]*\)|\$[^$]*\$| \\?\[[\d, ]+\\?\]|SHA-256"
LARGEST_OF_WORDS = 100  # whole numbers up to here count tables, sections and items, or are words of a sentence


@pytest.fixture(scope="module", params=sorted(STUDIES))
def results(request, tmp_path_factory) -> Path:
    return STUDIES[request.param](tmp_path_factory.mktemp(request.param) / "results")


def made(folder: Path, style: str) -> tuple[Page, str]:
    """The page and its Markdown, without pictures: their text alternatives stand in it."""
    with pytest.MonkeyPatch.context() as patch, written_in(style):
        patch.setattr(canvas, "paper", lambda *_: "<svg/>")
        found = page(read(folder))
        return found, markdown(found)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_number_stands_in_the_results_or_follows_from_them(results: Path, style: str) -> None:
    found, text = made(results, style)
    known = page_derived.derivable(results)
    things = list(page_derived.printed(found))
    assert len(things) > 100
    strange = [(show(one), value) for one in things for value in page_derived.values(one)
               if not page_derived.stands(value, known)]  # fmt: skip
    assert strange == []
    with written_in(style):
        assert _left(text, things, known) == []


def _left(text: str, things: list, known: list[float]) -> list[str]:
    """Numbers of the Markdown that are neither a number of the page nor, as in text alternatives, one rounded."""
    body = re.sub(NOT_RESULTS, " ", text.split(" References\n")[0], flags=re.S)
    shown = {text for one in things for text in _texts(one) if any(map(str.isdigit, text))}
    longest = sorted(map(re.escape, shown), key=len, reverse=True)
    body = re.sub(rf"(?<!\d)(?<!\d[.,·])(?:{'|'.join(longest)})(?!\d|[.,·]\d)", " ", body)
    mark = numbers.decimal_mark()
    parted = "\u202f" if mark == "," else ",\u202f"
    left = re.findall(rf"\d[\d{parted}]*(?:{re.escape(mark)}\d+)?", body)
    bare = [re.sub(f"[{parted}]", "", one).replace(mark, ".") for one in left]
    return [one for one, number in zip(left, bare, strict=True) if not _rounded(number, known)]


def _texts(one: Number | Estimate | Interval) -> list[str]:
    """How a number is printed: an estimate also in two cells, or without the letters before its limits."""
    if not isinstance(one, Estimate) or one.value is None:
        return [show(one)]
    return [show(one), show(Number(one.value, one.format)), show(Interval(one.low, one.high, one.format))]


def _rounded(number: str, known: list[float]) -> bool:
    whole, _, places = number.partition(".")
    if not places and int(whole) <= LARGEST_OF_WORDS:
        return True
    half = 0.5 * 10.0 ** -len(places) * (1 + 1e-9)
    return any(abs(value - float(number)) <= half for value in known)


def test_a_number_that_the_results_do_not_have_is_seen(results: Path) -> None:
    found, text = made(results, "house")
    known = page_derived.derivable(results)
    spoilt = next(t for t in page_derived.printed(found) if isinstance(t, Estimate) and t.value)
    assert not page_derived.stands(spoilt.value * (1 + 1e-6), known)
    assert _left("A coefficient of 987654.321.\n" + text, list(page_derived.printed(found)), known) == ["987654.321"]


@pytest.mark.parametrize("style", sorted(STYLES))
def test_verify_derives_the_numbers_again_in_each_style(tmp_path: Path, style: str, monkeypatch) -> None:
    monkeypatch.setattr(canvas, "paper", lambda *_: "<svg/>")
    results, report = page_studies.sleep(tmp_path / "results"), tmp_path / "report"
    page_studies.sleep(results, plan=page_studies._sleep_plan() | {"report": {"style": style}})
    build(results, report)
    honest = rederive(results, report)
    assert not honest.differs and honest.numbers > 700
    path = report / "report.md"
    text = path.read_text(encoding="utf-8")
    with written_in(style):
        true, false = (show(numbers.likelihood(value)) for value in (-897.0393, -897.1393))
    assert true in text
    path.write_text(text.replace(true, false, 1), encoding="utf-8")
    spoilt = rederive(results, report)
    assert spoilt.different == ("report.md",)
    assert spoilt.changed == (f"report.md: released {false}, derived {true}",)
    assert spoilt.numbers == honest.numbers

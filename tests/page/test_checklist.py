"""The checklist: items answered by the page, by the plan, by a note of the authors, or left to them by name."""

import re

import page_studies
import pytest
from epiladder.report.build import build
from epiladder.report.guidelines import LISTS, RECORD, STROBE


def checklist(tmp_path, **plan) -> str:
    build(page_studies.sleep(tmp_path / "results", plan=page_studies._sleep_plan() | plan), tmp_path / "report")
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    return text.split(" Checklist\n")[1].split("\n## ")[0] if " Checklist\n" in text else ""


def row(text: str, number: str, topic: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"| {number} ") and topic in line)


def test_the_numbers_are_those_of_the_guidelines():
    assert sorted({int(re.sub(r"\D", "", item.number)) for item in STROBE}) == list(range(1, 23))
    assert [item.number for item in RECORD] == [
        *("1.1", "1.2", "1.3", "6.1", "6.2", "6.3", "7.1", "12.1", "12.2", "12.3", "13.1", "19.1", "22.1"),
    ]


def test_an_item_is_answered_by_the_page_the_plan_or_a_note(tmp_path):
    text = checklist(tmp_path, notes={"setting": "A sleep laboratory, 1999."}, data={"source": "lme4"})
    assert "[Methods](#" in row(text, "12a", "statistical methods")
    assert "A question?" in row(text, "3", "Objectives")
    assert "[Notes of the authors](#" in row(text, "5", "Setting")
    assert "lme4" in row(text, "8", "Sources")
    assert "not answered: write it under `notes: {funding: ...}`" in row(text, "22", "Funding")


def test_the_count_of_answers_is_that_of_the_rows(tmp_path):
    text = checklist(tmp_path)
    rows = [line for line in text.splitlines() if re.match(r"\| [0-9a-q]", line)]
    told = re.search(r"^(\d+) of (\d+) items", text.strip())
    open_rows = [line for line in rows if "not answered" in line]
    assert told and (int(told[1]), int(told[2])) == (len(rows) - len(open_rows), len(rows))


@pytest.mark.parametrize(
    ("asked", "heads"),
    [(("record",), ["RECORD, for data of routine care"]), ((), []), (("strobe", "record"), ["STROBE", "RECORD, for"])],
)
def test_the_plan_chooses_the_lists(tmp_path, asked, heads):
    text = checklist(tmp_path, report={"checklist": list(asked)})
    found = re.findall(r"^\| \*\*(.*?)\*\*", text, flags=re.M)
    assert len(found) == len(heads) and all(one.startswith(head) for one, head in zip(found, heads, strict=True))


def test_every_list_that_a_plan_may_ask_for_is_there():
    from typing import get_args

    from epiladder.study.reporting import Reporting

    assert set(get_args(get_args(Reporting.model_fields["checklist"].annotation)[0])) == set(LISTS)


def test_links_of_markdown_lead_to_its_headings(tmp_path):
    checklist(tmp_path)
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    made = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^## (.*)$", text, re.M)}
    links = re.findall(r"(?<!\\)\]\(#([^)]+)\)", text)
    assert len(links) > 10 and set(links) <= made

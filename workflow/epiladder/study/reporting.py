"""How the report is written: its language, the journal whose numbers it takes, its checklists, its PDF."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from epiladder.study.scalars import Word
from epiladder.study.section import Section


class Reporting(Section):
    """How the report is written."""

    style: Literal["house", "bmj", "lancet", "jama", "german"] = Field(
        "house",
        description="Whose way of writing numbers, intervals and p-values the report takes: `house` (plain), `bmj`, "
        "`lancet`, `jama` or `german` (decimal commas; what `house` is where the report is in German).",
    )
    language: Literal["en", "de"] = Field(
        "en",
        description="Language of the report: `en` or `de`. The study's own words (labels, levels, units) stand as the "
        "plan has them; a sentence without a translation stays English and is marked. The index over several "
        "studies is in their language where they have one in common, else in English.",
    )
    authors: tuple[Word, ...] = Field(
        (), description="Who answers for the study, by name; printed under the question, and named in its crate."
    )
    pdf: bool = Field(
        False,
        description="Whether the report is made as an accessible PDF too, `report.pdf`; needs WeasyPrint (`make "
        "setup-pdf`).",
    )
    plurals: dict[Word, Word] = Field(
        {}, description="Plurals of the unit and the levels where English rules do not give them: `{Klinik: Kliniken}`."
    )
    checklist: tuple[Literal["strobe", "record", "multilevel"], ...] = Field(
        ("strobe", "multilevel"),
        description="Lists of items that the report answers or leaves to the authors: `strobe`, `record` (data of "
        "routine care), `multilevel`. `[]` for none.",
    )

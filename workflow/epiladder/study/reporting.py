"""How the report is written: the journal whose numbers it takes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from epiladder.study.section import Section


class Reporting(Section):
    """How the report is written."""

    style: Literal["house", "bmj", "lancet", "jama"] = Field(
        "house",
        description="Whose way of writing numbers, intervals and p-values the report takes: `house` (plain), `bmj`, "
        "`lancet` or `jama`.",
    )
    checklist: tuple[Literal["strobe", "record", "multilevel"], ...] = Field(
        ("strobe", "multilevel"),
        description="Lists of items that the report answers or leaves to the authors: `strobe`, `record` (data of "
        "routine care), `multilevel`. `[]` for none.",
    )

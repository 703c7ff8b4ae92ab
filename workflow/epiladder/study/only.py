"""Which rows a study is about: of a column, the values that are kept, or the ends between which they lie."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from epiladder.study.scalars import Number, Word
from epiladder.study.section import Section


def only_of(value: Any) -> Any:
    """`female` and `[north, east]` are values; a mapping says which ends it means."""
    if isinstance(value, (str, int, float)):
        return {"values": [value]}
    return {"values": value} if isinstance(value, (list, tuple)) else value


class Only(Section):
    """What of a column is kept."""

    values: Annotated[
        tuple[Word, ...],
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=list[Word]),
    ] = Field((), description="The values that are kept, as written in the data.")
    min: Number | None = Field(None, description="Smallest number that is kept.")
    max: Number | None = Field(None, description="Largest number that is kept.")
    earliest: Word | None = Field(None, description="First day that is kept, as 2020-01-01.")
    latest: Word | None = Field(None, description="Last day that is kept, as 2020-12-31.")

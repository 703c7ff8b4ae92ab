"""What a study that was derived from another says of itself: of which, how it differs, and how many looks there are."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from epiladder.study.scalars import Word, as_whole
from epiladder.study.section import Section


class Expanded(Section):
    """One of the studies into which `expand:` of the configuration spread a study."""

    of: Word = Field(description="The id of the study that was spread.")
    differs: dict[str, Word] = Field(default_factory=dict, description="What differs: `{outcome: died, sex: female}`.")
    looks: Annotated[int, Field(ge=1), BeforeValidator(as_whole)] = Field(
        description="Into how many studies it was spread: the number of looks at the data."
    )

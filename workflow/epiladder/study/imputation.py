"""The settings of multiple imputation, as a section of a plan."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from epiladder.study.scalars import as_whole
from epiladder.study.section import Section

Missing = Literal["complete_case", "error", "multiple_imputation"]
MULTIPLE: Missing = "multiple_imputation"


class Imputation(Section):
    """Multiple imputation by chained equations; with `missing: multiple_imputation` alone."""

    number: Annotated[int, Field(ge=2, le=1000), BeforeValidator(as_whole)] = Field(
        20, description="How many imputed data sets are made; about one for each percent of incomplete rows is advised."
    )
    iterations: Annotated[int, Field(ge=1, le=1000), BeforeValidator(as_whole)] = Field(
        10, description="How often the chained equations go round all incomplete variables before a data set is kept."
    )

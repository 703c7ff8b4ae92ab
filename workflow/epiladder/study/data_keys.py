"""Where the data of a study lie, which of their rows it is about, and what happens to empty cells."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from epiladder.study.imputation import Imputation, Missing
from epiladder.study.only import Only, only_of
from epiladder.study.scalars import Word, fault, shown
from epiladder.study.section import Section


def listed(value: Any) -> Any:
    """One scalar as a list of one."""
    return [value] if isinstance(value, (str, int, float)) else value


SHA256 = re.compile(r"[0-9a-fA-F]{64}")
ALONE = ""  # in the place of a file's name, where a study has one file and its digest is written alone


def _pins(value: Any) -> Any:
    """Digests by the names of the files."""
    pins = {ALONE: value} if isinstance(value, str) else value
    if not isinstance(pins, dict):
        raise fault(f"must be a SHA-256, or a mapping of each file to its own, not {shown(value)}")
    for digest in pins.values():
        if not isinstance(digest, str) or not SHA256.fullmatch(digest):
            raise fault(f"must be 64 hexadecimal digits, as `sha256sum` prints them, not {shown(digest)}")
    return {name: digest.lower() for name, digest in pins.items()}


class Data(Section):
    """The table or tables, and what happens to rows with empty cells."""

    path: Annotated[tuple[Word, ...], BeforeValidator(listed, json_schema_input_type=str | list[str])] = Field(
        (),
        description="File beside the study file (csv, tsv, txt, each also .gz; parquet; dta, sav, sas7bdat, xpt), a "
        "pattern such as `extracts/2024-*.csv`, or a list of these, read as one table. Also an address, "
        "`s3://bucket/visits.csv` or `https://host/visits.csv`, with its `sha256`.",
    )
    sha256: Annotated[dict[str, str], BeforeValidator(_pins, json_schema_input_type=str | dict[str, str])] = Field(
        default_factory=dict,
        description="The SHA-256 of the file, or of each file by its name under `path`: other bytes are refused before "
        "a row is read. An address needs it; `sha256sum visits.csv` tells it.",
    )
    delimiter: Word | None = Field(
        None,
        description="What parts the cells of a text file: `,`, `;`, `|` or `tab`. Found in the header if not said.",
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="Decimal mark of a text file's numbers. Where not said, a comma is found if it is no other."
    )
    encoding: Word | None = Field(
        None, description="Encoding of a text file, such as `latin-1` or `windows-1252`. UTF-8 if not said."
    )
    database: Word | None = Field(
        None,
        description="In place of `path`: a database by its SQLAlchemy URL, `sqlite:///registry.db` or "
        "`postgresql+psycopg://${PGUSER}:${PGPASSWORD}@host/name`; `${...}` is taken from the environment.",
    )
    query: Word | None = Field(None, description="With `database`: the SELECT whose rows are the table.")
    missing: Missing = Field(
        "complete_case",
        description="Rows with empty cells are left out and counted, or are faults (`error`), or empty cells of "
        "covariates are imputed (`multiple_imputation`).",
    )
    imputation: Imputation | None = Field(None, description="Settings of `missing: multiple_imputation`.")
    weights: Word | None = Field(
        None, description="Column of frequency weights: how often each row stands, a whole number of 1 or more."
    )
    only: dict[str, Annotated[Only, BeforeValidator(only_of, json_schema_input_type=Word | list[Word] | Only)]] = Field(
        default_factory=dict,
        description="Rows that the study is about, by columns of the plan: `{sex: female, region: [north, east], age: "
        "{min: 65}, admission: {earliest: 2019-01-01, latest: 2019-12-31}}`. The others are left out before anything "
        "is checked, and counted.",
    )
    source: Word | None = Field(None, description="Where the data come from; printed in the report.")
    licence: Word | None = Field(None, description="The licence of the data; printed in the report.")

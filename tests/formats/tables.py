"""One table written in every format that can hold it."""

from __future__ import annotations

import gzip
import io
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pyreadstat

Labels = Mapping[str, Mapping[int, str]]


def as_text(table: pd.DataFrame, sep: str = ",", decimal: str = ".", labels: Labels | None = None) -> str:
    """The table as delimited text, labelled codes as their labels."""
    made = table.copy()
    for name, words in (labels or {}).items():
        made[name] = made[name].map(dict(words))
    text = io.StringIO()
    made.to_csv(text, sep=sep, decimal=decimal, index=False, date_format="%Y-%m-%d")
    return text.getvalue()


def _text(sep: str = ",", decimal: str = ".", encoding: str = "utf-8") -> Callable[[pd.DataFrame, Path, Labels], None]:
    def write(table: pd.DataFrame, path: Path, labels: Labels) -> None:
        path.write_bytes(as_text(table, sep, decimal, labels).encode(encoding))

    return write


def _packed(table: pd.DataFrame, path: Path, labels: Labels) -> None:
    path.write_bytes(gzip.compress(as_text(table, labels=labels).encode()))


def _parquet(table: pd.DataFrame, path: Path, labels: Labels) -> None:
    made = table.copy()
    for name, words in labels.items():
        made[name] = made[name].map(dict(words)).astype("category")
    made.to_parquet(path, index=False)


def _dta(table: pd.DataFrame, path: Path, labels: Labels) -> None:
    pyreadstat.write_dta(table, path, variable_value_labels={name: dict(words) for name, words in labels.items()})


def _sav(table: pd.DataFrame, path: Path, labels: Labels) -> None:
    pyreadstat.write_sav(table, path, variable_value_labels={name: dict(words) for name, words in labels.items()})


def _xpt(table: pd.DataFrame, path: Path, labels: Labels) -> None:
    made = table.copy()
    for name, words in labels.items():
        made[name] = made[name].map(dict(words))
    pyreadstat.write_xport(made, path, file_format_version=8)


FILES: dict[str, tuple[str, Callable[[pd.DataFrame, Path, Labels], None], dict[str, str]]] = {
    "csv": ("a.csv", _text(), {}),
    "csv with a mark": ("a.csv", _text(encoding="utf-8-sig"), {}),
    "latin-1": ("a.csv", _text(encoding="latin-1"), {"encoding": "latin-1"}),
    "utf-16": ("a.csv", _text(encoding="utf-16"), {"encoding": "utf-16"}),
    "tsv": ("a.tsv", _text("\t"), {}),
    "semicolons and decimal commas": ("a.csv", _text(";", ","), {}),
    "bars": ("a.txt", _text("|"), {}),
    "quoted decimal commas": ("a.csv", _text(",", ","), {"decimal": ","}),
    "a delimiter of one's own": ("a.csv", _text("~"), {"delimiter": "~"}),
    "csv.gz": ("a.csv.gz", _packed, {}),
    "parquet": ("a.parquet", _parquet, {}),
    "dta": ("a.dta", _dta, {}),
    "sav": ("a.sav", _sav, {}),
    "xpt": ("a.xpt", _xpt, {}),
}


def as_database(table: pd.DataFrame, path: Path, labels: Labels) -> None:
    """The table as `measured` in a SQLite file."""
    made = table.copy()
    for name, words in labels.items():
        made[name] = made[name].map(dict(words))
    for name in made.columns[made.dtypes == "datetime64[ns]"]:
        made[name] = made[name].dt.strftime("%Y-%m-%d")
    with sqlite3.connect(path) as connection:
        made.to_sql("measured", connection, index=False)
    connection.close()

"""Files of every format with a fault: refused in words, with an exit code, and never a guess between columns."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from epiladder.cli import run
from epiladder.study import memory
from tables import FILES, as_database, as_text
from test_round_trips import LABELS, VISITS_STUDY, visits


def study(folder: Path, data: dict[str, Any]) -> Path:
    path = folder / "study.yaml"
    path.write_text(VISITS_STUDY.format(data=str(data).replace("'", '"')), encoding="utf-8")
    return path


def text() -> str:
    return as_text(visits(), labels=LABELS)


def _cut(folder: Path) -> None:
    (folder / "a.csv.gz").write_bytes(gzip.compress(text().encode())[:-40])


def _database(folder: Path) -> None:
    with sqlite3.connect(folder / "a.db") as connection:
        visits().drop(columns=["day"]).to_sql("measured", connection, index=False)
    connection.close()


def write(name: str, content: str | bytes) -> Callable[[Path], None]:
    return lambda folder: (
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content) and None
    )


FAULTS: dict[str, tuple[Callable[[Path], None], dict[str, Any], tuple[str, ...]]] = {
    "gzip cut short": (_cut, {"path": "a.csv.gz"}, ("cannot be unpacked",)),
    "no gzip": (write("a.csv.gz", text()), {"path": "a.csv.gz"}, ("cannot be unpacked",)),
    "gzip by another name": (
        write("a.csv", gzip.compress(text().encode())),
        {"path": "a.csv"},
        ("is compressed by gzip; give it the ending .gz",),
    ),
    "stata by another name": (write("a.csv", b"<stata_dta>"), {"path": "a.csv"}, ("give it the ending .dta",)),
    "no stata": (write("a.dta", text()), {"path": "a.dta"}, ("cannot be read as a .dta file",)),
    "no spss": (write("a.sav", text()), {"path": "a.sav"}, ("cannot be read as a .sav file",)),
    "no sas": (write("a.sas7bdat", text()), {"path": "a.sas7bdat"}, ("cannot be read as a .sas7bdat file",)),
    "no transport": (write("a.xpt", text()), {"path": "a.xpt"}, ("cannot be read as a .xpt file",)),
    "no parquet": (write("a.parquet", text()), {"path": "a.parquet"}, ("cannot be read as Parquet",)),
    "empty stata": (write("a.dta", b""), {"path": "a.dta"}, ("cannot be read as a .dta file",)),
    "bytes of zero": (write("a.csv", text().replace("w3", "w\0")), {"path": "a.csv"}, ("holds bytes of zero",)),
    "bytes of no encoding": (
        write("a.csv", text().replace("w3", "w\ufffd").encode().replace(b"\xef\xbf\xbd", b"\x81")),
        {"path": "a.csv"},
        ("a.csv:", "is not UTF-8 text", "encoding"),
    ),
    "another encoding than said": (
        write("a.csv", text().encode("latin-1")),
        {"path": "a.csv", "encoding": "ascii"},
        ("is not text of the encoding `ascii`",),
    ),
    "another delimiter than said": (
        write("a.csv", text()),
        {"path": "a.csv", "delimiter": ";"},
        ("parted by ',', not by ';'", "data: {delimiter: ','}"),
    ),
    "thousands marks": (
        write("a.csv", as_text(visits(), ";", labels=LABELS).replace(";0.333", ";1,000")),
        {"path": "a.csv"},
        ("[type]", "without thousands marks"),
    ),
    "points among decimal commas": (
        write("a.csv", as_text(visits(), ";", ",", labels=LABELS).replace(";0,33333", ";1.033,3", 1)),
        {"path": "a.csv", "decimal": ","},
        ("[type]", "'1.033,3"),
    ),
    "a pattern that nothing matches": (write("a.csv", text()), {"path": "b*.csv"}, ("no file matches this pattern",)),
    "no database": (lambda folder: None, {"database": "sqlite:///no.db", "query": "SELECT 1"}, ("no such database",)),
    "a query that fails": (
        _database,
        {"database": "sqlite:///a.db", "query": "SELECT * FROM mesured"},
        ("the query failed", "no such table: mesured"),
    ),
    "a query without rows": (
        _database,
        {"database": "sqlite:///a.db", "query": "SELECT * FROM measured WHERE 1 = 0"},
        ("no rows",),
    ),
    "a query without a column": (
        _database,
        {"database": "sqlite:///a.db", "query": "SELECT * FROM measured"},
        ("no column `day`",),
    ),
    "a name that the environment lacks": (
        lambda folder: None,
        {"database": "sqlite:///${EPILADDER_NOWHERE}.db", "query": "SELECT 1"},
        ("the environment has no EPILADDER_NOWHERE",),
    ),
    "no such dialect": (
        lambda folder: None,
        {"database": "oracel://host/name", "query": "SELECT 1"},
        ("none that SQLAlchemy knows",),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_of_reading(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, data, said = FAULTS[name]
    make(tmp_path)
    assert run(["check", str(study(tmp_path, data))]) == 3
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    for words in said:
        assert words in printed


def test_latin_1_without_a_word_is_read_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_bytes(text().encode("latin-1"))
    assert run(["check", str(study(tmp_path, {"path": "a.csv"}))]) == 0
    printed = capsys.readouterr().out
    assert "[encoding]" in printed
    assert "see line 2" in printed
    assert "90 read" in printed


def test_values_declared_missing_are_empty_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = visits()
    table.loc[[1, 2], "age"] = 999
    pyreadstat.write_sav(
        table,
        tmp_path / "a.sav",
        variable_value_labels={"sex": dict(LABELS["sex"]), "age": {999: "refused"}},
        missing_ranges={"age": [{"lo": 990, "hi": 999}]},
    )
    assert run(["check", str(study(tmp_path, {"path": "a.sav"}))]) == 0
    printed = capsys.readouterr().out
    assert "2 cells of `age` hold values that the file itself declares missing (999 (refused) in 2)" in printed


def test_codes_stay_codes_where_the_plan_writes_codes(tmp_path: Path) -> None:
    pyreadstat.write_dta(visits(), tmp_path / "a.dta", variable_value_labels={"sex": dict(LABELS["sex"])})
    path = study(tmp_path, {"path": "a.dta"})
    written = path.read_text(encoding="utf-8").replace('[homme, "fille d\'été"]', "[0, 1]")
    path.write_text(written, encoding="utf-8")
    assert run(["check", str(path)]) == 0


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet", "a.dta"])
def test_more_than_memory_is_refused_in_words(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = visits()
    if name.endswith("parquet"):
        table.to_parquet(tmp_path / name)
    elif name.endswith("dta"):
        pyreadstat.write_dta(table, tmp_path / name)
    else:
        content = text().encode()
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    monkeypatch.setattr(memory, "available", lambda: 5000)
    assert run(["check", str(study(tmp_path, {"path": name}))]) == 3
    printed = capsys.readouterr().err
    assert "GB of memory" in printed
    assert "Keep just the columns" in printed


def test_no_secret_is_ever_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGISTRY_WORD", "s3cr/t@word")
    address = "postgresql+psycopg://reader:${REGISTRY_WORD}@no.such.host:1/registry"
    assert run(["check", str(study(tmp_path, {"database": address, "query": "SELECT 1"}))]) == 3
    printed = capsys.readouterr()
    assert "the query failed" in printed.err
    for part in ("s3cr", "t@word", "s3cr%2Ft"):
        assert part not in printed.err + printed.out


def test_dates_of_typed_files_are_dates(tmp_path: Path) -> None:
    from epiladder.study.config import load_plan
    from epiladder.study.data import validate

    table = visits()
    table["sex"] = table["sex"].map(dict(LABELS["sex"]))
    table["score"] = table["score"].astype(str)
    table.loc[0, "score"] = "much"
    table.to_parquet(tmp_path / "a.parquet")
    path = study(tmp_path, {"path": "a.parquet"})
    path.write_text(path.read_text(encoding="utf-8") + "checks: {type: reject}\n", encoding="utf-8")
    rejected = validate(load_plan(path), tmp_path).rejected
    assert rejected["day"].tolist() == [table["day"][0].date().isoformat()]


def _moments(form: str, folder: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A table with hours in its days in one of the formats, and the plan's `data` for it."""
    table = visits()
    table["day"] = table["day"] + pd.Timedelta(hours=7)
    if form in ("csv", "query"):
        table["day"] = table["day"].astype(str)
    if form == "query":
        as_database(table, folder / "a.db", LABELS)
        return table, {"database": "sqlite:///a.db", "query": "SELECT * FROM measured"}
    name, write_table, options = FILES[form]
    write_table(table, folder / name, LABELS)
    return table, {"path": name, **options}


@pytest.mark.parametrize("form", ["csv", "parquet", "dta", "sav", "xpt", "query"])
def test_no_format_loses_a_time_of_day(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Hours are refused in words wherever a file has them, and left out where the plan says that they are there."""
    table, data = _moments(form, tmp_path)
    path = study(tmp_path, data)
    assert run(["check", str(path)]) == 3
    said = capsys.readouterr().err
    assert f"{len(table)} rows of `day` hold no date" in said and "would lose the time of day" in said
    dated = path.read_text(encoding="utf-8").replace("type: date", "type: date, format: 'YYYY-MM-DD hh:mm'")
    path.write_text(dated, encoding="utf-8")
    assert run(["check", str(path)]) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE measured SET score = 'much' WHERE rowid = 3", "'much' (row 4)"),
        ("UPDATE measured SET age = 'old' WHERE rowid = 3", "'old' (row 4)"),
        ("UPDATE measured SET note = x'00ff' WHERE rowid = 3", "holds cells of the kind `binary`"),
    ],
)
def test_cells_of_many_kinds_in_a_database(
    change: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQLite holds words among numbers; they are faults of the data, named by their row."""
    as_database(visits(), tmp_path / "a.db", LABELS)
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute(change)
    connection.close()
    path = study(tmp_path, {"database": "sqlite:///a.db", "query": "SELECT * FROM measured"})
    assert run(["check", str(path)]) == 3
    said = capsys.readouterr().err
    assert words in said and "Traceback" not in said


def test_a_query_larger_than_memory_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_database(visits(), tmp_path / "a.db", LABELS)
    monkeypatch.setattr(memory, "available", lambda: 5000)
    path = study(tmp_path, {"database": "sqlite:///a.db", "query": "SELECT * FROM measured"})
    assert run(["check", str(path)]) == 3
    assert "the query: needs about" in capsys.readouterr().err


def test_a_word_that_spss_declares_missing_is_shown_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = visits()
    table.loc[7, "note"] = "X"
    ranges = {"note": ["X"]}
    pyreadstat.write_sav(
        table, tmp_path / "a.sav", variable_value_labels={"sex": dict(LABELS["sex"])}, missing_ranges=ranges
    )
    assert run(["check", str(study(tmp_path, {"path": "a.sav"}))]) == 0
    assert "declares missing (X in 1)" in capsys.readouterr().out

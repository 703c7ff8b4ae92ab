"""A table from a real PostgreSQL server: the same rows as from a file, and no trace of the password."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy
from epiladder import steps
from epiladder.cli import run
from epiladder.files import read_json
from postgres import USER, WORD, Server, server

REPOSITORY = Path(__file__).resolve().parents[2]
SCHOOLS = REPOSITORY / "config" / "studies" / "sleep-deprivation"
ADDRESS = "postgresql+psycopg://${PGUSER}:${PGPASSWORD}@127.0.0.1:{port}/postgres"
SECRETS = (WORD, "pass%3Aw%40rd%2F1", "w@rd/1")


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with server() as made:
        yield made


@pytest.fixture(scope="module")
def study(database: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled study of sleep with its table in the server."""
    folder = tmp_path_factory.mktemp("sleep")
    text = (SCHOOLS / "study.yaml").read_text(encoding="utf-8")
    name = next(path.name for path in SCHOOLS.glob("*.csv"))
    engine = sqlalchemy.create_engine(
        sqlalchemy.URL.create("postgresql+psycopg", USER, WORD, "127.0.0.1", database.port, "postgres")
    )
    pd.read_csv(SCHOOLS / name).to_sql("sleep", engine, index=False)
    engine.dispose()
    address = ADDRESS.replace("{port}", str(database.port))
    assert f"path: {name}" in text
    asked = f"database: '{address}'\n  query: SELECT * FROM sleep"
    path = folder / "study.yaml"
    path.write_text(text.replace(f"path: {name}", asked), encoding="utf-8")
    return path


def test_rows_are_those_of_the_file(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGUSER", USER)
    monkeypatch.setenv("PGPASSWORD", WORD)
    steps.validate(study=study, results=tmp_path / "a")
    steps.validate(study=SCHOOLS / "study.yaml", results=tmp_path / "b")
    assert read_json(tmp_path / "a" / "validation.json")["status"] == "passed"
    rows = [pd.read_parquet(tmp_path / name / "data" / "rows.parquet") for name in "ab"]
    pd.testing.assert_frame_equal(*(one.drop(columns=".row") for one in rows))


def test_a_wrong_password_is_told_and_not_shown(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PGUSER", USER)
    monkeypatch.setenv("PGPASSWORD", "another:w@rd")
    assert run(["check", str(study)]) == 3
    said = capsys.readouterr().err
    assert "authentication failed" in said
    assert "another" not in said


def test_a_whole_run_leaves_no_trace_of_the_password(study: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PGUSER": USER, "PGPASSWORD": WORD}
    command = [str(Path(sys.executable).with_name("snakemake")), "--cores", "2", "--snakefile"]
    command += [str(REPOSITORY / "Snakefile"), "--directory", str(tmp_path), "--config", f"studies=[{study}]"]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    printed = made.stdout + made.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "manifest.json" for path in files)
    for secret in SECRETS:
        assert secret not in printed
        assert not [path for path in files if secret.encode() in path.read_bytes()]
    manifest = read_json(next(path for path in files if path.name == "manifest.json"))
    assert [one["path"] for one in manifest["inputs"]] == ["study.yaml", "(query)"]

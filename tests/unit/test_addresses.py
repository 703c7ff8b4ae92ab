"""Data at addresses and pinned files: what a plan may say of them, and what is read of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from epiladder.cli import run
from epiladder.errors import DataError, PlanError
from epiladder.study import addresses
from epiladder.study.config import Plan, load_plan
from epiladder.study.ingest import read_raw

DIGEST = "ab" * 32
STUDY = """
id: small
data: {data}
unit: pupil
levels: [school]
outcome: {{variable: y}}
variables: {{y: {{type: number}}}}
"""
ROWS = b"school,y\na,1\nb,2\n"


def plan(folder: Path, data: str) -> Plan:
    (folder / "study.yaml").write_text(STUDY.format(data=data), encoding="utf-8")
    return load_plan(folder / "study.yaml")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("{path: 's3://b/a.csv'}", ("needs its SHA-256", "aws s3 cp s3://b/a.csv - | sha256sum")),
        ("{path: 'https://h/a.csv'}", ("needs its SHA-256", "curl -sL https://h/a.csv | sha256sum")),
        (f"{{path: 's3://me:word@b/a.csv', sha256: {DIGEST}}}", ("must not hold a name or a password",)),
        (f"{{path: 'https://h/a.csv?sig=1', sha256: {DIGEST}}}", ("must have no `?` or `#`",)),
        (f"{{path: 's3://b/*.csv', sha256: {DIGEST}}}", ("must name one file",)),
        (f"{{path: 's3://b/../a.csv', sha256: {DIGEST}}}", ("must name one file",)),
        (f"{{path: 'https://[::1/a.csv', sha256: {DIGEST}}}", ("host or its port is written wrongly",)),
        (f"{{path: 'https://me:word@h:x/a.csv', sha256: {DIGEST}}}", ("host or its port is written wrongly",)),
        (f"{{path: 'ftp://h/a.csv', sha256: {DIGEST}}}", ("is an address of a kind that is not known",)),
        (f"{{path: 's3://b/a.doc', sha256: {DIGEST}}}", ("must end in",)),
        ("{path: a.csv, sha256: abc}", ("64 hexadecimal digits", "'abc'")),
        (f"{{path: [a.csv, b.csv], sha256: {DIGEST}}}", ("must name the files",)),
        (f"{{path: [a.csv, b.csv], sha256: {{a.csv: {DIGEST}}}}}", ("must name `b.csv` too",)),
        (f"{{path: a.csv, sha256: {{b.csv: {DIGEST}}}}}", ("`b.csv`, which is not under `path`",)),
    ],
)
def test_what_a_plan_must_not_say(data: str, words: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(PlanError) as error:
        plan(tmp_path, data)
    assert all(word in str(error.value) for word in words)
    assert "me:word" not in str(error.value)


def test_a_digest_alone_is_the_only_files(tmp_path: Path) -> None:
    made = plan(tmp_path, f"{{path: 's3://b/x/a.csv', sha256: {DIGEST.upper()}}}")
    assert made.data.sha256 == {"s3://b/x/a.csv": DIGEST}
    assert Plan.model_validate(made.model_dump(mode="json")) == made
    assert addresses.copies(made.data, Path("kept")) == {"s3://b/x/a.csv": Path("kept") / DIGEST / "a.csv"}


def test_a_local_file_is_read_if_it_is_the_one_that_was_pinned(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROWS)
    made = plan(tmp_path, f"{{path: a.csv, sha256: {hashlib.sha256(ROWS).hexdigest()}}}")
    assert read_raw(made, tmp_path).n_rows == 2
    (tmp_path / "a.csv").write_bytes(ROWS + b"c,3\n")
    with pytest.raises(DataError, match="is not the file that the plan pins") as error:
        read_raw(made, tmp_path)
    assert made.data.sha256["a.csv"] in str(error.value)
    assert hashlib.sha256(ROWS + b"c,3\n").hexdigest() in str(error.value)


def test_of_a_pattern_every_file_is_pinned(tmp_path: Path) -> None:
    digest = hashlib.sha256(ROWS).hexdigest()
    for name in ("a1.csv", "a2.csv"):
        (tmp_path / name).write_bytes(ROWS)
    both = f"{{path: 'a*.csv', sha256: {{a1.csv: {digest}, a2.csv: {digest}}}}}"
    assert read_raw(plan(tmp_path, both), tmp_path).n_rows == 4
    with pytest.raises(DataError, match=r"`a2\.csv` must be named there too"):
        read_raw(plan(tmp_path, f"{{path: 'a*.csv', sha256: {{a1.csv: {digest}}}}}"), tmp_path)
    (tmp_path / "a2.csv").unlink()
    with pytest.raises(DataError, match=r"`a2\.csv` is named there and does not match"):
        read_raw(plan(tmp_path, both), tmp_path)


def test_check_says_that_nothing_is_here_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    plan(tmp_path, f"{{path: 's3://b/a.csv', sha256: {DIGEST}}}")
    assert run(["check", "study.yaml"]) == 0
    assert "No copy of s3://b/a.csv is here yet, so the data were not read" in capsys.readouterr().out


def test_a_copy_of_other_bytes_is_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "brought").write_bytes(ROWS)
    words = ["--address", "s3://b/a.csv", "--sha256", DIGEST, "--results", str(tmp_path / DIGEST)]
    assert run(["fetch", str(tmp_path / "brought"), *words]) == 3
    assert not (tmp_path / DIGEST / "a.csv").exists()
    assert DIGEST in capsys.readouterr().err


def test_a_plugin_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(tmp_path, f"{{path: 's3://b/a.csv', sha256: {DIGEST}}}")
    monkeypatch.setattr(addresses, "find_spec", lambda name: None)
    with pytest.raises(PlanError, match=r"snakemake-storage-plugin-s3, which is not installed.*make setup-storage"):
        addresses.refuse_no_plugin(made.data)
    addresses.refuse_no_plugin(plan(tmp_path, "{path: a.csv}").data)

"""Data at addresses, from real servers of this machine: brought, kept under their digest, verified, refused."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from epiladder.cli import run as epiladder

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))
import storage
from runs import Outcome, command, environment, write_study

TABLE = "extracts/wards.csv"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def table(folder: Path) -> bytes:
    """The bytes of a table of wards, which lies nowhere beside its study."""
    write_study(folder)
    content = (folder / "wards.csv").read_bytes()
    (folder / "wards.csv").unlink()
    return content


def study(folder: Path, address: str, digest: str) -> None:
    """The study file, with its data at an address."""
    write_study(folder)
    (folder / "wards.csv").unlink()
    file = folder / "study.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("{path: wards.csv}", f"{{path: '{address}', sha256: {digest}}}"), encoding="utf-8")


def run(folder: Path, settings: dict[str, str], *arguments: str) -> Outcome:
    asked = command(folder, *(arguments or ("--cores", "1")), studies=None if "--config" in arguments else "study.yaml")
    given = environment(PWD=str(folder), **settings)
    answer = subprocess.run(
        asked, cwd=folder, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return Outcome(answer.returncode, answer.stdout)


@pytest.fixture(scope="module")
def s3() -> Iterator[storage.S3]:
    with storage.s3() as server:
        yield server


@pytest.fixture(scope="module")
def finished(s3: storage.S3, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on an object of S3."""
    folder = tmp_path_factory.mktemp("s3")
    content = table(folder)
    study(folder, s3.put(TABLE, content), sha256(content))
    ended = run(folder, s3.settings)
    assert ended.code == 0, ended.said
    (folder / "said.txt").write_text(ended.said, encoding="utf-8")
    return folder


def test_an_object_of_s3_is_recorded_and_verified(
    finished: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(finished)
    address = f"s3://{storage.BUCKET}/{TABLE}"
    manifest = json.loads((finished / "results/wards/manifest.json").read_text(encoding="utf-8"))
    row = next(one for one in manifest["inputs"] if one["path"] == address)
    copy = finished / "results/kept_inputs" / row["sha256"] / "wards.csv"
    assert sha256(copy.read_bytes()) == row["sha256"] and row["bytes"] == copy.stat().st_size and row["rows"] == 168
    provenance = json.loads((finished / "results/wards/provenance.json").read_text(encoding="utf-8"))
    assert address in [one["path"] for one in provenance["inputs"]]
    fetched = next(one for one in manifest["runs"] if one["rule"] == f"fetch.{row['sha256'][:12]}")
    assert fetched["exit_code"] == 0 and fetched["written"][0]["sha256"] == row["sha256"]
    assert address in (finished / "reports/wards/report.html").read_text(encoding="utf-8")
    assert epiladder(["check", "study.yaml"]) == 0
    assert epiladder(["verify", "reports/wards"]) == 0
    assert epiladder(["crate", "reports/wards"]) == 0
    capsys.readouterr()
    whole = copy.read_bytes()
    copy.write_bytes(whole + b"\n")
    assert epiladder(["verify", "reports/wards"]) == 6
    assert f"changed: input {address}" in capsys.readouterr().err
    copy.unlink()
    assert epiladder(["verify", "reports/wards"]) == 0
    assert f"not at hand: {address}" in capsys.readouterr().out
    copy.write_bytes(whole)


def test_no_key_is_written_anywhere(finished: Path, s3: storage.S3) -> None:
    for path in finished.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert storage.KEY.encode() not in content and storage.WORD.encode() not in content, path


def test_an_object_that_changed_is_refused_and_nothing_is_lost(finished: Path, s3: storage.S3) -> None:
    kept = {path: path.read_bytes() for path in finished.glob("results/wards/*.json")}
    copy = next(finished.glob("results/kept_inputs/*/wards.csv"))
    before = copy.read_bytes()
    after = before + b"w0,30,control,3.0\n"
    s3.put(TABLE, after)
    ended = run(finished, s3.settings)
    assert ended.code != 0 and "returned non-zero exit status 3" in ended.said
    said = (
        f"is not the file that the plan pins: its SHA-256 is {sha256(after)}, and `data: sha256` says {sha256(before)}"
    )
    assert ended.said.count(said) == 1 and "Traceback" not in ended.said
    assert copy.read_bytes() == before
    assert {path: path.read_bytes() for path in kept} == kept
    study(finished, f"s3://{storage.BUCKET}/{TABLE}", sha256(after))
    asked = run(finished, s3.settings, "--dry-run", "--quiet", "host")
    assert {"fetch", "validate", "fit", "report", "manifest"} <= asked.rules
    again = run(finished, s3.settings, "--cores", "1", "--until", "gate")
    assert again.code == 0, again.said
    account = json.loads((finished / "results/wards/data/accounting.json").read_text(encoding="utf-8"))
    assert account["rows_read"] == 169
    assert copy.read_bytes() == before  # the earlier run can still be verified


def test_a_table_behind_http_is_brought_once_for_all_studies(tmp_path: Path) -> None:
    content = table(tmp_path)
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "wards.csv").write_bytes(content)
    with storage.http(tmp_path / "web") as host:
        study(tmp_path, f"{host}/wards.csv", sha256(content))
        spread = "expand={study: study.yaml, over: {subgroup: {training: [control, training]}}}"
        asked = run(tmp_path, {}, "--dry-run", "--quiet", "host", "--config", spread)
        assert asked.code == 0, asked.said
        assert asked.said.count("rule fetch:") == 1 and asked.said.count("rule validate:") == 2
        ended = run(tmp_path, {}, "--cores", "1", "--until", "gate", "--config", spread)
        assert ended.code == 0, ended.said
    for name in ("control", "training"):
        account = json.loads((tmp_path / f"results/wards--training-{name}/data/accounting.json").read_text())
        assert account["rows_read"] == 84
    settled = run(tmp_path, {}, "--cores", "1", "--until", "gate", "--config", spread)  # the server is gone by now
    assert settled.code == 0 and "jobid: 0" not in settled.said and "rule fetch" not in settled.said


@pytest.mark.parametrize("server", ["s3", "http"])
def test_what_is_not_there_is_named(server: str, s3: storage.S3, tmp_path: Path) -> None:
    digest = sha256(b"")
    with storage.http(tmp_path) as host:
        address = f"{host}/none.csv" if server == "http" else f"s3://{storage.BUCKET}/none.csv"
        study(tmp_path, address, digest)
        ended = run(tmp_path, s3.settings)
        assert ended.code != 0 and "Missing input files" in ended.said and f"{address} (in storage)" in ended.said
        assert "Traceback" not in ended.said
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("server", ["s3", "http"])
def test_a_server_that_does_not_answer_is_told(server: str, tmp_path: Path) -> None:
    with storage.http(tmp_path) as gone:
        pass
    address = f"{gone}/wards.csv" if server == "http" else f"s3://{storage.BUCKET}/wards.csv"
    study(tmp_path, address, sha256(b""))
    words = {"ACCESS_KEY": storage.KEY, "SECRET_KEY": storage.WORD, "ENDPOINT_URL": gone}
    ended = run(tmp_path, {f"SNAKEMAKE_STORAGE_S3_{name}": word for name, word in words.items()})
    assert ended.code != 0 and f"Failed to check existence of {address}" in ended.said
    assert "Traceback" not in ended.said and storage.WORD not in ended.said
    assert not (tmp_path / "results").exists()

"""`epiladder crate`: a run as a Provenance Run Crate that its validator accepts, with nothing restricted inside."""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from crates import faults
from epiladder.cli import run as epiladder
from runs import copy

MADE = ("ro-crate-metadata.json", "README.md", "workflow/Snakefile")
# What the profiles recommend and a run does not know: who started each command; where epiladder is published, so that
# it and its commands had an address of their own; which organisation publishes the report, and where its authors work.
UNKNOWN = {
    "process-run-crate-0.5_8.6": "agent",
    "process-run-crate-0.5_3.2": "url",
    "process-run-crate-0.5_5.1": "absolute URI",
    "ro-crate-1.1_22.3": "publisher",
    "ro-crate-1.1_30.2": "affiliation",
    "ro-crate-1.1_30.3": "affiliation",
}


@pytest.fixture(scope="module")
def folder(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = copy(finished, tmp_path_factory.mktemp("crate") / "copy")
    assert epiladder(["crate", str(made / "reports" / "wards")]) == 0
    return made


@pytest.fixture(scope="module")
def packed(folder: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(folder / "reports" / "wards.crate.zip")


@pytest.fixture(scope="module")
def graph(packed: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    return {one["@id"]: one for one in json.loads(packed.read("ro-crate-metadata.json"))["@graph"]}


def listed(value: Any) -> list[str]:
    return [one["@id"] for one in (value if isinstance(value, list) else [value])]


def test_the_validator_finds_nothing_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert faults(folder / "reports" / "wards.crate.zip", monkeypatch, "REQUIRED", tmp_path) == []


def test_what_is_recommended_is_there_but_for_what_a_run_does_not_know(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = faults(folder / "reports" / "wards.crate.zip", monkeypatch, "RECOMMENDED", tmp_path)
    assert [one for one in found if UNKNOWN.get(one.split()[1], "?") not in one] == []
    assert {one.split()[1] for one in found} == set(UNKNOWN)


def test_who_answers_for_the_study_stands_in_crate_and_report(
    packed: zipfile.ZipFile, graph: dict[str, dict[str, Any]]
) -> None:
    assert [graph[one]["name"] for one in listed(graph["./"]["author"])] == ["Ada Byron", "Karl Gauss"]
    assert "Ada Byron, Karl Gauss · epiladder" in packed.read("report.html").decode()
    assert "`wards`" in packed.read("README.md").decode()


def test_the_validator_finds_what_is_wrong(
    packed: zipfile.ZipFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packed.extractall(tmp_path / "crate")
    described = tmp_path / "crate" / "ro-crate-metadata.json"
    content = json.loads(described.read_text(encoding="utf-8"))
    for one in content["@graph"]:
        one.pop("workExample" if one["@id"] == "#step/fit.null" else "absent", None)
    described.write_text(json.dumps(content), encoding="utf-8")
    found = faults(tmp_path / "crate", monkeypatch, "REQUIRED", tmp_path)
    assert len(found) == 1 and "must refer to its corresponding tool" in found[0] and "step/fit.null" in found[0]


def test_each_command_says_when_it_ran_and_what_it_read_and_wrote(graph: dict[str, dict[str, Any]]) -> None:
    fit = graph["#run/fit.null"]
    assert fit["description"] == "epiladder fit --results results/wards --rung null"
    assert fit["startTime"] <= fit["endTime"] and fit["instrument"]["@id"] == "#tool/fit"
    assert set(listed(fit["result"])) == {
        "#restricted/results/fits/null.json",
        "#restricted/results/fits/null.modes.parquet",
    }
    assert "#restricted/results/design/crossproducts.parquet" in listed(fit["object"])
    assert "#restricted/input/wards.csv" in listed(graph["#run/validate"]["object"])
    assert float(graph["#usage/fit.null/memory_mb"]["value"]) > 20
    page = graph["#run/report"]
    assert "report.html" in listed(page["result"]) and "#restricted/results/screen.json" in listed(page["object"])


def test_hashes_are_those_of_the_files(folder: Path, packed: zipfile.ZipFile, graph: dict[str, dict[str, Any]]) -> None:
    for name in packed.namelist():
        if name not in MADE:
            assert graph[name]["sha256"] == hashlib.sha256(packed.read(name)).hexdigest()
    rows = folder / "results" / "wards" / "data" / "rows.parquet"
    told = graph["#restricted/results/data/rows.parquet"]
    assert told["sha256"] == hashlib.sha256(rows.read_bytes()).hexdigest()


def test_nothing_restricted_is_inside(folder: Path, packed: zipfile.ZipFile) -> None:
    released = {path.relative_to(folder / "reports" / "wards").as_posix() for path in _files(folder)}
    assert set(packed.namelist()) == {*released, *MADE}
    told = packed.read("ro-crate-metadata.json").decode()
    assert str(folder) not in told and socket.gethostname() not in told and "pytest" not in told


def _files(folder: Path) -> list[Path]:
    found = (folder / "reports" / "wards").rglob("*")
    return [path for path in found if path.is_file() and not path.name.startswith(".")]


def test_no_crate_is_made_of_a_run_that_was_touched(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = copy(finished, tmp_path / "copy")
    (made / "reports" / "wards" / "report.md").write_text("other", encoding="utf-8")
    assert epiladder(["crate", str(made / "reports" / "wards")]) == 6
    assert "no crate is made of it" in capsys.readouterr().err
    assert not (made / "reports" / "wards.crate.zip").exists()


def test_without_the_library_it_is_told_how_to_get_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "rocrate.rocrate", None)
    assert epiladder(["crate", str(folder / "reports" / "wards")]) == 2
    assert "make setup-crate" in capsys.readouterr().err

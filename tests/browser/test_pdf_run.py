"""A run whose plan asks for a PDF, in German: made, vouched for, verified, and taken away when it is asked no more."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import pytest
from conftest import HERE
from epiladder.cli import run as epiladder
from pypdf import PdfReader

sys.path.append(str(HERE.parent / "workflow"))
from runs import Outcome, run, write_study


def told(folder: Path) -> Outcome:
    """A real run that names its rules."""
    return run(folder, "--cores", "1", "--quiet", "host")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wards")
    study = write_study(folder)
    text = study.read_text(encoding="utf-8").replace("report: {", "report: {pdf: true, language: de, ")
    study.write_text(text, encoding="utf-8")
    made = told(folder)
    assert made.code == 0, made.said
    assert "pdf" in made.rules
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished, tmp_path / "copy")


def test_it_is_vouched_for_and_in_its_language(folder: Path) -> None:
    path = folder / "reports" / "wards" / "report.pdf"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    release = json.loads((path.parent / "RELEASE.json").read_text(encoding="utf-8"))
    assert {"path": "report.pdf", "label": "releasable", "sha256": digest} in release["files"]
    manifest = json.loads((folder / "results" / "wards" / "manifest.json").read_text(encoding="utf-8"))
    listed = [one for one in manifest["outputs"] if one["path"] == "reports/wards/report.pdf"]
    assert [(one["sha256"], one["label"]) for one in listed] == [(digest, "releasable")]
    assert "pdf" in {one["rule"] for one in manifest["runs"]}
    assert PdfReader(path).trailer["/Root"]["/Lang"] == "de"
    assert "wards/report.pdf" in (folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert "wards/report.pdf" in (folder / "reports" / "index.md").read_text(encoding="utf-8")


def test_it_is_verified_and_printed_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert epiladder(["verify", str(folder / "reports"), "--numbers"]) == 0
    assert "not derived again" not in capsys.readouterr().out
    path = folder / "reports" / "wards" / "report.pdf"
    path.write_bytes(path.read_bytes() + b"\n")
    assert epiladder(["verify", str(folder / "reports"), "--numbers"]) == 6
    said = capsys.readouterr().err
    assert "changed: reports/wards/report.pdf" in said and "not the same bytes: report.pdf" in said
    path.unlink()
    assert epiladder(["verify", str(folder / "reports"), "--numbers"]) == 6
    assert "missing: reports/wards/report.pdf" in capsys.readouterr().err


def test_one_that_was_set_by_other_software_is_told_and_no_difference(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("epiladder.report.printer._pango", lambda: "Pango 0.0.1")
    assert epiladder(["verify", str(folder / "reports" / "wards"), "--numbers"]) == 0
    assert "report.pdf is hashed, and was not derived again: it was set by" in capsys.readouterr().out


def test_a_finished_run_is_left_alone_and_a_lost_pdf_made_again(folder: Path) -> None:
    path = folder / "reports" / "wards" / "report.pdf"
    content = path.read_bytes()
    path.unlink()
    made = told(folder)
    assert made.code == 0, made.said
    assert made.rules == {"pdf", "report", "manifest", "index"}
    assert path.read_bytes() == content
    assert told(folder).rules == set()


def test_one_that_is_asked_for_no_more_is_taken_away(folder: Path) -> None:
    study = folder / "study.yaml"
    study.write_text(study.read_text(encoding="utf-8").replace("pdf: true, ", ""), encoding="utf-8")
    made = told(folder)
    assert made.code == 0 and "pdf" not in made.rules, made.said
    assert not (folder / "reports" / "wards" / "report.pdf").exists()
    assert epiladder(["verify", str(folder / "reports")]) == 0

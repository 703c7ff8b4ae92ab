"""`epiladder verify`: what an auditor learns of a finished run, and of one that somebody touched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from epiladder.audit.verify import find, verify
from epiladder.cli import run as epiladder
from runs import copy


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return copy(finished, tmp_path / "copy")


def test_an_untouched_run_is_verified_by_either_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("reports", "results"):
        assert epiladder(["verify", str(folder / name / "wards")]) == 0
        assert "0 missing, 0 changed, 0 extra" in capsys.readouterr().out


def test_inputs_are_hashed_too(folder: Path) -> None:
    with (folder / "wards.csv").open("a", encoding="utf-8") as stream:
        stream.write("w0,30,control,3\n")
    found = verify(find(folder / "reports" / "wards"))
    assert found.changed == ("input wards.csv",)
    (folder / "study.yaml").unlink()
    assert verify(find(folder / "reports" / "wards")).missing == ("input study.yaml",)


def test_missing_changed_and_extra_files_are_named_and_end_with_code_6(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = folder / "reports" / "wards"
    (folder / "results" / "wards" / "screen.json").unlink()
    (reports / "report.md").write_text("nothing", encoding="utf-8")
    (reports / "tables" / ".rows.csv").write_text("row\n1\n", encoding="utf-8")
    assert epiladder(["verify", str(reports)]) == 6
    said = capsys.readouterr().err
    assert "missing: results/wards/screen.json" in said
    assert "changed: reports/wards/report.md" in said
    assert "extra: reports/wards/tables/.rows.csv" in said
    assert "1 missing, 1 changed, 1 extra" in said


def test_what_is_not_there_ends_with_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert epiladder(["verify", str(tmp_path / "reports" / "wards")]) == 2
    (tmp_path / "reports" / "wards").mkdir(parents=True)
    assert epiladder(["verify", str(tmp_path / "reports" / "wards")]) == 2
    assert "no manifest belongs to it" in capsys.readouterr().err


def test_numbers_are_derived_again_from_the_results(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert epiladder(["verify", str(folder / "reports" / "wards"), "--numbers"]) == 0
    assert "0 differ" in capsys.readouterr().out


def test_a_number_that_somebody_mended_by_hand_is_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page is edited and the manifest made to agree with it: hashes alone would not see it."""
    page, results = folder / "reports" / "wards" / "report.md", folder / "results" / "wards"
    text = page.read_text(encoding="utf-8")
    fit = json.loads((results / "fits" / "cross_level.json").read_text(encoding="utf-8"))
    printed = f"{fit['estimates']['ML']['aic']:.2f}"
    assert printed in text
    page.write_text(text.replace(printed, "123.45", 1), encoding="utf-8")
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    from epiladder.files import sha256_of_file

    for row in manifest["outputs"]:
        if row["path"].endswith("report.md"):
            row["sha256"] = sha256_of_file(page)
    (results / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert epiladder(["verify", str(folder / "reports" / "wards")]) == 0
    assert epiladder(["verify", str(folder / "reports" / "wards"), "--numbers"]) == 6
    assert f"report.md: released 123.45, derived {printed}" in capsys.readouterr().err


def test_every_rung_is_fitted_again_by_another_engine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert epiladder(["verify", str(folder / "reports" / "wards"), "--refit"]) == 0
    said = capsys.readouterr().out
    for rung in ("single_level.null", "single_level", "null", "random_intercept", "random_slope", "cross_level"):
        line = next(line for line in said.splitlines() if line.startswith(f"  {rung}: "))
        assert "largest relative difference" in line and "DIFFERS" not in line


def test_a_fit_that_somebody_bettered_is_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "results" / "wards" / "fits" / "random_intercept.json"
    fit = json.loads(path.read_text(encoding="utf-8"))
    fit["estimates"]["ML"]["fixed"][1]["estimate"] *= 1.1
    path.write_text(json.dumps(fit), encoding="utf-8")
    assert epiladder(["verify", str(folder / "reports" / "wards"), "--refit"]) == 6
    said = capsys.readouterr().err
    assert "random_intercept: " in said and "DIFFERS" in said


def test_a_folder_that_was_moved_is_still_verified(folder: Path, tmp_path: Path) -> None:
    shutil.move(folder, tmp_path / "elsewhere")
    assert not verify(find(tmp_path / "elsewhere" / "reports" / "wards")).any


def test_the_manifest_labels_every_output_and_names_engine_and_seeds(finished: Path) -> None:
    manifest = json.loads((finished / "results" / "wards" / "manifest.json").read_text(encoding="utf-8"))
    for row in manifest["outputs"]:
        assert row["label"] == ("releasable" if row["path"].startswith("reports/") else "restricted")
    rows = {row["path"]: row["rows"] for row in manifest["outputs"]}
    assert rows["results/wards/data/rows.parquet"] == 168
    assert rows["results/wards/data/rejected.csv"] == 0 and rows["results/wards/screen.json"] is None
    assert [row["rows"] for row in manifest["inputs"]] == [None, 168]
    assert manifest["blas"]["name"] and manifest["python"]["version"]
    assert all(run["blas_threads"] == "1" for run in manifest["runs"] if run["rule"] != "manifest")
    assert manifest["seeds"]["inference"] == 1 and set(manifest["seeds"]["rungs"]) >= {"null", "cross_level"}


def test_a_whole_run_is_verified_from_its_index(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("reports", "results"):
        assert epiladder(["verify", str(folder / name)]) == 0
        assert "the index, and manifests of 1 study" in capsys.readouterr().out
    (folder / "reports" / "index.md").write_text("other", encoding="utf-8")
    (folder / "reports" / "wards" / "report.md").write_text("other", encoding="utf-8")
    (folder / "reports" / "rows.csv").write_text("ward\n", encoding="utf-8")
    assert epiladder(["verify", str(folder / "reports")]) == 6
    said = capsys.readouterr().err
    assert "changed: index.md" in said and "extra: rows.csv" in said
    assert "changed: reports/wards/report.md" in said


def test_a_manifest_made_to_agree_with_what_was_touched_is_seen_from_the_index(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = folder / "results" / "wards" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"wards"', '"words"', 1), encoding="utf-8")
    assert epiladder(["verify", str(folder / "reports")]) == 6
    assert "changed: wards/manifest.json" in capsys.readouterr().err


def test_logs_and_what_each_command_took_are_recorded_and_hashed(finished: Path, folder: Path) -> None:
    manifest = json.loads((finished / "results" / "wards" / "manifest.json").read_text(encoding="utf-8"))
    side = {row["path"]: row["label"] for row in manifest["side_records"]}
    names = {f"results/wards/{kind}" for kind in ("logs/fit.null.log", "benchmarks/fit.null.tsv", "runs/fit.null.json")}
    assert names <= set(side) and set(side.values()) == {"restricted"}
    fit = next(run for run in manifest["runs"] if run["rule"] == "fit.null")
    assert fit["processor_seconds"] > 0 and fit["memory_mb"] > 20 and fit["host"]
    assert "results/wards/fits/null.json" in [row["path"] for row in fit["written"]]
    (folder / "results" / "wards" / "logs" / "gate.log").write_text("nothing happened", encoding="utf-8")
    assert verify(find(folder / "reports" / "wards")).changed == ("results/wards/logs/gate.log",)


def test_a_cell_edited_by_hand_is_told_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the table that is downloaded, and a number put into the page: the numbers around them are not told as well."""
    table = folder / "reports" / "wards" / "tables" / "coefficients.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    cells = lines[2].split(",")
    at = next(i for i, cell in enumerate(cells) if cell.replace("-", "").replace(".", "").isdigit())
    cells[at] = "77.25"
    table.write_text("\n".join([*lines[:2], ",".join(cells), *lines[3:]]) + "\n", encoding="utf-8")
    page = folder / "reports" / "wards" / "report.md"
    page.write_text("88.125 reasons.\n" + page.read_text(encoding="utf-8"), encoding="utf-8")
    assert epiladder(["verify", str(folder / "reports" / "wards"), "--numbers"]) == 6
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("  number: ")]
    assert len(told) == 2
    assert "report.md: released 88.125, derived none" in told[0]
    assert "tables/coefficients.csv: released 77.25, derived" in told[1]


def test_what_is_missing_is_told_also_where_nothing_can_be_derived(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "results" / "wards" / "fits" / "null.json").unlink()
    assert epiladder(["verify", str(folder / "reports" / "wards"), "--numbers", "--refit"]) == 6
    said = capsys.readouterr().err
    assert "missing: results/wards/fits/null.json" in said
    assert said.count("Not derived again: ") == 2 and "Traceback" not in said


@pytest.mark.parametrize("content", ["[]", "{}", '{"folders": {}}', "{", ""])
def test_a_spoilt_manifest_is_told_in_words(folder: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "results" / "wards" / "manifest.json").write_text(content, encoding="utf-8")
    assert epiladder(["verify", str(folder / "reports" / "wards")]) == 5
    said = capsys.readouterr().err
    assert "manifest.json" in said and "Traceback" not in said


@pytest.mark.parametrize("content", ["[]", "{", None])
def test_a_spoilt_baseline_is_told_with_the_way_out(
    folder: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert epiladder(["release", str(folder / "reports" / "wards")]) == 0
    kept = folder / "results" / "wards" / "baseline"
    (kept / "plan.json").unlink()
    if content is not None:
        (kept / "plan.json").write_text(content, encoding="utf-8")
    assert epiladder(["changes", "--results", str(folder / "results" / "wards"), "--baseline", str(kept)]) == 5
    said = capsys.readouterr().err
    assert "cannot be compared with" in said and "Take the folder away" in said and "Traceback" not in said

"""A released run, a locked plan, and a run on new data: what is told of the way from one to the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from epiladder.audit.changes import changes
from epiladder.cli import run as epiladder
from epiladder.files import read_json
from runs import Outcome, copy, run

RESULTS = Path("results") / "wards"


@pytest.fixture(scope="module")
def again(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """The finished run released, its plan locked, a ward replaced by another, the threshold moved, and run again."""
    folder = copy(finished, tmp_path_factory.mktemp("again") / "copy")
    assert epiladder(["release", str(folder / "reports" / "wards")]) == 0
    assert epiladder(["lock", str(folder / "study.yaml")]) == 0
    table, study = folder / "wards.csv", folder / "study.yaml"
    lines = table.read_text(encoding="utf-8").replace("\nw0,", "\nw99,").splitlines()
    lines[20] = lines[20].rsplit(",", 1)[0] + ",9.5"
    table.write_text("\n".join(lines[:-2]) + "\n", encoding="utf-8")
    text = study.read_text(encoding="utf-8").replace("title: Stress on wards", "title: Stress")
    study.write_text(text.replace("covariates: [age, training]", "covariates: {own: [age], ward: [training]}") +
                     "screen: {icc: 0.2}\n", encoding="utf-8")  # fmt: skip
    return folder, run(folder)


def found_in(again: tuple[Path, Outcome], name: str) -> Any:
    folder, said = again
    assert said.code == 0, said.said
    return read_json(folder / RESULTS / name)


def test_deviations_name_planned_and_done(again: tuple[Path, Outcome]) -> None:
    found = found_in(again, "deviations.json")
    rows = {row["key"]: row for row in found["deviations"]}
    assert rows.keys() == {"title", "ladder.covariates", "screen.icc"}
    assert (rows["screen.icc"]["planned"], rows["screen.icc"]["done"]) == (0.05, 0.2)
    assert {key: row["kind"] for key, row in rows.items()}["title"] == "wording"
    assert found["changed"]["time"] and found["locked"] <= found["changed"]["time"]


def test_report_and_terminal_tell_the_deviations(again: tuple[Path, Outcome]) -> None:
    folder, said = again
    page = (folder / "reports" / "wards" / "report.md").read_text(encoding="utf-8")
    assert "Deviations from the locked plan" in page and "The analysis departs from the plan" in page
    assert "departs from the plan locked on" in said.said and "screen.icc" in said.said


def test_rows_and_clusters_come_and_go(again: tuple[Path, Outcome]) -> None:
    found = found_in(again, "changes.json")
    rows = found["rows"]
    assert (rows["before"], rows["after"], rows["by"]) == (168, 166, "content")
    assert rows["come"] == 13 and rows["gone"] == 15  # twelve of the renamed ward, one changed, two dropped
    assert found["levels"] == [{"level": "ward", "before": 14, "after": 14, "come": 1, "gone": 1}]
    assert found["changed"]["data"] and not found["changed"]["code"] and not found["changed"]["libraries"]
    assert found["changed"]["plan"] == ["ladder.covariates", "screen.icc"]


def test_parts_of_a_change_add_up(again: tuple[Path, Outcome]) -> None:
    rows = found_in(again, "changes.json")["coefficients"]
    assert {row["rung"] for row in rows} >= {"null", "random_slope", "cross_level"}
    for row in rows:
        assert row["reason"] == ""
        assert row["code"] == 0.0
        assert row["code"] + row["data"] + row["plan"] == pytest.approx(row["change"], abs=1e-12)
        assert row["plan"] == pytest.approx(0.0, abs=1e-9)  # blocks are the same terms in the same rows


def test_report_and_terminal_tell_the_changes(again: tuple[Path, Outcome]) -> None:
    folder, said = again
    page = (folder / "reports" / "wards" / "report.md").read_text(encoding="utf-8")
    assert "Changes since the last release" in page and "1 came, 1 went" in page
    line = next(line for line in said.said.splitlines() if line.startswith("Study wards since its baseline: "))
    assert "rows 168 to 166 (+13 -15)" in line and "ICC ward" in line and "largest move" in line


def test_what_todays_code_moves_is_owed_to_the_code(again: tuple[Path, Outcome], tmp_path: Path) -> None:
    """A baseline whose code was another and whose fit was off by 0.1: refitting old data finds it."""
    import shutil

    folder, _ = again
    baseline = shutil.copytree(folder / RESULTS / "baseline", tmp_path / "baseline")
    for name, edit in (("provenance.json", "code"), ("fits/null.json", "fit")):
        value = read_json(baseline / name)
        if edit == "code":
            value["code_sha256"] = "another"
        else:
            value["estimates"]["REML"]["fixed"][0]["estimate"] += 0.1
        (baseline / name).write_text(json.dumps(value), encoding="utf-8")
    rows = changes(folder / RESULTS, baseline)["coefficients"]
    null = next(row for row in rows if row["rung"] == "null")
    assert null["code"] == pytest.approx(-0.1, abs=1e-6)
    assert null["code"] + null["data"] + null["plan"] == pytest.approx(null["change"], abs=1e-12)
    assert all(abs(row["code"]) < 1e-6 for row in rows if row["rung"] != "null")


def test_a_run_compared_with_itself_moved_nothing(finished: Path) -> None:
    found = changes(finished / RESULTS, finished / RESULTS)
    assert (found["rows"]["come"], found["rows"]["gone"]) == (0, 0)
    assert not any(row["change"] for row in found["coefficients"])
    assert not any(found["changed"].values())


def test_without_a_baseline_the_result_says_so(finished: Path) -> None:
    found = read_json(finished / RESULTS / "changes.json")
    assert found["baseline"] is None and "nothing was released" in found["reason"]


def test_what_was_touched_is_not_released(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy(finished, tmp_path / "copy")
    (folder / "reports" / "wards" / "report.md").write_text("mended", encoding="utf-8")
    assert epiladder(["release", str(folder / "reports" / "wards")]) == 6
    assert "is not released" in capsys.readouterr().err
    assert not (folder / RESULTS / "baseline").exists()

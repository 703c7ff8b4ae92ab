"""Real runs: same bytes whatever the cores, data that break the plan, a run killed in the middle, two at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from epiladder.files import sha256_of, sha256_of_file
from runs import command as command_of
from runs import contents, dry_run, environment, run, write_study


def test_two_cores_and_another_folder_give_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    write_study(tmp_path / "mine")
    there = run(tmp_path / "there", "--cores", "2", studies="mine/study.yaml", cwd=tmp_path)
    assert there.code == 0, there.said
    one, two = contents(finished), contents(tmp_path / "there")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_killed_in_the_middle_and_started_again_it_ends_with_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    write_study(tmp_path)
    process = subprocess.Popen(
        command_of(tmp_path, "--cores", "1"),
        cwd=tmp_path,
        env=environment(PWD=str(tmp_path)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    fits = tmp_path / "results" / "wards" / "fits"
    deadline = time.monotonic() + 120
    while not (fits.is_dir() and list(fits.glob("*.json"))):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "results" / "wards" / "manifest.json").exists()
    again = run(tmp_path)
    assert again.code == 0, again.said
    one, two = contents(finished), contents(tmp_path)
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_data_that_break_the_plan_stop_at_the_gate_with_the_whole_list(tmp_path: Path) -> None:
    write_study(tmp_path)
    table = tmp_path / "wards.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    lines[3] = "w0,41,control,99"  # out of range
    lines[5] = "w0,forty,control,3"  # no number
    lines[7] = "w0,41,training,3"  # a ward of two arms
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    stopped = run(tmp_path)
    assert stopped.code != 0
    results = tmp_path / "results" / "wards"
    for column in ("stress", "age", "training"):
        assert column in stopped.said.split("The data break the plan", 1)[1]
    assert "Traceback" not in stopped.said
    assert "Study wards stopped: its data break its plan" in stopped.said
    assert json.loads((results / "validation.json").read_text(encoding="utf-8"))["findings"]
    assert "99" in (results / "data" / "rejected.csv").read_text(encoding="utf-8")
    assert not (results / "data" / "passed.json").exists()
    assert not (results / "fits").exists()
    write_study(tmp_path)  # mended
    assert run(tmp_path).code == 0
    assert (tmp_path / "reports" / "wards" / "report.html").is_file()


def test_one_broken_study_does_not_stop_the_other(finished: Path, tmp_path: Path) -> None:
    good, bad = write_study(tmp_path / "good"), write_study(tmp_path / "bad")
    bad.write_text(bad.read_text(encoding="utf-8").replace("id: wards", "id: broken"), encoding="utf-8")
    (tmp_path / "bad" / "wards.csv").write_text("ward,age\nw1,30\n", encoding="utf-8")
    ended = run(tmp_path, studies=f"{good},{bad}")
    assert ended.code != 0
    assert (tmp_path / "reports" / "wards" / "report.html").is_file()
    assert "Study broken stopped" in ended.said and "Study wards stopped" not in ended.said


def test_a_data_file_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    write_study(tmp_path)
    (tmp_path / "wards.csv").unlink()
    stopped = run(tmp_path)
    assert stopped.code != 0
    assert "wards.csv" in stopped.said.split("The data break the plan", 1)[1]


def test_a_second_run_in_a_folder_is_refused_while_the_first_goes_on(tmp_path: Path) -> None:
    import fcntl

    write_study(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    with (tmp_path / ".snakemake" / "epiladder.lock").open("a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = run(tmp_path)
        assert refused.code != 0
        assert "another run is going on here" in refused.said
        assert "Traceback" not in refused.said
        assert not (tmp_path / "results" / "wards" / "plan.json").exists()
        assert dry_run(tmp_path).code == 0


def test_the_manifest_hashes_what_is_there(finished: Path) -> None:
    results = finished / "results" / "wards"
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    listed = {row["path"]: row for row in manifest["outputs"]}
    assert "reports/wards/report.html" in listed
    for name, row in listed.items():
        assert sha256_of_file(finished / name) == row["sha256"]
        assert (finished / name).stat().st_size == row["bytes"]
    made = set(contents(finished))
    assert made == set(listed)
    plan = json.loads((results / "plan.json").read_text(encoding="utf-8"))
    assert manifest["plan"] == plan and manifest["plan_sha256"] == sha256_of(plan)
    assert {row["path"] for row in manifest["inputs"]} == {"study.yaml", "wards.csv"}
    runs = {row["rule"]: row for row in manifest["runs"]}
    assert "fit.null" in runs and runs["fit.null"]["exit_code"] == 0
    assert runs["design"]["measured"]["seconds"] > 0
    assert manifest["started"] <= manifest["ended"]
    assert {row["rung"] for row in manifest["convergence"]} == {
        name.split("/")[-1].removesuffix(".json") for name in made if "/fits/" in name and name.endswith(".json")
    }


def test_provenance_holds_no_times_and_no_folders_of_this_machine(finished: Path) -> None:
    text = (finished / "results" / "wards" / "provenance.json").read_text(encoding="utf-8")
    assert str(finished) not in text and str(Path.home()) not in text
    assert not {"started", "ended", "host"} & json.loads(text).keys()

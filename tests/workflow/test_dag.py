"""The plan of jobs: static, known from the study files alone, and refused in words when these are wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runs import PROGRAM, ROOT, RUNGS, STUDY, dry_run, environment, run, write_study

RULES = {
    "plan",
    "validate",
    "gate",
    "design",
    "approximate",
    "fit",
    "bootstrap",
    "infer",
    "standard_practice",
    "influence",
    "diagnose",
    "likelihood",
    "measure",
    "provenance",
    "changes",
    "report",
    "manifest",
    "index",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_study(tmp_path)
    return tmp_path


def test_every_rule_and_every_rung_is_there_from_the_start(folder: Path) -> None:
    seen = dry_run(folder)
    assert seen.code == 0, seen.said
    assert seen.rules == RULES
    for rung in RUNGS:
        assert f"results/wards/fits/{rung}.json" in seen.said


def test_a_rung_that_the_plan_does_not_ask_for_is_not_made(folder: Path) -> None:
    text = STUDY.replace("  cross_level: [[age, training]]\n", "")
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    seen = dry_run(folder)
    assert "fits/random_slope.json" in seen.said
    assert "fits/cross_level" not in seen.said


def test_blocks_make_a_rung_each(folder: Path) -> None:
    text = STUDY.replace("covariates: [age, training]", "covariates: {case_mix: [age], context: [training]}")
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    seen = dry_run(folder)
    assert "fits/random_intercept.case_mix.json" in seen.said
    assert "fits/random_intercept.context.json" in seen.said


def test_shell_commands_can_be_pasted(folder: Path) -> None:
    seen = run(folder, "--dry-run", "--printshellcmds", "--quiet", "host")
    assert "epiladder fit --results results/wards --rung random_slope 2>&1 | tee " in seen.said
    assert "epiladder manifest study.yaml --results results/wards --reports reports/wards" in seen.said


def test_the_shipped_configuration_runs_from_any_folder(tmp_path: Path) -> None:
    seen = dry_run(tmp_path, studies=None)
    assert seen.code == 0, seen.said
    assert "results/high-school-and-beyond/manifest.json" in seen.said
    assert "results/sleep-deprivation/manifest.json" in seen.said
    assert "language-growth" not in seen.said


def test_the_shipped_configuration_runs_at_home() -> None:
    answer = subprocess.run(
        [str(PROGRAM), "--dry-run", "--quiet", "host"], cwd=ROOT, env=environment(), capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_folder_may_have_its_own_configuration(folder: Path) -> None:
    (folder / "config").mkdir()
    (folder / "config" / "config.yaml").write_text("studies: [study.yaml]\n", encoding="utf-8")
    seen = dry_run(folder, studies=None)
    assert "results/wards/manifest.json" in seen.said
    assert "sleep-deprivation" not in seen.said


def test_paths_are_looked_up_from_the_directory_then_from_where_the_command_is_given(tmp_path: Path) -> None:
    write_study(tmp_path / "mine")
    seen = dry_run(tmp_path / "there", studies="mine/study.yaml", cwd=tmp_path)
    assert seen.code == 0, seen.said
    assert not (tmp_path / "results").exists()


def test_two_studies_of_one_id_are_refused(tmp_path: Path) -> None:
    write_study(tmp_path / "one")
    write_study(tmp_path / "two")
    seen = dry_run(tmp_path, studies="one/study.yaml,two/study.yaml")
    assert seen.code == 1
    assert "have the same id `wards`" in seen.said
    assert "one/study.yaml" in seen.said and "two/study.yaml" in seen.said


def test_a_study_is_spread_over_choices_and_what_is_new_alone_runs(folder: Path) -> None:
    (folder / "config").mkdir()
    settings = "expand: {{study: study.yaml, over: {{subgroup: {{training: {}}}}}}}\n"
    (folder / "config" / "config.yaml").write_text(settings.format("each"), encoding="utf-8")
    seen = dry_run(folder, studies=None)
    assert seen.code == 0 and seen.rules == RULES, seen.said
    assert "results/wards--training-control/manifest.json" in seen.said
    assert (folder / "results" / "wards--training-training" / "study.yaml").is_file()
    (folder / "config" / "config.yaml").write_text(settings.format("[contrl]"), encoding="utf-8")
    wrong = dry_run(folder, studies=None)
    assert wrong.code == 1 and "Traceback" not in wrong.said
    assert "names `contrl` of `training`, whose categories are `control` and `training`" in wrong.said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("covariates: [age,", "covariates: [aeg,", "age"),
        ("levels: [ward]", "levels: [ward]\nlader: {}", "ladder"),
        ("id: wards", "id: My Wards", "id"),
    ],
)
def test_a_wrong_plan_is_told_in_words(folder: Path, old: str, new: str, words: str) -> None:
    (folder / "study.yaml").write_text(STUDY.replace(old, new), encoding="utf-8")
    seen = dry_run(folder)
    assert seen.code == 1
    assert "WorkflowError" in seen.said and "study.yaml" in seen.said and words in seen.said
    assert "Traceback" not in seen.said


def test_a_missing_study_file_and_an_unknown_setting_are_told_in_words(tmp_path: Path) -> None:
    assert "there is no such study file" in dry_run(tmp_path, studies="nowhere.yaml").said
    answer = subprocess.run(
        [str(PROGRAM), "-n", "--snakefile", str(ROOT / "Snakefile"), "--config", "stuides=[a.yaml]"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert "unknown key `stuides`: did you mean `studies`?" in answer.stdout + answer.stderr


def test_outputs_move_when_another_workflow_says_so(tmp_path: Path) -> None:
    study = write_study(tmp_path / "data")
    (tmp_path / "Snakefile").write_text(
        f"module epiladder:\n    snakefile: {str(ROOT / 'workflow' / 'Snakefile')!r}\n"
        f"    config: {{'studies': [{str(study)!r}]}}\n"
        "    pathvars:\n        results='multilevel/private',\n        reports='multilevel/public',\n"
        "use rule * from epiladder as epiladder_*\n"
        "rule mine:\n    default_target: True\n    input: rules.epiladder_all.input\n",
        encoding="utf-8",
    )
    answer = subprocess.run([str(PROGRAM), "-n", "-p"], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    shown = answer.stdout + answer.stderr
    assert answer.returncode == 0, shown
    assert "multilevel/private/wards/fits/null.json" in shown
    assert "epiladder report --results multilevel/private/wards --out multilevel/public/wards" in shown
    wanted = "multilevel/private/wards/data/passed.json"
    done = subprocess.run(
        [str(PROGRAM), "--cores", "1", wanted], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / wanted).is_file() and (tmp_path / "multilevel/private/wards/logs/gate.log").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"Snakefile", ".snakemake", "data", "multilevel"}


def test_reading_the_snakefile_imports_nothing_heavy() -> None:
    program = (
        "import sys; from epiladder.audit import closing, digests, lock, studies; from epiladder.study import config;"
        "heavy = {'numpy', 'pandas', 'scipy', 'pyarrow', 'matplotlib', 'statsmodels', 'formulaic', 'pandera'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr


def test_a_dry_run_takes_little_processor_time(folder: Path) -> None:
    before = os.times()
    started = time.perf_counter()
    assert dry_run(folder).code == 0
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert used < 6, f"{used:.1f} s of processor time, {time.perf_counter() - started:.1f} s in all"


def test_a_pdf_without_its_printer_is_refused_before_any_job(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = folder / "absent"
    absent.mkdir()
    (absent / "weasyprint.py").write_text("raise ImportError('not there')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(absent))
    (folder / "study.yaml").write_text(STUDY.replace("report: {", "report: {pdf: true, "), encoding="utf-8")
    seen = dry_run(folder)
    assert seen.code != 0
    assert "`wards`: the plan asks for a PDF" in seen.said and "`make setup-pdf`" in seen.said
    assert "Traceback" not in seen.said

"""`expand:`: one study spread over outcomes, exposures, subgroups and periods, each combination a file of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from epiladder.audit.plan_lock import deviations
from epiladder.audit.studies import studies_of
from epiladder.cli import run
from epiladder.errors import PlanError
from epiladder.files import read_json
from epiladder.study.data import validate
from epiladder.study.periods import days_of, listed_periods

STUDY = """\
id: falls
title: Falls on wards
data: {path: falls.csv}
unit: patient
levels: [ward]
outcome: {variable: stress}
variables:
  stress: {type: number}
  fell: {type: category, categories: ["no", "yes"]}
  age: {type: number, centre: grand_mean}
  sex: {type: category, categories: [f, m]}
  region: {type: category, categories: [north, south, west]}
  training: {type: category, categories: [control, training], level: ward}
  staffing: {type: number, level: ward}
  admission: {type: date, earliest: 2019-01-01, latest: 2020-12-31}
ladder:
  covariates: {case_mix: [age, sex, region], context: [training, "age:sex"]}
  random_slopes: [{of: age, over: ward}]
  cross_level: [[age, training]]
  retain: {rung: null}
inference: {bootstrap: 0}
disclosure: public
"""
HEADER = "ward,age,sex,region,training,staffing,admission,stress,fell"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "plans").mkdir()
    rows = [HEADER]
    for at in range(240):
        ward, sex, region = at % 12, "fm"[at // 12 % 2], ["north", "south", "west"][at // 24 % 3]
        cells = (f"w{ward}", 20 + at * 7 % 50, sex, region, ["control", "training"][ward % 2], 2 + ward % 5)
        day = f"{2019 + at % 2}-{1 + at % 12:02d}-15"
        rows.append(",".join(map(str, (*cells, day, at * 13 % 11, ["no", "yes"][at * 5 % 7 > 3]))))
    (tmp_path / "plans" / "falls.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "plans" / "study.yaml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spread(over: dict, **more: object) -> dict:
    return studies_of({"expand": {"study": "plans/study.yaml", "over": over, **more}}, Path())


def test_each_combination_is_a_study_with_a_file_that_can_be_checked(folder: Path, capsys) -> None:
    over = {
        "outcome": ["stress", {"variable": "fell", "family": "binomial", "event": "yes"}],
        "exposure": ["training", "staffing"],
        "subgroup": {"sex": "each"},
    }
    found = spread(over)
    assert len(found) == 8
    name = "falls--outcome-fell--exposure-staffing--sex-m"
    plan, file = found[name].plan, Path("results") / name / "study.yaml"
    assert found[name].file == file
    assert plan.outcome.family == "binomial" and plan.outcome.event == "yes"
    assert [(block.name, block.terms) for block in plan.ladder.covariates] == [
        ("case_mix", ("age", "region")),
        ("context", ("staffing",)),
    ]
    assert plan.ladder.cross_level == (("age", "staffing"),) and plan.ladder.random_slopes[0].of == "age"
    assert plan.ladder.retain.rung == "null"
    assert plan.expanded is not None and plan.expanded.looks == 8
    assert plan.expanded.differs == {"outcome": "fell", "exposure": "staffing", "sex": "m"}
    assert plan.title == "Falls on wards (outcome: fell; exposure: staffing; sex: m)"
    assert run(["check", str(file)]) == 0
    assert "Rows: 120 read, 120 used." in capsys.readouterr().out


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_locked_study_locks_what_is_derived_of_it(end: str, folder: Path) -> None:
    source = Path("plans") / "study.yaml"
    source.write_text(STUDY.replace("inference: {bootstrap: 0}\n", ""), encoding="utf-8", newline=end)
    assert run(["lock", str(source)]) == 0
    over = {
        "outcome": ["stress", {"variable": "fell", "family": "binomial", "event": "yes"}],
        "exposure": ["training", "staffing"],
        "period": {"admission": "year"},
    }
    found = spread(over)
    assert len(found) == 8
    since = read_json(Path("plans") / "study.lock.json")["locked"]
    for study in found.values():
        held = deviations(study.file)
        assert (held["locked"], held["deviations"], held["reason"]) == (since, [], ""), study.id
        assert study.lock == (study.file.with_suffix(".lock.json"),)
    text = source.read_text(encoding="utf-8")
    source.write_text(f"{text}screen: {{icc: 0.2}}\n".replace("Falls on", "All falls on"), encoding="utf-8")
    for study in spread(over).values():
        rows = {row["key"]: (row["planned"], row["done"]) for row in deviations(study.file)["deviations"]}
        assert set(rows) == {"screen.icc", "title"} and rows["screen.icc"] == (0.05, 0.2), study.id
    lock = Path("plans") / "study.lock.json"
    kept = lock.read_text(encoding="utf-8")
    lock.write_text(json.dumps({**json.loads(kept), "study_file": None}), encoding="utf-8")
    assert all(deviations(study.file)["reason"] == "" for study in spread(over).values())
    lock.write_text(kept, encoding="utf-8")
    lock.write_text(lock.read_text(encoding="utf-8").replace('"icc": 0.05', '"icc": 0.2'), encoding="utf-8")
    assert all("proves nothing" in deviations(study.file)["reason"] for study in spread(over).values())
    lock.unlink()
    assert all(deviations(study.file)["locked"] is None for study in spread(over).values())


def test_the_files_are_the_same_in_every_run_and_are_left_alone_then(folder: Path) -> None:
    spread({"subgroup": {"region": {"coast": ["north", "west"], "inland": "south"}}})
    file = Path("results/falls--region-coast/study.yaml")
    before, text = file.stat().st_mtime_ns, file.read_text(encoding="utf-8")
    spread({"subgroup": {"region": {"coast": ["north", "west"], "inland": "south"}}})
    assert file.stat().st_mtime_ns == before
    assert "categories: [north, west]" in text and "../../plans/falls.csv" in text
    file.write_text("spoilt", encoding="utf-8")
    spread({"subgroup": {"region": {"coast": ["north", "west"], "inland": "south"}}})
    assert file.read_text(encoding="utf-8") == text


def test_periods_come_from_the_plan_not_from_the_data(folder: Path) -> None:
    found = spread({"period": {"admission": "year"}})
    assert list(found) == ["falls--admission-2019", "falls--admission-2020"]
    only = found["falls--admission-2019"].plan.data.only["admission"]
    assert (only.earliest, only.latest) == ("2019-01-01", "2019-12-31")
    made = validate(found["falls--admission-2019"].plan, Path("results/falls--admission-2019"))
    assert made.accounting["rows_read"] == 120 and made.accounting["rows_outside"] == 120
    assert listed_periods("quarter", "2019-03-01", "2019-12-31") == ["2019-Q1", "2019-Q2", "2019-Q3", "2019-Q4"]
    assert listed_periods("month", "2019-11-30", "2020-01-01") == ["2019-11", "2019-12", "2020-01"]
    assert days_of("2020-02") == {"earliest": "2020-02-01", "latest": "2020-02-29"}
    assert days_of("2020-Q5") is None and days_of("soon") is None


def test_the_study_itself_and_several_entries_stand_side_by_side(folder: Path) -> None:
    entries = [
        {"study": "plans/study.yaml", "over": {"subgroup": {"age": {"young": {"max": 44}, "old": {"min": 45}}}}},
        {"study": "plans/study.yaml", "over": {"period": {"admission": [2019]}}},
    ]
    found = studies_of({"studies": ["plans/study.yaml"], "expand": entries}, Path())
    assert list(found) == ["falls", "falls--age-young", "falls--age-old", "falls--admission-2019"]
    assert found["falls"].plan.expanded is None
    looks = [one.plan.expanded.looks for one in found.values() if one.plan.expanded]
    assert looks == [3, 3, 3]


@pytest.mark.parametrize(
    ("over", "words"),
    [
        (
            {"subgroup": {"sexe": ["f"]}},
            "`sexe` under `subgroup`, but `falls` has no such variable; did you mean `sex`",
        ),
        ({"subgroup": {"sex": ["x"]}}, "names `x` of `sex`, whose categories are `f` and `m`"),
        ({"subgroup": {"fell": [True]}}, "write 'yes' and 'no' in quotes here"),
        ({"subgroup": {"staffing": "each"}}, "names no categories; list its values"),
        ({"outcome": ["died"]}, "`died` under `outcome`, but `falls` has no such variable"),
        ({"outcome": ["fell"]}, "makes of plans/study.yaml a study that cannot be run"),
        ({"exposure": ["staffing"]}, "needs one of `staffing` among the covariates of `falls`, but none stands there"),
        ({"exposure": ["training", "sex"]}, "but `training` and `sex` stand there"),
        ({"period": {"admission": "week"}}, "each `year`, `quarter` or `month`"),
        ({"period": {"admission": ["spring"]}}, "names the period `spring`"),
        ({"period": {"age": "year"}}, "`age` is `type: number`"),
        ({"subgroup": {"age": {"a b": {"max": 40}, "a-b": {"min": 41}}}}, "makes the same name, `age-a-b`"),
        ({"colour": ["red"]}, "not `colour`"),
        ({}, "needs `over:`"),
    ],
)
def test_what_cannot_be_spread_is_told_in_words(folder: Path, over: dict, words: str) -> None:
    with pytest.raises(PlanError) as told:
        spread(over)
    assert words in str(told.value) and "`expand:`" in str(told.value)


def test_hundreds_of_combinations_must_be_asked_for(folder: Path) -> None:
    ages = {"age": {f"from {age}": {"min": age} for age in range(20, 60)}, "region": "each"}
    with pytest.raises(PlanError, match=r"into 120 studies \(40 of age times 3 of region\).*`most: 120`"):
        spread({"subgroup": ages})
    assert not Path("results").exists()


def test_a_subgroup_without_rows_stops_in_words(folder: Path, capsys) -> None:
    spread({"subgroup": {"age": {"ancient": {"min": 120}}}})
    assert run(["check", "results/falls--age-ancient/study.yaml"]) == 3
    assert "`data.only` leaves none of 240 rows: age from 120" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("only", "words"),
    [
        ("{sexe: f}", "there is no variable `sexe`"),
        ("{sex: x}", "`x` is no value of `sex`"),
        ("{sex: {min: 3}}", "`min` belongs to number and integer, and `sex` is `type: category`"),
        ("{admission: 2019}", "is a date; write"),
        ("{admission: {earliest: soon}}", "must be a date such as 2024-02-29, not 'soon'"),
        ("{age: old}", "is a number, so it cannot be 'old'"),
        ("{age: {}}", "says nothing"),
    ],
)
def test_rows_that_cannot_be_told_are_faults_of_the_plan(folder: Path, capsys, only: str, words: str) -> None:
    text = STUDY.replace("{path: falls.csv}", f"{{path: falls.csv, only: {only}}}")
    Path("plans/study.yaml").write_text(text, encoding="utf-8")
    assert run(["check", "plans/study.yaml"]) == 2
    assert words in capsys.readouterr().err


def test_rows_keep_their_numbers_and_ids_can_be_named(folder: Path) -> None:
    """The numbers of rows are those of the file, also where several files stand below each other."""
    lines = Path("plans/falls.csv").read_text(encoding="utf-8").splitlines()
    Path("plans/more.csv").write_text("\n".join([HEADER, *lines[101:]]) + "\n", encoding="utf-8")
    Path("plans/falls.csv").write_text("\n".join(lines[:101]) + "\n", encoding="utf-8")
    text = STUDY.replace("{path: falls.csv}", "{path: [falls.csv, more.csv], only: {ward: [w1, w2]}}")
    text = text.replace("stress: {type: number}", "stress: {type: number, max: 9}")
    Path("plans/study.yaml").write_text(text, encoding="utf-8")
    plan = studies_of({"studies": ["plans/study.yaml"]}, Path())["falls"].plan
    made = validate(plan, Path("plans"))
    assert made.accounting["rows_read"] == 40 and made.accounting["rows_outside"] == 200
    assert set(made.rejected["file"]) == {"falls.csv", "more.csv"}
    for file, row in zip(made.rejected["file"], made.rejected["row"], strict=True):
        cells = Path("plans", file).read_text(encoding="utf-8").splitlines()[row - 1].split(",")
        assert cells[0] in ("w1", "w2") and cells[7] == "10"

"""The plan: every default filled in, shorthands spelled out, JSON there and back, all faults in one message."""

from __future__ import annotations

from pathlib import Path

import pytest
from epiladder.errors import PlanError
from epiladder.study.config import Plan, load_plan
from epiladder.study.document import EXAMPLE
from epiladder.study.terms import rung_ids

SMALL = """
id: small
data: {path: a.csv}
unit: pupil
levels: school
outcome: {variable: y}
variables:
  y: {type: number}
  x: {type: number}
  sex: {type: category, categories: [no, yes]}
"""


def _load(folder: Path, text: str) -> Plan:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return load_plan(path)


def test_defaults_are_filled_in(tmp_path: Path) -> None:
    plan = _load(tmp_path, SMALL)
    assert (plan.title, plan.unit.name, plan.unit.id) == ("small", "pupil", None)
    assert [(level.name, level.id) for level in plan.levels] == [("school", "school")]
    assert (plan.outcome.family, plan.outcome.link) == ("gaussian", "identity")
    assert (plan.variables["x"].label, plan.variables["x"].level) == ("x", "pupil")
    assert plan.data.path == ("a.csv",)
    assert plan.data.missing == "complete_case"
    assert plan.ladder.retain.rung == "null"
    assert (plan.screen.icc, plan.screen.design_effect) == (0.05, 2.0)
    assert (plan.disclosure.public, plan.disclosure.minimum_count, plan.disclosure.round_to) == (False, 10, 5)
    assert plan.checks["range"] == "stop"
    assert plan.variables["sex"].categories == ("no", "yes")


def test_json_there_and_back(tmp_path: Path) -> None:
    for plan in (_load(tmp_path, SMALL), load_plan(EXAMPLE)):
        assert Plan.model_validate(plan.model_dump(mode="json")) == plan


def test_a_plan_is_frozen(tmp_path: Path) -> None:
    plan = _load(tmp_path, SMALL)
    with pytest.raises(ValueError, match="frozen"):
        plan.title = "other"  # type: ignore[misc]


def test_scalars_are_read_by_type(tmp_path: Path) -> None:
    text = SMALL.replace("{type: number}\n  sex", "{type: number, min: -1e-3, max: .5, missing_codes: 099}\n  sex")
    variable = _load(tmp_path, text + "inference: {seed: 007, confidence: '0.9'}\n").variables["x"]
    assert (variable.min, variable.max, variable.missing_codes) == (-0.001, 0.5, ("099",))


def test_empty_keys_are_absent_keys(tmp_path: Path) -> None:
    plan = _load(tmp_path, SMALL + "title:\nladder:\n  covariates:\n  retain: {rung: null}\nquestion: null\n")
    assert (plan.title, plan.question, plan.ladder.covariates) == ("small", "", ())
    assert plan.ladder.retain.rung == "null"


def test_shorthands(tmp_path: Path) -> None:
    plan = _load(tmp_path, SMALL + "disclosure: public\nestimation: {approximation: {quadrature: 15}}\n")
    assert plan.disclosure.public
    assert plan.model_dump(mode="json")["estimation"] == {"approximation": {"quadrature": 15}}


def test_checks_are_merged_with_their_defaults(tmp_path: Path) -> None:
    plan = _load(tmp_path, SMALL + "checks: {range: reject}\n")
    assert (plan.checks["range"], plan.checks["type"], plan.checks["few_clusters"]) == ("reject", "stop", "warn")


def test_commas_in_brackets_do_not_part_a_term(tmp_path: Path) -> None:
    plan = _load(tmp_path, SMALL + "ladder: {covariates: [x, bs(x, df=4, degree=3), sex]}\n")
    assert plan.ladder.covariates[0].terms == ("x", "bs(x, df=4, degree=3)", "sex")


@pytest.mark.parametrize(
    ("ladder", "rungs"),
    [
        ("{}", ("single_level.null", "null")),
        ("{covariates: [x]}", ("single_level.null", "single_level", "null", "random_intercept")),
        (
            "{covariates: {one: [x], two: [sex]}, random_slopes: [{of: x, over: school}], cross_level: [[x, sex]]}",
            (
                "single_level.null",
                "single_level",
                "null",
                "random_intercept.one",
                "random_intercept.two",
                "random_slope",
                "cross_level",
            ),
        ),
    ],
)
def test_rungs_are_those_that_the_plan_makes(tmp_path: Path, ladder: str, rungs: tuple[str, ...]) -> None:
    plan = _load(tmp_path, SMALL + f"ladder: {ladder}\n")
    assert rung_ids(plan) == rungs
    assert plan.ladder.retain.rung == rungs[-1]


def test_all_faults_stand_in_one_message_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SMALL.replace("path: a.csv", "path: a.csv, mising: error").replace("[no, yes]", "[no]")
    with pytest.raises(PlanError) as caught:
        _load(tmp_path, text + "ladder:\n  covariates: [z, sexx]\ndisclosure: secret\nid: again\n")
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("the plan has 6 faults:")
    keys = [line.split(": ")[1] for line in lines[1:]]
    assert sorted(keys) == [
        "data.mising",
        "disclosure",
        "id",
        "ladder.covariates[1]",
        "ladder.covariates[2]",
        "variables.sex.categories",
    ]
    numbers = [int(line.split(":")[1]) for line in lines[1:]]
    assert numbers == sorted(numbers)
    assert all(line.startswith(f"  {tmp_path / 'study.yaml'}:") for line in lines[1:])


def test_bundled_studies_load(request: pytest.FixtureRequest) -> None:
    files = sorted((request.config.rootpath / "config" / "studies").glob("*/study.yaml"))
    assert len(files) >= 2
    assert len({load_plan(file).id for file in files}) == len(files)

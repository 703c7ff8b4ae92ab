"""Plans of outcomes that are not Gaussian: forms, defaults, links, the columns that they need, the registry behind."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from epiladder.errors import PlanError
from epiladder.families import FAMILIES
from epiladder.study.config import Plan, load_plan
from epiladder.study.roles import exposure_column, kind, roles
from epiladder.study.terms import columns_needed

TEXT = """
id: small
data: {path: a.csv, weights: copies}
unit: patient
levels: LEVELS
outcome: OUTCOME
variables:
  died: {type: category, categories: [0, 1]}
  dead: {type: integer}
  gone: {type: boolean}
  cases: {type: number}
  size: {type: integer}
  days: {type: number}
  copies: {type: integer}
  age: {type: number}
ladder: {covariates: [age, log(age)]}
estimation: {approximation: APPROXIMATION}
"""


def _load(folder: Path, outcome: str, levels: str = "clinic", approximation: str = "auto") -> Plan:
    path = folder / "study.yaml"
    text = TEXT.replace("OUTCOME", outcome).replace("LEVELS", levels).replace("APPROXIMATION", approximation)
    path.write_text(text, encoding="utf-8")
    return load_plan(path)


@pytest.mark.parametrize(
    ("outcome", "what", "link", "event", "columns"),
    [
        ("{variable: days}", "number", "identity", None, ["days"]),
        ("{variable: died, family: binomial, event: 1}", "binary", "logit", "1", ["died"]),
        ("{variable: dead, family: binomial, link: cloglog}", "binary", "cloglog", "1", ["dead"]),
        ("{variable: dead, family: binomial, event: 0}", "binary", "logit", "0", ["dead"]),
        ("{variable: gone, family: binomial, link: probit}", "binary", "probit", "true", ["gone"]),
        ("{variable: gone, family: binomial, event: false}", "binary", "logit", "false", ["gone"]),
        ("{events: cases, trials: size, family: binomial}", "events", "logit", None, ["cases", "size"]),
        ("{variable: cases, family: poisson}", "count", "log", None, ["cases"]),
        ("{variable: cases, family: poisson, exposure: days}", "count", "log", None, ["cases", "days"]),
        ("{variable: cases, family: negative_binomial, exposure: 1e3}", "count", "log", None, ["cases"]),
    ],
)
def test_forms_of_an_outcome(
    tmp_path: Path, outcome: str, what: str, link: str, event: str | None, columns: list[str]
) -> None:
    plan = _load(tmp_path, outcome)
    assert (kind(plan), plan.outcome.link, plan.outcome.event) == (what, link, event)
    assert columns_needed(plan) == (*columns, "copies", "age")
    assert list(roles(plan)) == [*columns, "copies"]
    assert Plan.model_validate(plan.model_dump(mode="json")) == plan


def test_exposure_is_a_column_or_a_number(tmp_path: Path) -> None:
    number = _load(tmp_path, "{variable: cases, family: poisson, exposure: 1e3}")
    assert (number.outcome.exposure, exposure_column(number)) == (1000.0, None)
    column = _load(tmp_path, "{variable: cases, family: poisson, exposure: days}")
    assert (column.outcome.exposure, exposure_column(column)) == ("days", "days")


@pytest.mark.parametrize("approximation", ["auto", "laplace", "{quadrature: 1}", "{quadrature: 51}"])
def test_approximations_of_one_level(tmp_path: Path, approximation: str) -> None:
    plan = _load(tmp_path, "{variable: dead, family: binomial}", approximation=approximation)
    stored = plan.model_dump(mode="json")["estimation"]["approximation"]
    assert str(stored).replace("'", "") == approximation


BINARY = "{variable: dead, family: binomial}"
SLOPE = "ladder: {covariates: [age, log(age)], random_slopes: [{of: age, over: clinic}]}"


@pytest.mark.parametrize(
    ("levels", "nodes", "slopes", "said"),
    [
        ("[clinic]", 31, True, None),
        ("[clinic]", 33, True, "33 nodes for each of 2 random effects are 1,089 places; take 31 at most"),
        ("[region, clinic]", 31, False, None),
        ("[region, clinic]", 33, False, "take 31 at most; write `laplace` or `auto`"),
        ("[region, clinic]", 3, True, "quadrature of two levels is for random intercepts alone"),
        ("[country, region, clinic]", 3, False, "and the plan has 3"),
    ],
)
def test_quadrature_within_reach(tmp_path: Path, levels: str, nodes: int, slopes: bool, said: str | None) -> None:
    text = TEXT.replace("ladder: {covariates: [age, log(age)]}", SLOPE) if slopes else TEXT
    text = text.replace("LEVELS", levels).replace("APPROXIMATION", f"{{quadrature: {nodes}}}")
    (tmp_path / "gaussian.yaml").write_text(text.replace("OUTCOME", "{variable: days}"), encoding="utf-8")
    (tmp_path / "binary.yaml").write_text(text.replace("OUTCOME", BINARY), encoding="utf-8")
    assert load_plan(tmp_path / "gaussian.yaml").outcome.family == "gaussian"
    if said is None:
        assert load_plan(tmp_path / "binary.yaml").outcome.family == "binomial"
        return
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path / "binary.yaml")
    assert "estimation.approximation.quadrature: " in str(caught.value)
    assert said in str(caught.value)


def test_faults_of_outcome_weights_and_ladder_stand_in_one_message(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    text = TEXT.replace("OUTCOME", "{events: cases, trials: sise, family: binomial, link: log}")
    text = text.replace("LEVELS", "clinic").replace("APPROXIMATION", "{quadrature: 8}").replace("[age,", "[age, cases,")
    path.write_text(text.replace("weights: copies", "weights: copie"), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    said = [line.split(": ", 2)[1] for line in str(caught.value).splitlines()[1:]]
    assert sorted(said) == [
        "data.weights",
        "estimation.approximation.quadrature",
        "ladder.covariates[2]",
        "outcome.link",
        "outcome.trials",
    ]


def test_families_say_all_of_every_link() -> None:
    assert list(FAMILIES) == ["gaussian", "binomial", "poisson", "negative_binomial"]
    for name, family in FAMILIES.items():
        assert family.name == name
        for named in (family.level1_variance_of, family.scale, family.ratio):
            assert set(named) == set(family.links)
        assert family.has_residual_variance == (name == "gaussian")
        assert set(family.ratio.values()) == ({"rate ratio"} if family.counts else set(family.ratio.values()))


def test_latent_variances_are_those_of_the_distributions() -> None:
    from scipy import stats

    for link, law in (("logit", stats.logistic), ("probit", stats.norm), ("cloglog", stats.gumbel_l)):
        value = FAMILIES["binomial"].level1_variance_of[link]
        assert value is not None
        assert math.isclose(value, np.asarray(law.var()).item(), rel_tol=1e-12)


def _accepts(values: Any) -> bool:
    from epiladder.study.document import schema
    from jsonschema import Draft202012Validator

    return Draft202012Validator({**schema()["$defs"]["Outcome"], "$defs": schema()["$defs"]}).is_valid(values)


def test_the_schema_knows_the_forms() -> None:
    assert _accepts({"events": "cases", "trials": "size", "family": "binomial"})
    assert _accepts({"variable": "falls", "family": "poisson", "exposure": 100})
    assert _accepts({"variable": "falls", "family": "poisson", "exposure": "days"})
    assert not _accepts({"variable": "falls", "offset": "days"})
    assert not _accepts({"variable": "falls", "exposure": ["days"]})

"""Decisions through whole plans: `retain` by each rule, three families, two and three levels; and awkward rungs.

What a rule must choose is worked out here from the fits themselves: likelihoods, numbers of parameters, clusters.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from epiladder import steps
from epiladder.files import write_json

CLIMB = ("null", "random_intercept", "random_slope", "cross_level")
OUTCOMES: dict[str, dict[str, Any]] = {
    "gaussian": {"variable": "y", "family": "gaussian"},
    "binomial": {"variable": "y", "family": "binomial", "event": 1},
    "poisson": {"variable": "y", "family": "poisson"},
}


def table(family: str, levels: int, slope: float) -> list[str]:
    """12 hospitals of 3 wards of 8 patients; y rises with x, by a slope that varies with a spread of `slope`."""
    rng = np.random.default_rng([levels, len(family)])
    ward = np.repeat(np.arange(36), 8)
    hospital = ward // 3
    x, w = np.round(rng.normal(size=len(ward)), 2), np.round(rng.normal(size=12), 2)[hospital]
    eta = 0.2 + 0.6 * x + rng.normal(0, 0.6, 12)[hospital] + rng.normal(0, slope, 12)[hospital] * x
    eta = eta + (rng.normal(0, 0.5, 36)[ward] if levels == 2 else 0.0)
    drawn = {
        "gaussian": lambda: np.round(eta + rng.normal(size=len(eta)), 3),
        "binomial": lambda: (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(int),
        "poisson": lambda: rng.poisson(np.exp(0.5 * eta)),
    }[family]()
    z = np.round(rng.normal(size=len(ward)), 2)
    rows = zip(hospital, ward, x, z, w, drawn, strict=True)
    return ["hospital,ward,x,z,w,y", *(f"h{h},w{d},{a},{c},{b},{y}" for h, d, a, c, b, y in rows)]


def made(folder: Path, family: str, levels: int, slope: float = 0.5, **ladder: Any) -> Path:
    """A study fitted as far as the decisions; some keys of its ladder may be others."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.csv").write_text("\n".join(table(family, levels, slope)) + "\n", encoding="utf-8")
    plan = {
        "id": "decided", "data": {"path": "data.csv"}, "unit": "patient", "levels": ["hospital", "ward"][:levels],
        "outcome": OUTCOMES[family], "estimation": {"approximation": "laplace"}, "disclosure": "public",
        "variables": {**{name: {"type": "number"} for name in ("x", "z")},
                      "w": {"type": "number", "level": "hospital"}, "y": {"type": "number"}},
        "ladder": {"covariates": ["x", "w"], "random_slopes": [{"of": "x", "over": "hospital"}],
                   "cross_level": [["x", "w"]], **ladder},
        "inference": {"bootstrap": 99 if ladder else 0},
    }  # fmt: skip
    if levels == 1:
        plan["variables"]["ward"] = {"type": "text"}
    study = folder / "study.yaml"
    study.write_text(json.dumps(plan), encoding="utf-8")
    steps.plan(study=study, results=folder)
    steps.validate(study=study, results=folder)
    for step in (steps.gate, steps.design, steps.approximate):
        step(results=folder)
    for rung in [item["id"] for item in read(folder, "design/design")["rungs"]]:
        steps.fit(results=folder, rung=rung)
    steps.bootstrap(results=folder)
    return folder


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def decided(folder: Path, rule: str, rung: str | None = None) -> dict[str, dict[str, Any]]:
    """The decisions of a study with `retain` by a rule."""
    plan = read(folder, "plan")
    plan["ladder"]["retain"] = {"rule": rule, "rung": rung}
    write_json(folder / "plan.json", plan)
    steps.infer(results=folder)
    return {one["rule"]: one for one in read(folder, "decisions")}


def criteria(folder: Path, penalty: float) -> dict[str, float]:
    """Of each rung with random effects: deviance plus a penalty for each parameter."""
    found = {rung: read(folder, f"fits/{rung}")["estimates"]["ML"] for rung in CLIMB}
    return {rung: -2 * one["log_likelihood"] + penalty * one["n_parameters"] for rung, one in found.items()}


def climbed(folder: Path) -> str:
    """As far as each step's p-value, of the criterion that is read, lies below .05."""
    rung = CLIMB[0]
    for larger in CLIMB[1:]:
        row = next(c for c in read(folder, "comparisons") if (c["smaller"], c["larger"]) == (rung, larger))
        if row["p_value"] is None or row["p_value"] >= 0.05:
            break
        rung = larger
    return rung


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], Path]:
    folder = tmp_path_factory.mktemp("decided")
    return {(f, k): made(folder / f"{f}-{k}", f, k) for f in OUTCOMES for k in (1, 2)}


@pytest.mark.parametrize("levels", [1, 2])
@pytest.mark.parametrize("family", OUTCOMES)
def test_each_rule_reads_the_rung_it_names(studies: dict[tuple[str, int], Path], family: str, levels: int) -> None:
    folder = studies[family, levels]
    found = {rule: decided(folder, rule)["retained_rung"] for rule in ("preset", "lrt", "aic", "bic")}
    expected = {"preset": "cross_level", "lrt": climbed(folder)}
    for rule, penalty in (("aic", 2.0), ("bic", math.log(12))):
        values = criteria(folder, penalty)
        expected[rule] = min(values, key=lambda rung: values[rung])
        assert found[rule]["evidence"] == pytest.approx(values)
    assert {rule: one["outcome"] for rule, one in found.items()} == expected
    assert decided(folder, "preset", "random_intercept")["retained_rung"]["outcome"] == "random_intercept"
    names = {"lrt": "likelihood-ratio tests", "aic": "AIC", "bic": "BIC by clusters"}
    for rule, one in found.items():
        others = {other["choice"]: other["outcome"] for other in one["alternatives"]}
        assert names.get(rule) not in others
        assert one["turned"] == any(outcome != one["outcome"] for outcome in others.values())
        for other, name in names.items():
            assert rule == other or others[name] == expected[other]


def test_every_rule_of_the_plan_is_a_record(studies: dict[tuple[str, int], Path]) -> None:
    """Clustering and clusters of each level, slope, cross-level, approximation, rung: whole, with others beside."""
    for (_, levels), folder in studies.items():
        found = decided(folder, "preset")
        names = ["hospital", "ward"][:levels]
        expected = [f"{rule}.{level}" for rule in ("clustering", "few_clusters") for level in names]
        assert list(found) == [*expected, "random_slope", "cross_level", "approximation", "retained_rung"]
        for one in found.values():
            assert one.keys() == {
                "rule",
                "evidence",
                "threshold",
                "outcome",
                "margin",
                "words",
                "alternatives",
                "turned",
            }
        slope = {other["choice"] for other in found["random_slope"]["alternatives"]}
        assert {"AIC", "BIC by clusters", "BIC by rows"} <= slope


def test_clusters_are_few_only_where_the_test_is_misled(studies: dict[tuple[str, int], Path]) -> None:
    """Twelve hospitals: Satterthwaite's t knows how few they are, Wald's z does not; wards are 36."""
    for (family, levels), folder in studies.items():
        found = decided(folder, "preset")
        one = found["few_clusters.hospital"]
        assert one["evidence"]["carried"] == ["x", "w", "x:w"]
        assert one["outcome"] == ("enough" if family == "gaussian" else "few")
        assert not one["turned"]
        if levels == 2:
            assert found["few_clusters.ward"]["outcome"] == "enough"
            assert found["few_clusters.ward"]["evidence"]["carried"] == []
    assert decided(studies["binomial", 1], "preset", "null")["few_clusters.hospital"]["outcome"] == "enough"


def test_a_rung_that_did_not_converge_is_stepped_down_from_and_said(
    studies: dict[tuple[str, int], Path], tmp_path: Path
) -> None:
    folder = made(tmp_path, "gaussian", 1)
    record = read(folder, "fits/cross_level")
    for one in record["estimates"].values():
        one["convergence"]["status"] = "failed"
    write_json(folder / "fits" / "cross_level.json", record)
    for rule in ("preset", "lrt", "aic", "bic"):
        found = decided(folder, rule)
        assert found["retained_rung"]["outcome"] != "cross_level"
        assert found["cross_level"]["outcome"] == "not_tested"
        assert "did not converge" in found["cross_level"]["words"]
        assert found["cross_level"]["alternatives"] == []
        assert "cross_level" not in {other["outcome"] for other in found["retained_rung"]["alternatives"]}
    words = decided(folder, "preset")["retained_rung"]["words"]
    assert "asks for cross_level, which has no usable fit; random_slope is read instead" in words


def test_a_singular_rung_is_an_answer_that_no_rule_but_the_plans_own_reads(tmp_path: Path) -> None:
    """Slopes that vary less than chance would have them: a variance of zero, p one, and criteria that go back."""
    folder = made(tmp_path, "gaussian", 1, slope=0.0)
    record = read(folder, "fits/random_slope")["estimates"]["REML"]
    assert record["convergence"]["status"] == "boundary"
    for rule, rung in (("lrt", "random_intercept"), ("aic", "random_intercept"), ("bic", "random_intercept")):
        assert decided(folder, rule)["retained_rung"]["outcome"] == rung
    found = decided(folder, "preset", "random_slope")
    assert found["retained_rung"]["outcome"] == "random_slope" and found["retained_rung"]["turned"]
    assert found["random_slope"]["outcome"] == "not_supported"


def test_of_rungs_with_the_same_criterion_the_smaller_is_read(
    studies: dict[tuple[str, int], Path], tmp_path: Path
) -> None:
    folder = made(tmp_path, "gaussian", 1)
    for rung in CLIMB:
        record = read(folder, f"fits/{rung}")
        record["estimates"]["ML"] |= {"aic": 700.0, "bic": {"rows": 720.0, "clusters": 710.0, "hybrid": None}}
        write_json(folder / "fits" / f"{rung}.json", record)
    for rule in ("aic", "bic"):
        assert decided(folder, rule)["retained_rung"]["outcome"] == "null"


def test_where_no_law_is_known_the_bootstrap_decides_and_judges_influence(tmp_path: Path) -> None:
    """Two slopes at once: no mixture is known, so the record, the rung by tests and influence read the bootstrap."""
    slopes = [{"of": "x", "over": "hospital"}, {"of": "z", "over": "hospital"}]
    folder = made(tmp_path, "gaussian", 1, 0.9, covariates=["x", "z", "w"], random_slopes=slopes, cross_level=[])
    found = decided(folder, "lrt")
    row = next(one for one in read(folder, "comparisons") if one["larger"] == "random_slope")
    assert row["p_value"] is None and row["p_value_bootstrap"] < 0.05 < 1
    assert row["bootstrap_critical"] < row["statistic"]
    assert found["random_slope"]["outcome"] == "supported"
    assert found["random_slope"]["margin"] == pytest.approx(0.05 - row["p_value_bootstrap"])
    assert "parametric bootstrap (REML)" not in {one["choice"] for one in found["random_slope"]["alternatives"]}
    assert found["retained_rung"]["outcome"] == "random_slope"
    steps.influence(results=folder)
    record = read(folder, "influence")
    asked = record["asked"]["test"]
    assert (asked["test"], asked["critical"]) == ("bootstrap", row["bootstrap_critical"])
    for turn in record["turns"]:
        if turn["conclusion"] == "test":
            assert turn["with_all"]["significant"] and turn["without"]["statistic"] <= asked["critical"]


def test_influence_names_the_law_that_the_ladder_reads(studies: dict[tuple[str, int], Path]) -> None:
    folder = studies["gaussian", 1]
    decided(folder, "preset", "random_slope")
    steps.influence(results=folder)
    asked = read(folder, "influence")["asked"]
    row = next(one for one in read(folder, "comparisons") if one["larger"] == "random_slope")
    assert (asked["test"]["reference"], asked["test"]["criterion"]) == (row["reference"], row["criterion"])
    assert asked["coefficients"] == {"tests": "satterthwaite", "plan": "satterthwaite"}
    assert asked["screen"]["interval"] == "exact"

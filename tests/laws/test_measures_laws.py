"""What measures must not depend on: the units of a covariate, and what clusters are called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from epiladder import steps

SIZES = (8, 14, 11, 9, 20, 7, 12, 16, 10, 13, 6, 15)


def measured(folder: Path, scale: float = 1.0, order: int = 1) -> dict[str, Any]:
    """The measures of one small study, its covariate in other units, its clusters under other names."""
    folder.mkdir()
    rng = np.random.default_rng(5)
    ward = np.repeat(np.arange(len(SIZES)), SIZES)
    x, effect = np.round(rng.normal(size=len(ward)), 3), rng.normal(size=len(SIZES))
    y = (rng.random(len(ward)) < 1 / (1 + np.exp(-(-0.3 + 0.8 * x + effect[ward])))).astype(int)
    rows = [f"w{(order * w) % 13:02d},{scale * a!r},{b}" for w, a, b in zip(ward, x.tolist(), y, strict=True)]
    (folder / "data.csv").write_text("\n".join(["ward,x,y", *rows]) + "\n", encoding="utf-8")
    plan = {
        "id": "law",
        "data": {"path": "data.csv"},
        "unit": "row",
        "levels": ["ward"],
        "outcome": {"variable": "y", "family": "binomial", "event": 1},
        "variables": {"y": {"type": "integer"}, "x": {"type": "number"}},
        "ladder": {"covariates": ["x"]},
        "disclosure": "public",
    }
    study = folder / "study.yaml"
    study.write_text(json.dumps(plan), encoding="utf-8")
    steps.plan(study=study, results=folder)
    steps.validate(study=study, results=folder)
    for step in (steps.gate, steps.design, steps.approximate):
        step(results=folder)
    for rung in ("single_level.null", "single_level", "null", "random_intercept"):
        steps.fit(results=folder, rung=rung)
    steps.bootstrap(results=folder)
    steps.infer(results=folder)
    steps.likelihood(results=folder)
    steps.measure(results=folder)
    return json.loads((folder / "measures.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return measured(tmp_path_factory.mktemp("law") / "plain")


def numbers(found: dict[str, Any]) -> list[float]:
    """Every interval that must stay: correlations, ratios, shares explained, risks at quartiles."""
    rows = [row["together"] for row in found["icc"]] + [row["ratio"] for row in found["median_ratios"]]
    rows += [row[key] for row in found["r_squared"] for key in ("marginal", "conditional")]
    rows += [row[key] for row in found["risks"] for key in ("risk_from", "risk_to", "difference", "ratio")]
    rows += [row[key] for row in found["discrimination"] for key in ("covariates", "with_clusters")]
    return [one[key] for one in rows for key in ("estimate", "ci_low", "ci_high") if one[key] is not None]


def test_the_units_of_a_covariate_change_no_measure(plain: dict[str, Any], tmp_path: Path) -> None:
    other = measured(tmp_path / "scaled", scale=250.0)
    np.testing.assert_allclose(numbers(other), numbers(plain), rtol=2e-5)
    assert other["risks"][0]["to"]["value"] == pytest.approx(250 * plain["risks"][0]["to"]["value"])


def test_the_names_of_clusters_change_no_measure(plain: dict[str, Any], tmp_path: Path) -> None:
    other = measured(tmp_path / "named", order=5)
    np.testing.assert_allclose(numbers(other), numbers(plain), rtol=2e-5)
    assert other["reliability"][0]["mean"] == pytest.approx(plain["reliability"][0]["mean"], rel=1e-5)

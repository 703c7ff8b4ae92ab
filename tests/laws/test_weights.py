"""A frequency weight of k is the row k times, through every step of the workflow, whatever the family."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from epiladder import steps

RUNGS = ("single_level", "null", "random_intercept", "random_slope")
OUTCOMES = {
    "gaussian": {"variable": "y", "family": "gaussian"},
    "binomial": {"variable": "died", "family": "binomial", "event": 1},
    "events": {"events": "died", "trials": "size", "family": "binomial", "link": "probit"},
    "poisson": {"variable": "visits", "family": "poisson", "exposure": "years"},
    "negative_binomial": {"variable": "visits", "family": "negative_binomial", "exposure": "years"},
}
LAPLACE, QUADRATURE = "laplace", {"quadrature": 5}
METHODS = [(family, LAPLACE) for family in OUTCOMES] + [("binomial", QUADRATURE), ("negative_binomial", QUADRATURE)]


def table(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    ward = np.repeat(np.arange(15), rng.integers(4, 9, 15))
    n = len(ward)
    x = rng.normal(size=n) + rng.normal(size=15)[ward]
    eta = 0.3 + 0.5 * x + 0.7 * rng.normal(size=15)[ward] + 0.4 * rng.normal(size=15)[ward] * x
    columns = {
        "ward": ward,
        "x": x,
        "y": eta + rng.normal(size=n),
        "died": (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int),
        "years": rng.uniform(0.5, 2, n),
        "size": rng.integers(1, 4, n),
        "weight": rng.integers(1, 4, n),
    }
    return pd.DataFrame({**columns, "visits": rng.poisson(columns["years"] * np.exp(np.minimum(eta, 2)))})


def run(folder: Path, rows: pd.DataFrame, family: str, method: object, *, weighted: bool) -> dict[str, dict]:
    folder.mkdir()
    rows.to_csv(folder / "rows.csv", index=False)
    plan = {
        "id": "weights",
        "data": {"path": "rows.csv", **({"weights": "weight"} if weighted else {})},
        "unit": "patient",
        "levels": ["ward"],
        "outcome": OUTCOMES[family],
        "variables": {
            "x": {"type": "number", "centre": "cluster_mean", "means": True},
            "y": {"type": "number"},
            "died": {"type": "integer"},
            "visits": {"type": "integer"},
            "years": {"type": "number"},
            "size": {"type": "integer"},
            "weight": {"type": "integer"},
        },
        "ladder": {"covariates": ["x"], "random_slopes": [{"of": "x", "over": "ward"}]},
        "estimation": {"approximation": method},
    }
    (folder / "study.yaml").write_text(json.dumps(plan))
    steps.plan(study=folder / "study.yaml", results=folder)
    steps.validate(study=folder / "study.yaml", results=folder)
    for step in (steps.gate, steps.design, steps.approximate):
        step(results=folder)
    for rung in RUNGS:
        steps.fit(results=folder, rung=rung)
    return {rung: json.loads((folder / "fits" / f"{rung}.json").read_text()) for rung in RUNGS}


@pytest.mark.parametrize(("family", "method"), METHODS)
def test_weights_are_repeated_rows(tmp_path: Path, family: str, method: object) -> None:
    rows = table(8)
    repeated = rows.loc[rows.index.repeat(rows["weight"])]
    one = run(tmp_path / "weighted", rows, family, method, weighted=True)
    two = run(tmp_path / "repeated", repeated, family, method, weighted=False)
    for rung in RUNGS:
        assert one[rung]["status"] == two[rung]["status"] == "fitted"
        assert one[rung]["n_rows"] == two[rung]["n_rows"] == rows["weight"].sum()
        for criterion, a in one[rung]["estimates"].items():
            b = two[rung]["estimates"][criterion]
            assert a["log_likelihood"] == pytest.approx(b["log_likelihood"], abs=1e-6)
            assert [r["term"] for r in a["fixed"]] == [r["term"] for r in b["fixed"]]
            for key in ("estimate", "std_error"):
                np.testing.assert_allclose([r[key] for r in a["fixed"]], [r[key] for r in b["fixed"]], rtol=2e-4)
            for p, q in zip(a["random"], b["random"], strict=True):
                np.testing.assert_allclose(p["covariance"], q["covariance"], rtol=2e-3, atol=1e-6)

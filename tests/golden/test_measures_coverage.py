"""Coverage by simulation of a standardised risk difference and of the median odds ratio, with 40 clusters.

80 data sets of a logit model with a covariate of the units and one of the clusters. The intervals are large-sample
ones: coverage must not lie below .95 by more than four Monte Carlo errors (.10), which a method of coverage .95 fails
once in 30,000 times. With 200 data sets and 20 rows a cluster, once, 187 and 193 intervals held the truth.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from epiladder import steps
from epiladder.design.load import Designed
from epiladder.engine.fit import Approximation, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.inference.fitted import Fitted
from epiladder.inference.heterogeneity import median_ratios
from epiladder.inference.record import fit_record
from epiladder.inference.scales import median_ratio
from epiladder.inference.standardised import standardised
from epiladder.steps import read_plan
from scipy.stats import norm

CLUSTERS, SIZE, REPLICATES = 40, 15, 80
BETA, VARIANCE = np.array([-0.8, 0.7, 0.5]), 0.6


def write(folder: Path) -> None:
    rng = np.random.default_rng(40)
    treated = rng.integers(0, 2, CLUSTERS * SIZE)
    lines = ["ward,arm,w,y"]
    w = np.round(rng.normal(size=CLUSTERS), 3)
    for i, arm in enumerate(treated):
        lines.append(f"w{i // SIZE:02d},{('plain', 'new')[arm]},{w[i // SIZE]},{i % 3 == 0:d}")
    (folder / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plan = {
        "id": "coverage",
        "data": {"path": "data.csv"},
        "unit": "row",
        "levels": ["ward"],
        "outcome": {"variable": "y", "family": "binomial", "event": 1},
        "variables": {
            "y": {"type": "integer"},
            "arm": {"type": "category", "categories": ["plain", "new"]},
            "w": {"type": "number", "level": "ward"},
        },
        "ladder": {"covariates": ["arm", "w"]},
        "disclosure": "public",
    }
    (folder / "study.yaml").write_text(json.dumps(plan), encoding="utf-8")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coverage")
    write(folder)
    steps.plan(study=folder / "study.yaml", results=folder)
    steps.validate(study=folder / "study.yaml", results=folder)
    steps.design(results=folder)
    return folder


@dataclass(frozen=True)
class Hits:
    """How often each interval held the truth."""

    difference: int
    ratio: int


@pytest.fixture(scope="module")
def hits(prepared: Path) -> Hits:
    plan, designed = read_plan(prepared), Designed(prepared / "design")
    columns, model = designed.columns("random_intercept"), designed.model("random_intercept")
    x = np.column_stack([columns[name] for name in model.fixed])
    truth, odds = true_difference(x), median_ratio(VARIANCE)
    found = np.zeros(2, dtype=int)
    rng = np.random.default_rng(41)
    for _ in range(REPLICATES):
        eta = x @ BETA + np.repeat(rng.normal(0, VARIANCE**0.5, CLUSTERS), SIZE)
        y = (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)
        outcome = make_outcome("binomial", "logit", y)
        fit = fit_general(designed.cross, model, {**columns, "y": y}, outcome, Approximation("quadrature", 7))
        record = fit_record(plan, designed.spec("random_intercept"), designed.cross, {"ML": fit}, {})
        fitted = Fitted.of(plan, designed, record)
        assert fitted is not None
        difference = next(row["difference"] for row in standardised(fitted) if row["variable"] == "arm")
        found += [
            inside(difference.interval(0.95), truth),
            inside(median_ratios(fitted)[0]["ratio"].interval(0.95), odds),
        ]
    return Hits(*found)


def true_difference(x: np.ndarray) -> float:
    """By an independent rule: a fine grid over the random effect's law."""
    grid = norm.ppf((np.arange(4000) + 0.5) / 4000) * VARIANCE**0.5
    risks = []
    for arm in (0.0, 1.0):
        moved = x.copy()
        moved[:, 1] = arm
        risks.append(np.mean(1 / (1 + np.exp(-(moved @ BETA)[:, None] - grid))))
    return float(risks[1] - risks[0])


def inside(limits: tuple[float | None, float | None], truth: float) -> bool:
    low, high = limits
    return low is not None and high is not None and low <= truth <= high


LEAST = 0.95 - 4 * (0.95 * 0.05 / REPLICATES) ** 0.5


def test_standardised_risk_differences_cover(hits: Hits) -> None:
    assert hits.difference / REPLICATES >= LEAST


def test_median_odds_ratios_cover(hits: Hits) -> None:
    assert hits.ratio / REPLICATES >= LEAST

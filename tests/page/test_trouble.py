"""What cannot be trusted, from the rows to the page: the fit of planted data says it, and the report repeats it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import page_ratios
import page_studies
import pytest
import yaml
from epiladder import steps
from epiladder.engine.trust import FEW
from epiladder.report.build import build

# Slopes that tell outcomes apart in each cluster, in directions that differ; and how the likelihood is computed.
ENDLESS: dict[str, Any] = {"not converged": "laplace", "not converged by quadrature": {"quadrature": 7}}


def planted(name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The columns of a study with one fault, and its outcome."""
    rng = np.random.default_rng(21)
    clusters, size = {"few clusters": (6, 40), "laplace": (60, 3), "rare events": (100, 40)}.get(name, (20, 10))
    ward = np.repeat(np.arange(clusters), size)
    x = np.round(rng.normal(size=len(ward)), 3)
    base, spread = (-5.5, 0.7) if name == "rare events" else (-0.3, 1.2)
    eta = base + 0.4 * x + spread * rng.normal(size=clusters)[ward]
    p = 1 / (1 + np.exp(-eta))
    columns = {"ward": ward, "x": x, "drug": (rng.random(len(ward)) < 0.3).astype(int)}
    if name == "overdispersion":
        trials = np.full(len(ward), 12)
        columns |= {"sick": rng.binomial(trials, rng.beta(3 * p, 3 * (1 - p))), "seen": trials}
        return columns, {"family": "binomial", "events": "sick", "trials": "seen"}
    y = (rng.random(len(ward)) < p).astype(int)
    if name == "separation":
        y[columns["drug"] == 1] = 0
    if name in ENDLESS:
        y = ((x > 0) ^ (rng.random(clusters) < 0.5)[ward]).astype(int)
        y[:size] = [0, 1, 0, 1, 1, 0, 1, 0, 0, 1]
    return {**columns, "sick": y}, {"variable": "sick", "family": "binomial", "event": 1}


def record(folder: Path, name: str) -> dict[str, Any]:
    """The fit of the planted data, through the steps that the workflow runs."""
    columns, outcome = planted(name)
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*(values.tolist() for values in columns.values()), strict=True))
    rung = "random_slope" if name in ENDLESS else "random_intercept"
    ladder: dict[str, Any] = {"covariates": ["x"] if name in ENDLESS else ["x", "drug"]}
    if rung == "random_slope":
        ladder["random_slopes"] = [{"of": "x", "over": "ward"}]
    number = {"type": "integer"}
    plan = {
        "id": "planted", "title": "Planted", "question": "Is it said?", "unit": "patient", "levels": ["ward"],
        "data": {"path": str(folder / "rows.csv"), "source": "SIMULATED", "licence": "none"},
        "outcome": outcome,
        "variables": {"x": {"type": "number"}, **{key: number for key in columns if key not in ("ward", "x")}},
        "ladder": ladder, "inference": {"seed": 1}, "estimation": {"approximation": ENDLESS.get(name, "laplace")},
        "disclosure": "public",
    }  # fmt: skip
    study = folder / "study.yaml"
    study.write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
    steps.plan(study=study, results=folder)
    steps.validate(study=study, results=folder)
    for step in (steps.gate, steps.design, steps.approximate):
        step(results=folder)
    steps.fit(results=folder, rung=rung)
    return json.loads((folder / "fits" / f"{rung}.json").read_text(encoding="utf-8"))


def page_of(folder: Path, found: dict[str, Any]) -> str:
    """The Markdown of a page whose read rung has the state and the words of a fit."""
    made = page_ratios.contraception(folder / "seed")
    fit = json.loads((made / "fits" / "random_slope.json").read_text(encoding="utf-8"))
    fit |= {key: found[key] for key in ("status", "message", "warnings", "overdispersion")}
    if found["estimates"]:
        fit["estimates"]["ML"]["convergence"] = found["estimates"]["ML"]["convergence"]
    else:
        fit["estimates"] = {}
    changes: dict[str, Any] = {"fits": {"random_slope": fit}}
    clusters = found["levels"][0]["n_clusters"]
    if clusters < FEW:
        design = json.loads((made / "design" / "design.json").read_text(encoding="utf-8"))
        design["levels"][0]["n_clusters"] = clusters
        changes["design/design"] = design
        changes["decisions"] = [page_studies._few("district", clusters), page_studies._retained("random_slope")]
    build(page_ratios.contraception(folder / "results", **changes), folder / "report")
    return (folder / "report" / "report.md").read_text(encoding="utf-8").replace("\\", "")


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("laplace", "converged", "Laplace's approximation can be far from the likelihood here"),
        ("rare events", "converged", "Laplace's approximation can be far from the likelihood here: by quadrature"),
        ("few clusters", "converged", "There are few clusters: 6 of ward"),
        ("separation", None, "drug"),
        ("not converged", "failed", "Not converged: a variance grows without end"),
        ("not converged by quadrature", "failed", "Not converged: a variance grows without end"),
        ("overdispersion", "converged", "The events are overdispersed"),
    ],
)
def test_the_fit_says_it_and_the_page_repeats_it(tmp_path: Path, name: str, status: str | None, words: str) -> None:
    found = record(tmp_path, name)
    said = [text for text in found["warnings"] if words in text]
    assert len(said) == 1
    assert status == (found["estimates"]["ML"]["convergence"]["status"] if found["estimates"] else None)
    page = page_of(tmp_path, found)
    warnings = re.split(r"\n## \d+ Warnings", page)[1].split("\n## ")[0]
    assert ("With only 6 districts" if name == "few clusters" else words) in warnings

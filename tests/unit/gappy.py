"""A small two-level study with gaps in variables of every kind, written where a test says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

STUDY = """\
id: gappy
data: {path: gappy.csv, missing: multiple_imputation, imputation: {number: 3, iterations: 4}}
unit: patient
levels: [hospital, ward]
outcome: {variable: y}
variables:
  y: {type: number}
  age: {type: number, min: 0, max: 100, centre: cluster_mean, means: true}
  smoker: {type: boolean}
  stage: {type: category, categories: [early, middle, late]}
  sex: {type: category, categories: [f, m]}
  size: {type: number, level: hospital}
ladder:
  covariates: [age, smoker, stage, sex, size]
  random_slopes: [{of: age, over: hospital}]
  cross_level: [[age, size]]
disclosure: public
"""


def table(seed: int = 5, hospitals: int = 16) -> pd.DataFrame:
    """Rows of hospitals with two wards of seven; a fifth of the cells of each covariate is empty."""
    rng = np.random.default_rng(seed)
    hospital = np.repeat(np.arange(hospitals), 14)
    ward = np.repeat(np.arange(2 * hospitals), 7)
    size = rng.normal(size=hospitals)
    level = 0.5 * rng.normal(size=hospitals)[hospital] + 0.3 * rng.normal(size=2 * hospitals)[ward]
    age = 50 + 8 * rng.normal(size=len(ward)) + 3 * size[hospital]
    smoker = rng.random(len(ward)) < 0.4
    y = 1 + 0.05 * (age - 50) + 0.5 * smoker + 0.4 * size[hospital] + level + rng.normal(size=len(ward))
    made = pd.DataFrame(
        {
            "hospital": [f"h{code}" for code in hospital],
            "ward": [f"w{code}" for code in ward],
            "y": y.round(4),
            "age": age.round(1),
            "smoker": np.where(smoker, "true", "false").astype(object),
            "stage": rng.choice(["early", "middle", "late"], len(ward)),
            "sex": rng.choice(["f", "m"], len(ward)),
            "size": size[hospital].round(3),
        }
    )
    for name in ("age", "smoker", "stage", "sex"):
        made.loc[rng.random(len(made)) < 0.2, name] = None
    made.loc[np.isin(hospital, [1, 6, 9]), "size"] = None
    made.loc[[3, 40], "size"] = None  # known from the hospital's other rows
    made.loc[[10, 50], "y"] = None
    return made


def write(folder: Path, rows: pd.DataFrame | None = None) -> Path:
    """The study file, with its table beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (table() if rows is None else rows).to_csv(folder / "gappy.csv", index=False)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return folder / "study.yaml"

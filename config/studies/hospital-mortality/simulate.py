"""Simulates patients.csv and truth.json: 30-day deaths of 40,000 patients in 400 wards in 60 hospitals.

No public data set has patients in wards in hospitals with staffing and deaths, so this one is made up, from a seed.
Run it in this folder: `python simulate.py`. Coefficients are log odds ratios of the terms of study.yaml, whose numbers
are centred at their means over all patients.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np

SEED = 20261122
HOSPITALS, WARDS, PATIENTS = 60, 400, 40_000
WARD_TYPES = ("medical", "surgical", "intensive")
TRUTH = {
    "(Intercept)": -3.1,
    "age": 0.035,
    "sex[male]": 0.15,
    "severity": 0.45,
    "ward_type[surgical]": -0.3,
    "ward_type[intensive]": 0.6,
    "staffing": -0.12,
    "severity:staffing": -0.03,
}
VARIANCES = {"hospital": {"(Intercept)": 0.15, "severity": 0.02}, "ward": {"(Intercept)": 0.08}}

Columns = dict[str, np.ndarray]


def places(rng: np.random.Generator) -> Columns:
    """Hospital, ward and their characteristics for each patient, sorted by ward; sizes differ."""
    hospital_of_ward = np.sort(np.concatenate([np.arange(HOSPITALS), rng.integers(0, HOSPITALS, WARDS - HOSPITALS)]))
    share = rng.dirichlet(np.full(WARDS, 4.0))
    ward = np.sort(np.concatenate([np.repeat(np.arange(WARDS), 5), rng.choice(WARDS, PATIENTS - 5 * WARDS, p=share)]))
    staffing = np.round(np.clip(rng.normal(6, 1.2, HOSPITALS), 3, 9), 1)
    return {
        "ward": ward,
        "hospital": hospital_of_ward[ward],
        "ward_type": rng.choice(3, WARDS, p=[0.5, 0.35, 0.15])[ward],
        "staffing": staffing[hospital_of_ward[ward]],
    }


def patients(rng: np.random.Generator, where: Columns) -> Columns:
    """Age, sex and severity; intensive wards have the sicker ones."""
    age = np.clip(np.round(rng.normal(66, 14, PATIENTS)), 18, 100)
    severity = np.clip(np.round(rng.normal(3, 1.3, PATIENTS) + 1.2 * (where["ward_type"] == 2), 1), 0, 10)
    return {"age": age, "male": (rng.random(PATIENTS) < 0.52).astype(int), "severity": severity}


def deaths(rng: np.random.Generator, where: Columns, who: Columns) -> np.ndarray:
    """Who dies within 30 days, by the logistic model of TRUTH and VARIANCES."""
    severity = who["severity"] - who["severity"].mean()
    staffing = where["staffing"] - where["staffing"].mean()
    eta = TRUTH["(Intercept)"] + TRUTH["age"] * (who["age"] - who["age"].mean()) + TRUTH["sex[male]"] * who["male"]
    eta = eta + TRUTH["severity"] * severity + TRUTH["staffing"] * staffing
    eta = eta + np.array([0.0, TRUTH["ward_type[surgical]"], TRUTH["ward_type[intensive]"]])[where["ward_type"]]
    eta = eta + TRUTH["severity:staffing"] * severity * staffing
    level = np.sqrt(VARIANCES["hospital"]["(Intercept)"]) * rng.normal(size=HOSPITALS)
    slope = np.sqrt(VARIANCES["hospital"]["severity"]) * rng.normal(size=HOSPITALS)
    ward = np.sqrt(VARIANCES["ward"]["(Intercept)"]) * rng.normal(size=WARDS)
    eta = eta + level[where["hospital"]] + slope[where["hospital"]] * severity + ward[where["ward"]]
    return rng.random(PATIENTS) < 1 / (1 + np.exp(-eta))


def table() -> str:
    """patients.csv as text."""
    rng = np.random.default_rng(SEED)
    where = places(rng)
    who = patients(rng, where)
    died = deaths(rng, where, who)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["hospital", "ward", "ward_type", "staffing", "age", "sex", "severity", "died"])
    for i in range(PATIENTS):
        writer.writerow(
            [
                f"H{where['hospital'][i] + 1:02d}",
                f"W{where['ward'][i] + 1:03d}",
                WARD_TYPES[where["ward_type"][i]],
                f"{where['staffing'][i]:.1f}",
                f"{who['age'][i]:.0f}",
                "male" if who["male"][i] else "female",
                f"{who['severity'][i]:.1f}",
                "yes" if died[i] else "no",
            ]
        )
    return stream.getvalue()


if __name__ == "__main__":
    Path("patients.csv").write_text(table(), encoding="utf-8")
    Path("truth.json").write_text(
        json.dumps({"fixed": TRUTH, "variances": VARIANCES}, indent=1) + "\n", encoding="utf-8"
    )

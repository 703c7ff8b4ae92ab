"""The models of the references as study files, so that each goes through the code that the workflow runs.

MODELS: the reference's name without its criterion, then the data set, the ladder that holds the model and its rung.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epiladder import steps

ROOT = Path(__file__).resolve().parents[2]
REFERENCES = Path(__file__).parent / "references"
STUDIES = ROOT / "config" / "studies"
NUMBER = {"type": "number"}
ZERO_ONE = {"type": "number", "min": 0, "max": 1}

DATASETS: dict[str, dict[str, Any]] = {
    "sleepstudy": {
        "path": STUDIES / "sleep-deprivation" / "sleepstudy.csv",
        "levels": ["subject"],
        "unit": "measurement",
        "outcome": "reaction",
        "variables": {"reaction": NUMBER, "days": NUMBER},
    },
    "hsb82": {
        "path": STUDIES / "high-school-and-beyond" / "hsb82.csv",
        "levels": ["school"],
        "unit": "pupil",
        "outcome": "math",
        "variables": {
            "math": NUMBER,
            "ses": NUMBER,
            "cses": NUMBER,
            "meanses": {**NUMBER, "level": "school"},
            "meanses_hlm": {**NUMBER, "level": "school"},
            "sector": {"type": "category", "categories": ["Public", "Catholic"], "level": "school"},
        },
    },
    "egsingle": {
        "path": STUDIES / "language-growth" / "egsingle.csv",
        "levels": ["school", "child"],
        "unit": "measurement",
        "outcome": "math",
        "variables": {
            "math": NUMBER,
            "year": NUMBER,
            "black": {**ZERO_ONE, "level": "child"},
            "hispanic": {**ZERO_ONE, "level": "child"},
            "lowinc": {**NUMBER, "level": "school"},
        },
    },
    "exam": {
        "path": ROOT / "tests" / "golden" / "data" / "exam.csv",
        "levels": ["school"],
        "unit": "pupil",
        "outcome": "normexam",
        "variables": {
            "normexam": NUMBER,
            "standlrt": NUMBER,
            "schavg": {**NUMBER, "level": "school"},
            "sex": {"type": "category", "categories": ["F", "M"]},
            "type": {"type": "category", "categories": ["Mxd", "Sngl"], "level": "school"},
            "schgend": {"type": "category", "categories": ["mixed", "boys", "girls"], "level": "school"},
        },
    },
    "dyestuff": {
        "path": ROOT / "tests" / "golden" / "data" / "dyestuff.csv",
        "levels": ["batch"],
        "unit": "sample",
        "outcome": "yield",
        "variables": {"yield": NUMBER},
    },
    "dyestuff2": {
        "path": ROOT / "tests" / "golden" / "data" / "dyestuff2.csv",
        "levels": ["batch"],
        "unit": "sample",
        "outcome": "yield",
        "variables": {"yield": NUMBER},
    },
    "pastes": {
        "path": ROOT / "tests" / "golden" / "data" / "pastes.csv",
        "levels": ["batch", "sample"],
        "unit": "measurement",
        "outcome": "strength",
        "variables": {"strength": NUMBER},
    },
}


@dataclass(frozen=True)
class Golden:
    """Where a reference's model stands: its data set, the plan's ladder, and the rung."""

    dataset: str
    rung: str
    covariates: tuple[str, ...] = ()
    slopes: tuple[dict[str, Any], ...] = ()
    products: tuple[tuple[str, str], ...] = ()

    def ladder(self) -> dict[str, Any]:
        """The plan's `ladder`."""
        parts = {
            "covariates": list(self.covariates),
            "random_slopes": list(self.slopes),
            "cross_level": [list(pair) for pair in self.products],
        }
        return {key: value for key, value in parts.items() if value}


def _slope(of: str, over: str, **more: Any) -> dict[str, Any]:
    return {"of": of, "over": over, **more}


CSES = (_slope("cses", "school"),)
MODELS: dict[str, Golden] = {
    "dyestuff_null": Golden("dyestuff", "null"),
    "dyestuff2_null": Golden("dyestuff2", "null"),
    "pastes_3level": Golden("pastes", "null"),
    "sleepstudy_null": Golden("sleepstudy", "null"),
    "sleepstudy_ri": Golden("sleepstudy", "random_intercept", ("days",)),
    "sleepstudy_rs": Golden("sleepstudy", "random_slope", ("days",), (_slope("days", "subject"),)),
    "sleepstudy_rsindep": Golden(
        "sleepstudy", "random_slope", ("days",), (_slope("days", "subject", correlated=False),)
    ),
    "hsb82_null": Golden("hsb82", "null"),
    "hsb82_ancova": Golden("hsb82", "random_intercept", ("ses",)),
    "hsb82_ri_cses": Golden("hsb82", "random_intercept", ("cses",)),
    "hsb82_mundlak": Golden("hsb82", "random_intercept", ("cses", "meanses")),
    "hsb82_means_as_outcomes": Golden("hsb82", "random_intercept", ("meanses",)),
    "hsb82_rb43_means_as_outcomes": Golden("hsb82", "random_intercept", ("meanses_hlm",)),
    "hsb82_rs_cses": Golden("hsb82", "random_slope", ("cses",), CSES),
    "hsb82_crosslevel_ri": Golden(
        "hsb82", "random_intercept", ("meanses", "cses", "sector", "meanses:cses", "sector:cses")
    ),
    "hsb82_crosslevel": Golden(
        "hsb82", "cross_level", ("meanses", "cses", "sector"), CSES, (("meanses", "cses"), ("sector", "cses"))
    ),
    "hsb82_rb45_crosslevel_ri": Golden(
        "hsb82", "random_intercept", ("meanses_hlm", "cses", "sector", "meanses_hlm:cses", "sector:cses")
    ),
    "hsb82_rb45_crosslevel": Golden(
        "hsb82", "cross_level", ("meanses_hlm", "cses", "sector"), CSES, (("meanses_hlm", "cses"), ("sector", "cses"))
    ),
    "egsingle_null": Golden("egsingle", "null"),
    "egsingle_growth": Golden(
        "egsingle", "random_slope", ("year",), (_slope("year", "child"), _slope("year", "school"))
    ),
    "egsingle_crosslevel": Golden(
        "egsingle",
        "cross_level",
        ("year", "black", "hispanic", "lowinc"),
        (_slope("year", "child"), _slope("year", "school")),
        (("year", "black"), ("year", "hispanic"), ("year", "lowinc")),
    ),
    "exam_null": Golden("exam", "null"),
    "exam_ri": Golden("exam", "random_intercept", ("standlrt",)),
    "exam_rs": Golden("exam", "random_slope", ("standlrt",), (_slope("standlrt", "school"),)),
    "exam_ri_sex_type": Golden("exam", "random_intercept", ("standlrt", "sex", "type")),
    "exam_rs_sex_type": Golden("exam", "random_slope", ("standlrt", "sex", "type"), (_slope("standlrt", "school"),)),
    "exam_rs_schgend": Golden("exam", "random_slope", ("standlrt", "sex", "schgend"), (_slope("standlrt", "school"),)),
    "exam_crosslevel": Golden(
        "exam", "cross_level", ("standlrt", "schavg"), (_slope("standlrt", "school"),), (("standlrt", "schavg"),)
    ),
}


def write_study(golden: Golden, folder: Path) -> Path:
    """A study file for a golden model, its data where they lie in the project."""
    dataset = DATASETS[golden.dataset]
    plan = {
        "id": "golden",
        "title": f"Reference model on {golden.dataset}",
        "question": "Does the workflow reproduce the reference?",
        "data": {"path": os.path.relpath(dataset["path"], folder)},
        "unit": dataset["unit"],
        "levels": dataset["levels"],
        "outcome": {"variable": dataset["outcome"], "family": "gaussian"},
        "variables": dataset["variables"],
        "ladder": golden.ladder(),
        "inference": {"bootstrap": 0},
        "disclosure": "public",
    }
    path = folder / "study.yaml"
    path.write_text(json.dumps(plan, indent=1), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Laboratory:
    """Runs each plan once: study file to fits, through the steps of the workflow."""

    folder: Path

    def results(self, golden: Golden) -> Path:
        """The results folder of the ladder that holds a golden model, data prepared and designed."""
        key = json.dumps([golden.dataset, golden.ladder()])
        results = self.folder / hashlib.sha256(key.encode()).hexdigest()[:16]
        if not results.exists():
            results.mkdir(parents=True)
            study = write_study(golden, results)
            steps.plan(study=study, results=results)
            steps.validate(study=study, results=results)
            steps.gate(results=results)
            steps.design(results=results)
            steps.approximate(results=results)
        return results

    def fit(self, golden: Golden, rung: str | None = None) -> dict[str, Any]:
        """The record of a fit."""
        results = self.results(golden)
        rung = rung or golden.rung
        path = results / "fits" / f"{rung}.json"
        if not path.exists():
            steps.fit(results=results, rung=rung)
        return json.loads(path.read_text(encoding="utf-8"))


def reference(name: str) -> dict[str, Any]:
    """A reference file of lme4's results."""
    return json.loads((REFERENCES / f"{name}.json").read_text(encoding="utf-8"))


def same_term(ours: str) -> frozenset[str]:
    """Our name of a column as R names it, products in any order: `sector[Catholic]:cses` is cses:sectorCatholic."""
    return frozenset(part.replace("[", "").replace("]", "") for part in ours.split(":"))

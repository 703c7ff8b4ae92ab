"""The models of the references that are not Gaussian, as study files (see `studies` for the Gaussian ones)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epiladder import steps

DATA = Path(__file__).parent / "data"
NUMBER = {"type": "number"}
COUNT = {"type": "integer"}

DATASETS: dict[str, dict[str, Any]] = {
    "contraception": {
        "levels": ["district"],
        "outcome": {"variable": "use", "family": "binomial", "event": 1},
        "variables": {"use": COUNT, **dict.fromkeys(("urban", "age", "child1", "child2", "child3"), NUMBER)},
    },
    "cbpp": {
        "levels": ["herd"],
        "outcome": {"family": "binomial", "events": "incidence", "trials": "size"},
        "variables": {
            "incidence": COUNT,
            "size": COUNT,
            "period": {"type": "category", "categories": ["p1", "p2", "p3", "p4"]},
        },
    },
    "epilepsy_hsaur": {
        "levels": ["subject"],
        "outcome": {"variable": "y", "family": "poisson"},
        "variables": {
            "y": COUNT,
            **dict.fromkeys(("treat", "base", "age", "lbase", "lage", "lbas_raw", "lage_raw", "v4"), NUMBER),
        },
    },
    "grouseticks": {
        "levels": ["location", "brood"],
        "outcome": {"variable": "ticks", "family": "poisson"},
        "variables": {
            "ticks": COUNT,
            "cheight": NUMBER,
            "year": {"type": "category", "categories": ["y95", "y96", "y97"]},
        },
    },
}


@dataclass(frozen=True)
class General:
    """A model: its data set, the ladder that holds it, its rung, and what differs from the data set's own plan."""

    dataset: str
    rung: str = "random_intercept"
    covariates: tuple[str, ...] = ()
    slope: tuple[str, str] | None = None
    outcome: tuple[tuple[str, Any], ...] = ()
    levels: tuple[str, ...] = ()
    approximation: Any = "laplace"
    products: tuple[tuple[str, str], ...] = ()

    def plan(self, folder: Path) -> dict[str, Any]:
        """The study file."""
        dataset = DATASETS[self.dataset]
        ladder: dict[str, Any] = {"covariates": list(self.covariates)} if self.covariates else {}
        if self.slope:
            ladder["random_slopes"] = [{"of": self.slope[0], "over": self.slope[1]}]
        if self.products:
            ladder["cross_level"] = [list(pair) for pair in self.products]
        return {
            "id": "golden",
            "data": {"path": os.path.relpath(DATA / f"{self.dataset}.csv", folder)},
            "unit": "row",
            "levels": list(self.levels) or dataset["levels"],
            "outcome": {**dataset["outcome"], **dict(self.outcome)},
            "variables": dataset["variables"],
            "ladder": ladder,
            "estimation": {"approximation": self.approximation},
            "disclosure": "public",
        }


WOMEN = ("urban", "age", "child1", "child2", "child3")
VISITS = ("treat", "lbase", "lage", "v4")
LAPLACE: dict[str, General] = {
    "contraception_null_laplace": General("contraception", "null"),
    "contraception_ri_laplace": General("contraception", covariates=WOMEN),
    "contraception_rs_laplace": General("contraception", "random_slope", WOMEN, ("urban", "district")),
    "contraception_mm_laplace": General(
        "contraception", covariates=("age", "I(age**2)", "urban", *WOMEN[2:]), levels=("dist_urban",)
    ),
    "cbpp_laplace": General("cbpp", covariates=("period",)),
    "epilepsy_hsaur_ri_laplace": General("epilepsy_hsaur", covariates=(*VISITS, "treat:lbase")),
    "grouseticks_3level_laplace": General("grouseticks", covariates=("year", "cheight")),
    "grouseticks_4level_olre_laplace": General(
        "grouseticks", covariates=("year", "cheight"), levels=("location", "brood", "chick")
    ),
}
NODES = {"quadrature": 25}
EXACT: dict[str, General] = {
    "exact_cbpp": General("cbpp", covariates=("period",), approximation=NODES),
    "exact_contraception_null": General("contraception", "null", approximation=NODES),
    "exact_contraception_ri": General("contraception", covariates=WOMEN, approximation=NODES),
    "exact_epilepsy_hsaur_bc_ri": General(
        "epilepsy_hsaur", covariates=("treat", "lbas_raw", "lage_raw", "v4", "treat:lbas_raw"), approximation=NODES
    ),
}
NB = (("family", "negative_binomial"),)
GLMMTMB: dict[str, General] = {
    "contraception_probit": General("contraception", covariates=WOMEN, outcome=(("link", "probit"),)),
    "contraception_cloglog": General("contraception", covariates=WOMEN, outcome=(("link", "cloglog"),)),
    "contraception_logit_slope": General("contraception", "random_slope", WOMEN, ("urban", "district")),
    "epilepsy_nb": General("epilepsy_hsaur", covariates=VISITS, outcome=NB),
    "epilepsy_exposure": General("epilepsy_hsaur", covariates=("treat", "lage", "v4"), outcome=(("exposure", "base"),)),
    "epilepsy_slope": General("epilepsy_hsaur", "random_slope", VISITS, ("v4", "subject")),
    "grouseticks_nb": General("grouseticks", covariates=("year", "cheight"), outcome=NB),
}


def fit(model: General, folder: Path, rung: str | None = None) -> dict[str, Any]:
    """The record of a model's rung, through the workflow's steps; each plan is prepared once a folder."""
    if not (folder / "approximation.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        study = folder / "study.yaml"
        study.write_text(json.dumps(model.plan(folder)), encoding="utf-8")
        steps.plan(study=study, results=folder)
        steps.validate(study=study, results=folder)
        for step in (steps.gate, steps.design, steps.approximate):
            step(results=folder)
    rung = rung or model.rung
    steps.fit(results=folder, rung=rung)
    return json.loads((folder / "fits" / f"{rung}.json").read_text(encoding="utf-8"))

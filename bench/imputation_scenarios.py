"""What the simulation of multiple imputation simulates: the truth, the data, and which cells are lost."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from epiladder.study.config import Plan, load_plan

CLUSTERS, SIZE, SETS = 40, 20, 10
STUDY = """\
id: simulated
data: {{path: none.csv, missing: multiple_imputation, imputation: {{number: {sets}}}}}
unit: patient
levels: [cluster]
outcome: {outcome}
variables:
  y: {y}
  x: {x}
  w: {{type: number, level: cluster}}
ladder:
  {ladder}
"""
PLAIN = "covariates: [x, w]"
Frame = pd.DataFrame


@dataclass(frozen=True)
class Scenario:
    """What is simulated: its words, types of the outcome and of x, the truth by coefficient, and the data.

    make: draws x and y given w and both random effects. gaps: which rows of which column are lost.
    """

    words: str
    outcome: str
    y: str
    x: str
    truth: dict[str, float]
    make: Callable[[np.random.Generator, Frame, np.ndarray], None]
    column: str = "x"
    ladder: str = PLAIN

    def plan(self) -> Plan:
        """The plan of the simulated study."""
        text = STUDY.format(sets=SETS, outcome=self.outcome, y=self.y, x=self.x, ladder=self.ladder)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "study.yaml"
            path.write_text(text, encoding="utf-8")
            return load_plan(path)

    def rows(self, rng: np.random.Generator) -> tuple[Frame, Frame]:
        """Whole rows, and the same with gaps."""
        codes = np.repeat(np.arange(CLUSTERS), SIZE)
        clusters = pd.Categorical.from_codes(codes, [str(code) for code in range(CLUSTERS)])
        w = rng.normal(size=CLUSTERS)
        whole = pd.DataFrame({"cluster": clusters, "w": w[codes]})
        self.make(rng, whole, codes)
        y = whole["y"].to_numpy(dtype=float)
        if self.column == "w":  # lost by cluster, depending on its mean outcome
            means = np.bincount(codes, weights=y) / SIZE
            lost = (rng.random(CLUSTERS) < _share(1.2 * (means - 1.0) - 0.8))[codes]
        else:
            lost = rng.random(len(y)) < _share(1.0 * (y - y.mean()) + 0.7 * whole["w"].to_numpy() - 0.7)
        gappy = whole.copy()
        gappy.loc[lost, self.column] = np.nan
        return whole, gappy


def _share(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit))


def _between(rng: np.random.Generator, codes: np.ndarray, variance: float) -> np.ndarray:
    return np.sqrt(variance) * rng.normal(size=CLUSTERS)[codes]


def _gaussian(rng: np.random.Generator, frame: Frame, codes: np.ndarray, of_x: np.ndarray) -> None:
    noise = _between(rng, codes, 0.3) + rng.normal(size=len(codes))
    frame["y"] = 1.0 + of_x + 0.5 * frame["w"] + noise


def number(rng: np.random.Generator, frame: Frame, codes: np.ndarray) -> None:
    """A normal x that goes with w, with clusters of its own."""
    frame["x"] = 0.4 * frame["w"] + _between(rng, codes, 0.3) + rng.normal(size=len(codes))
    _gaussian(rng, frame, codes, 0.5 * frame["x"].to_numpy())


def product(rng: np.random.Generator, frame: Frame, codes: np.ndarray) -> None:
    """A normal x whose effect depends on w."""
    frame["x"] = 0.4 * frame["w"] + _between(rng, codes, 0.3) + rng.normal(size=len(codes))
    _gaussian(rng, frame, codes, (frame["x"] * (0.5 + 0.3 * frame["w"])).to_numpy())


def slope(rng: np.random.Generator, frame: Frame, codes: np.ndarray) -> None:
    """A normal x whose effect differs between clusters, with variance 0.1."""
    frame["x"] = 0.4 * frame["w"] + _between(rng, codes, 0.3) + rng.normal(size=len(codes))
    _gaussian(rng, frame, codes, frame["x"].to_numpy() * (0.5 + _between(rng, codes, 0.1)))


def yes_or_no(rng: np.random.Generator, frame: Frame, codes: np.ndarray) -> None:
    """A binary x."""
    latent = 0.4 * frame["w"] + _between(rng, codes, 0.3) + rng.normal(size=len(codes))
    frame["x"] = (latent > 0).astype(float)
    _gaussian(rng, frame, codes, 0.8 * frame["x"].to_numpy())


def three(rng: np.random.Generator, frame: Frame, codes: np.ndarray) -> None:
    """An x of three categories, by a multinomial logit (not the imputer's probit)."""
    gumbel = rng.gumbel(size=(len(codes), 3))
    gumbel[:, 1] += 0.4 * frame["w"] + _between(rng, codes, 0.3)
    gumbel[:, 2] += -0.3 * frame["w"] + _between(rng, codes, 0.3)
    which = gumbel.argmax(axis=1)
    frame["x"] = pd.Categorical.from_codes(which, ["p", "q", "r"])
    _gaussian(rng, frame, codes, np.array([0.0, 0.6, -0.6])[which])


def event(rng: np.random.Generator, frame: Frame, codes: np.ndarray) -> None:
    """A binary outcome by a logit model, and a normal x."""
    frame["x"] = 0.4 * frame["w"] + _between(rng, codes, 0.3) + rng.normal(size=len(codes))
    eta = -0.3 + 0.6 * frame["x"] + 0.5 * frame["w"] + _between(rng, codes, 0.4)
    frame["y"] = (rng.random(len(codes)) < _share(eta.to_numpy())).astype(float)


GAUSSIAN = ("{variable: y}", "{type: number}")
TRUTH = {"(Intercept)": 1.0, "x": 0.5, "w": 0.5}
SCENARIOS = (
    Scenario("a number", *GAUSSIAN, "{type: number}", TRUTH, number),
    Scenario("yes or no", *GAUSSIAN, "{type: boolean}", {"(Intercept)": 1.0, "x[true]": 0.8, "w": 0.5}, yes_or_no),
    Scenario(
        "three categories",
        *GAUSSIAN,
        "{type: category, categories: [p, q, r]}",
        {"(Intercept)": 1.0, "x[q]": 0.6, "x[r]": -0.6, "w": 0.5},
        three,
    ),
    Scenario(
        "a number, binary outcome",
        "{variable: y, family: binomial, event: 1}",
        "{type: integer}",
        "{type: number}",
        {"(Intercept)": -0.3, "x": 0.6, "w": 0.5},
        event,
    ),
    Scenario("w, of the cluster, a number", *GAUSSIAN, "{type: number}", TRUTH, number, "w"),
    Scenario(
        "a number with a product",
        *GAUSSIAN,
        "{type: number}",
        {**TRUTH, "x:w": 0.3},
        product,
        ladder=PLAIN + "\n  cross_level: [[x, w]]",
    ),
    Scenario(
        "a number with a random slope",
        *GAUSSIAN,
        "{type: number}",
        TRUTH,
        slope,
        ladder=PLAIN + "\n  random_slopes: [{of: x, over: cluster}]",
    ),
)

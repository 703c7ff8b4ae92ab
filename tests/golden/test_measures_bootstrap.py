"""Intervals of measures by the parametric bootstrap against lme4's bootMer and refit, and against bootstrap.json.

References: references/make_measures_bootstrap.R. Both sides draw at random: a quantile of ours must lie between the
quantiles of theirs at probabilities moved by four standard errors of the two shares, sqrt(p (1 - p) (1/B + 1/B')), a
bound that no law of the measure enters and that chance breaks once in 16,000 times.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from epiladder.design.load import Designed
from epiladder.files import read_parquet, write_json
from epiladder.inference.replicates import draws_of
from studies import MODELS, Laboratory, reference
from test_measures import complete

THEIRS = reference("measures_bootstrap")


@pytest.fixture(scope="module")
def persons(laboratory: Laboratory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sleep study by REML, its random slope read, 999 replicates."""
    golden, folder = MODELS["sleepstudy_rs"], tmp_path_factory.mktemp("persons")
    shutil.copytree(laboratory.results(golden), folder, dirs_exist_ok=True)
    plan = read(folder, "plan")
    plan["inference"]["bootstrap"] = 999
    write_json(folder / "plan.json", plan)
    complete(folder)
    return folder


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def agrees(interval: dict[str, Any], theirs: dict[str, float], n: int) -> None:
    """Both ends between their quantiles, which are frozen at probabilities four standard errors to either side."""
    assert interval["method"].startswith("parametric bootstrap, percentiles of 999 replicates")
    for end, at in (("ci_low", "0.025"), ("ci_high", "0.975")):
        p = float(at)
        reach = 4 * (p * (1 - p) * (1 / 999 + 1 / n)) ** 0.5
        low, high = np.interp([max(p - reach, 0.0), min(p + reach, 1.0)], *_quantiles(theirs))
        assert low <= interval[end] <= high, (end, low, interval[end], high)


def _quantiles(theirs: dict[str, float]) -> tuple[list[float], list[float]]:
    places = sorted((float(name.rstrip("%")) / 100, value) for name, value in theirs.items())
    return [at for at, _ in places], [value for _, value in places]


@pytest.mark.parametrize("key", ["marginal", "conditional"])
def test_r_squared_has_bootmers_percentiles(persons: Path, key: str) -> None:
    (row,) = read(persons, "measures")["r_squared"]
    assert row[key]["estimate"] == pytest.approx(THEIRS["estimates"][key], rel=1e-4)
    agrees(row[key], THEIRS[key], THEIRS["nsim"])
    assert [one["method"].split()[0] for one in row[key]["alternatives"]] == ["the"]


def test_so_has_the_share_of_persons_of_opposite_sign(persons: Path) -> None:
    row = next(one for one in read(persons, "cross_level")["slope_ranges"] if one["rung"] == "random_slope")
    share = row["opposite_interval"]
    assert share["estimate"] == row["opposite"] == pytest.approx(THEIRS["estimates"]["opposite"], rel=1e-3)
    agrees(share, THEIRS["opposite"], THEIRS["nsim"])


def test_and_the_change_in_variance_of_two_rungs_refitted_to_the_same_outcomes(persons: Path) -> None:
    (row,) = read(persons, "measures")["variance_changes"]
    theirs = THEIRS["change"]
    assert row["naive"]["estimate"] == pytest.approx(theirs["estimate"], rel=1e-4)
    agrees(row["naive"], theirs["quantiles"], theirs["nsim"])
    assert row["naive"]["reason"] is None


def test_variances_and_correlations_are_those_of_bootstrap_json(persons: Path) -> None:
    """One law behind two files: measures.json evaluates what bootstrap.json has summed up."""
    found, drawn = read(persons, "measures"), {one["rung"]: one for one in read(persons, "bootstrap")["rungs"]}
    assert found["bootstrap"] == {"replicates": 999, "reason": None, "rungs": list(drawn)}
    checked = 0
    for row in found["icc"]:
        expected = drawn[row["rung"]]["levels"][0]["icc"]
        percentiles = next(
            one for one in (row["together"], *row["together"]["alternatives"]) if one["method"].startswith("parametric")
        )
        assert percentiles["ci_low"] == pytest.approx(expected["ci_low"], rel=1e-9)
        assert percentiles["ci_high"] == pytest.approx(expected["ci_high"], rel=1e-9)
        checked += 1
    assert checked == 2


def test_replicates_carry_the_rungs_own_parameters(persons: Path) -> None:
    """Estimates refitted to what a rung draws scatter around its own: fixed effects within five Monte Carlo errors."""
    designed = Designed(persons / "design")
    draws = draws_of(designed, read_parquet(persons / "replicates.parquet"), "gaussian")["random_slope"]
    beta = np.array([one.beta for one in draws.values])
    estimate = read(persons, "fits/random_slope")["estimates"]["REML"]
    at = [row["estimate"] for row in estimate["fixed"]]
    assert np.all(np.abs(beta.mean(axis=0) - at) < 5 * beta.std(axis=0) / len(beta) ** 0.5)
    # their scatter is what the fit says it is: REML's standard errors, a variance of a variance of 2/(B - 1)
    errors = [row["std_error"] for row in estimate["fixed"]]
    np.testing.assert_allclose(beta.var(axis=0), np.square(errors), rtol=5 * (2 / (len(beta) - 1)) ** 0.5)


def test_a_curve_of_correlations_has_a_band_that_holds_it(persons: Path) -> None:
    (curve,) = read(persons, "measures")["icc_curves"]
    band = curve["together_band"]
    assert band["method"].startswith("parametric bootstrap")
    assert len(band["ci_low"]) == len(curve["x"]) == len(curve["together"])
    for low, value, high in zip(band["ci_low"], curve["together"], band["ci_high"], strict=True):
        assert low < value < high

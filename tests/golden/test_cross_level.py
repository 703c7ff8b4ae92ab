"""Effects across levels, marginal risks and areas against emmeans, lme4, glmmTMB, performance and pROC.

Their fits are not ours, and what is made of them is worked out by other code (references/make_cross_level.R).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from epiladder import steps
from epiladder.design.load import Designed
from epiladder.inference.cross_effects import cross_effects
from epiladder.inference.discrimination import discrimination
from epiladder.inference.fitted import Fitted
from epiladder.inference.quantity import Quantity
from epiladder.inference.r_squared import r_squared
from epiladder.inference.slope_ranges import opposite_shares
from epiladder.inference.standardised import standardised
from epiladder.steps import read_plan
from general_studies import GLMMTMB, LAPLACE, General, fit
from studies import STUDIES, reference

THEIRS = reference("cross_level")


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def effects(folder: Path) -> dict[str, Any]:
    plan, designed = read_plan(folder), Designed(folder / "design")
    fits = {rung: read(folder, f"fits/{rung}") for rung in designed.rungs}
    ladder = [fitted for rung in designed.rungs if (fitted := Fitted.of(plan, designed, fits[rung])) is not None]
    return cross_effects(plan, designed, fits, opposite_shares([ladder]))


@pytest.fixture(scope="module")
def pupils(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The effects across levels of the bundled study of High School and Beyond."""
    folder = tmp_path_factory.mktemp("pupils")
    study = STUDIES / "high-school-and-beyond" / "study.yaml"
    steps.plan(study=study, results=folder)
    steps.validate(study=study, results=folder)
    for step in (steps.gate, steps.design, steps.approximate):
        step(results=folder)
    for rung in Designed(folder / "design").rungs:
        steps.fit(results=folder, rung=rung)
    return effects(folder)


def test_the_contextual_effect_of_a_gaussian_model(pupils: dict[str, Any]) -> None:
    rows = {row["effect"]: row for row in pupils["contextual"] if row["rung"] == "random_slope"}
    found, expected = rows["contextual"], THEIRS["contextual"]
    assert found["estimate"] == pytest.approx(expected["estimate"][0], rel=1e-5)
    assert found["std_error"] == pytest.approx(expected["std_error"][0], rel=1e-4)
    assert rows["between"]["estimate"] - rows["within"]["estimate"] == pytest.approx(found["estimate"])


def test_simple_slopes_over_a_number_and_a_category(pupils: dict[str, Any]) -> None:
    rows = {row["moderator"]: row for row in pupils["simple_slopes"]}
    for moderator, expected in (("ses.mean", THEIRS["by_mean"]), ("sector", THEIRS["by_sector"])):
        points = rows[moderator]["points"]
        assert [point["estimate"] for point in points] == pytest.approx(expected["estimate"], rel=1e-5)
        assert [point["std_error"] for point in points] == pytest.approx(expected["std_error"], rel=1e-4)
    assert [point["value"] for point in rows["ses.mean"]["points"]] == pytest.approx(THEIRS["by_mean"]["at"])


def test_the_region_of_significance_with_satterthwaites_degrees_of_freedom(pupils: dict[str, Any]) -> None:
    region = next(row["region"] for row in pupils["simple_slopes"] if row["moderator"] == "ses.mean")
    assert region["bounds"] == pytest.approx(THEIRS["region"], rel=1e-3)
    assert region["significant"] == "outside"
    assert region["shown"] == [region["seen"]]  # both bounds lie below what was seen


def test_simple_slopes_of_a_count(tmp_path: Path) -> None:
    model = replace(GLMMTMB["epilepsy_slope"], rung="cross_level", products=(("v4", "treat"),))
    for rung in ("null", "random_intercept", "random_slope", "cross_level", "single_level.null", "single_level"):
        fit(model, tmp_path, rung)
    (row,) = effects(tmp_path)["simple_slopes"]
    expected = THEIRS["by_treatment"]
    assert [point["estimate"] for point in row["points"]] == pytest.approx(expected["estimate"], rel=1e-3)
    assert [point["std_error"] for point in row["points"]] == pytest.approx(expected["std_error"], rel=2e-3)


MARGINAL = {
    "two_levels": (LAPLACE["contraception_ri_laplace"], "urban"),
    "three_levels": (replace(LAPLACE["contraception_ri_laplace"], levels=("district", "dist_urban")), "urban"),
    "exposure": (GLMMTMB["epilepsy_exposure"], "treat"),
}


def fitted(model: General, folder: Path) -> Fitted:
    found = Fitted.of(read_plan_of(model, folder), Designed(folder / "design"), read(folder, f"fits/{model.rung}"))
    assert found is not None
    return found


def read_plan_of(model: General, folder: Path) -> Any:
    fit(model, folder)
    return read_plan(folder)


@pytest.mark.parametrize("name", MARGINAL)
def test_risks_and_rates_over_the_random_effects(name: str, tmp_path: Path) -> None:
    """Both risks, their difference and the log of their ratio, with standard errors over all parameters."""
    model, variable = MARGINAL[name]
    row = next(one for one in standardised(fitted(model, tmp_path)) if one["variable"] == variable)
    value, error = THEIRS[name]["value"], THEIRS[name]["std_error"]
    quantities: list[Quantity] = [row[key] for key in ("risk_from", "risk_to", "difference", "ratio")]
    estimates = [one.estimate for one in quantities]
    assert estimates[:3] == pytest.approx(value[:3], rel=1e-3)
    for at, found in enumerate(quantities):
        natural = {"logit": value[at] * (1 - value[at]), "log": value[at], "identity": 1.0}
        scale = 1.0 if at == 3 else natural[found.scale]
        assert (found.std_error or 0.0) * scale == pytest.approx(error[at], rel=5e-3)


def test_r_squared_and_areas_with_a_random_slope(tmp_path: Path) -> None:
    """Johnson's mean variance of the random effects; areas of the fixed part alone, and with the modes."""
    found = fitted(LAPLACE["contraception_rs_laplace"], tmp_path)
    latent = next(row for row in r_squared(found, None) if row["scale"] == "latent")
    assert latent["marginal"].estimate == pytest.approx(THEIRS["slope_r2"]["marginal"][0], rel=1e-3)
    assert latent["conditional"].estimate == pytest.approx(THEIRS["slope_r2"]["conditional"][0], rel=1e-3)
    (row,) = discrimination(found)
    areas = [row[key].estimate for key in ("covariates", "with_clusters")]
    assert areas == pytest.approx(THEIRS["areas"], abs=2e-4)

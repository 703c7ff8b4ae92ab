"""Sentences that once tripped readers: risks of centred covariates, warnings of nothing, ranges of slopes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import page_ratios
import page_studies
import pytest
from epiladder.report.page import Parts
from epiladder.report.render.plain import plain
from epiladder.report.results import Results, read
from epiladder.report.sections import absolute_risks, trouble, verdict


@pytest.fixture(scope="module")
def women(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return read(page_ratios.contraception(tmp_path_factory.mktemp("women")))


def _row(high: float, low: float, difference: tuple[float, float, float]) -> dict[str, Any]:
    quantities = zip(("risk_to", "risk_from", "difference"), ((high,) * 3, (low,) * 3, difference), strict=True)
    keys = ("estimate", "ci_low", "ci_high")
    ends = {"to": {"value": 0.9, "label": "upper quartile"}, "from": {"value": -1.1, "label": "lower quartile"}}
    return {"variable": "age", **ends, **{name: dict(zip(keys, each, strict=True)) for name, each in quantities}}


def _said(parts: Parts) -> str:
    return plain(parts)


def _centred(results: Results) -> Results:
    known = {**results.plan["variables"], "age": {"type": "number", "label": "Age", "centre": "grand_mean"}}
    plan = {**results.plan, "variables": known}
    return replace(results, plan=plan, names=replace(results.names, plan=plan))


def test_a_quartile_of_a_centred_covariate_is_told_from_its_mean(women: Results) -> None:
    said = _said(absolute_risks.sentence(_centred(women), _row(0.0840, 0.0370, (0.0464, 0.040, 0.052))))
    assert "where Age is at its upper quartile (0.900 above the mean), and 37" in said
    assert "at its lower quartile (1.10 below the mean)" in said
    assert said.endswith(": 46 more in 1,000 before rounding (95% CI 40 to 52).")


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        ((-0.016, -0.025, -0.007), "16 fewer in 1,000 (95% CI 7 to 25)."),
        ((0.016, -0.003, 0.035), "16 more in 1,000 (95% CI 3 fewer to 35 more)."),
    ],
)
def test_limits_of_a_difference_are_counted_as_it_is(women: Results, difference: Any, words: str) -> None:
    low = 0.06
    said = _said(absolute_risks.sentence(_centred(women), _row(low + difference[0], low, difference)))
    assert said.endswith(words)


def _warned(results: Results, rungs: tuple[str, ...]) -> list[str]:
    text = "The events are overdispersed: around the fit they vary twice as much"
    fits = tuple({**fit, "warnings": [text] if fit["rung"] in rungs else []} for fit in results.fits)
    return [_said(parts) for parts in trouble.trouble(replace(results, fits=fits))]


def test_a_rung_without_clusters_is_not_blamed_for_what_clusters_do(women: Results) -> None:
    first = dict(women.fits[0], rung="single_level")
    assert _warned(replace(women, fits=(first, *women.fits)), ("single_level",)) == []
    assert len(_warned(women, ("null",))) == 1


def test_singular_fits_of_one_kind_are_one_warning(tmp_path: Path) -> None:
    results = read(page_studies.wards(tmp_path / "r"))
    for fit in results.fits[1:]:
        for one in fit["estimates"].values():
            one["convergence"]["status"] = "boundary"
    told = [_said(parts) for parts in trouble.trouble(results)]
    assert len(told) == 1
    assert told[0].startswith("The rungs “random slope” and “cross-level” have their optimum on the boundary")


def test_the_range_of_a_slope_is_that_of_the_rung_that_tells_its_average(tmp_path: Path) -> None:
    results = read(page_studies.wards(tmp_path / "r"))
    below = results.fit("random_slope")
    assert below is not None
    for one in below["estimates"].values():
        one["random"][0]["covariance"][1][1] = 1.0
    found = {finding.label: finding.sentences for finding in verdict.verdict(results)}
    spread = _said(found["How much clusters differ"][0])
    assert "standard deviation of 1.0 in the rung “random slope”: in 95%" in spread
    assert "between −1.5 and 2.5" in spread  # 0.5 plus or minus 1.96

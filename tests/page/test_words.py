"""The words of the page in awkward cases: singular, not converged, not fitted, undecided."""

import copy
import json

import page_studies
import pytest
from epiladder.report.build import build


def verdict_of(tmp_path, study=page_studies.sleep, **changes) -> str:
    build(study(tmp_path / "results", **changes), tmp_path / "report")
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    return text.split("## What was found")[1].split("\n## ")[0]


def fit(tmp_path, rung: str) -> dict:
    return json.loads((page_studies.sleep(tmp_path / "seed") / "fits" / f"{rung}.json").read_text(encoding="utf-8"))


def with_state(found: dict, status: str, message: str) -> dict:
    changed = copy.deepcopy(found)
    for estimate in changed["estimates"].values():
        estimate["convergence"] = {"status": status, "message": message}
    return {**changed, "message": message, "warnings": [message]}


def test_direction_size_unit_and_interval(tmp_path):
    words = verdict_of(tmp_path)
    assert "On average, Reaction time is **10.5 ms higher** per unit of Days of deprivation [days]" in words.replace(
        "\\", ""
    )
    assert "(95% CI 7.4 to 13.5, p <0.001)" in words


def test_an_interval_that_holds_both_signs_settles_nothing(tmp_path):
    words = verdict_of(tmp_path, page_studies.wards)
    assert "holds both a decrease of 0.89 and an increase of 0.29" in words
    assert "borderline, since the interval includes the plan's threshold of 0.05" in words
    assert "although the interval includes 0.05" in words


@pytest.mark.parametrize(
    ("status", "words"),
    [("boundary", "whose fit is singular"), ("failed", "which did not converge: do not use them")],
)
def test_singular_and_failed_fits_are_told_apart(tmp_path, status, words):
    changed = with_state(fit(tmp_path, "random_slope"), status, "The slope's variance is zero.")
    said = verdict_of(tmp_path, fits={"random_slope": changed})
    assert words in said
    assert "**1 warning**" in said
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert text.count("The slope's variance is zero.") == 2  # in the ladder and among the warnings


def test_a_rung_that_was_not_fitted_gives_no_answer_and_says_why(tmp_path):
    missing = {
        **fit(tmp_path, "random_slope"),
        "status": "not_fitted",
        "estimates": {},
        "message": "17 rows are too few",
    }
    said = verdict_of(tmp_path, fits={"random_slope": missing})
    assert "No answer can be given" in said
    html = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "could not be fitted: <bdi>17 rows are too few</bdi>" in html


def test_a_variance_of_zero_between_clusters(tmp_path):
    level = {"level": "subject", "icc": 0.0, "variance_share": 0.0, "ci_low": 0.0, "ci_high": 0.03, "method": "exact",
             "design_effect": 1.0, "effective_sample_size": 180.0, "clusters": 18, "verdict": "ignore"}  # fmt: skip
    screen = {"scale": "identity", "threshold": {"icc": 0.05, "design_effect": 2.0}, "levels": [level]}
    said = verdict_of(tmp_path, screen=screen)
    assert "Measurements of the same subject resemble each other no more than others in Reaction time" in said
    assert "estimated as zero" in said


def test_an_icc_that_could_not_be_had(tmp_path):
    keys = ("icc", "variance_share", "ci_low", "ci_high", "design_effect", "effective_sample_size")
    level = {**dict.fromkeys(keys), "level": "subject", "method": "no null rung", "clusters": 18, "verdict": "unknown"}
    screen = {"scale": "identity", "threshold": {"icc": 0.05, "design_effect": 2.0}, "levels": [level]}
    assert "could not be estimated" in verdict_of(tmp_path, screen=screen)


def test_few_clusters_are_a_warning_at_the_head_and_at_their_level(tmp_path):
    said = verdict_of(tmp_path, page_studies.wards)
    assert "**1 warning**" in said
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert text.count("With only 6 hospitals") == 3  # the first page, their level, the warnings


def test_what_ordinary_regression_would_claim(tmp_path):
    assert "0.60 times that of the mixed model: it would claim to know more" in verdict_of(tmp_path, page_studies.wards)


def test_varying_slopes_are_read_as_a_range(tmp_path):
    """Fixed slope 10.47, variance 35.07: 95% of subjects between 10.47 - 1.96 * 5.92 and 10.47 + 1.96 * 5.92."""
    said = verdict_of(tmp_path)
    assert "in 95% of subjects it is expected between −1.1 and 22.1, and 3.9% would have the opposite sign" in said


def test_notes_of_the_authors_are_printed_as_text(tmp_path):
    plan = {**page_studies._sleep_plan(), "notes": {"funding": "None <b>at all</b>."}}
    verdict_of(tmp_path, plan=plan)
    html = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "<dt>Funding</dt><dd><bdi>None &lt;b&gt;at all&lt;/b&gt;.</bdi></dd>" in html

"""Scales: inverse links, ratios as printed, and the rungs' names in sentences."""

import math

import pytest
from epiladder.families import FAMILIES
from epiladder.report import numbers
from epiladder.report.names import Names
from epiladder.report.scale import scale_of

PAIRS = [(family.name, link) for family in FAMILIES.values() for link in family.links]


@pytest.mark.parametrize(("family", "link"), PAIRS)
def test_every_family_and_link_of_the_registry_has_words(family, link):
    scale = scale_of({"outcome": {"family": family, "link": link}})
    assert scale.regression
    assert bool(scale.base) == bool(scale.ratio)
    assert scale.gaussian == (family == "gaussian") == (not scale.predictor)


@pytest.mark.parametrize(
    ("family", "link", "predictor", "mean"),
    [
        ("binomial", "logit", math.log(3), 0.75),
        ("binomial", "logit", -800.0, 0.0),
        ("binomial", "probit", 1.959963984540054, 0.975),
        ("binomial", "cloglog", math.log(math.log(2)), 0.5),
        ("binomial", "cloglog", 800.0, 1.0),
        ("poisson", "log", math.log(7), 7.0),
        ("gaussian", "identity", -2.5, -2.5),
    ],
)
def test_inverse_links(family, link, predictor, mean):
    scale = scale_of({"outcome": {"family": family, "link": link}})
    assert scale.mean(predictor) == pytest.approx(mean, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("estimate", "error", "shown"),
    [
        (0.278, 0.093, "1.32 (1.10 to 1.58)"),
        (-0.0265, 0.008, "0.974 (0.959 to 0.989)"),
        (3.1, 0.9, "22.2 (3.80 to 130)"),
        (-3.0, 0.3, "0.050 (0.028 to 0.090)"),
        (30.0, 2000.0, "1.1\u00a0×\u00a010¹³ (0.00 to ∞)"),
        (0.0, None, "1.00"),
    ],
)
def test_ratios_as_printed(estimate, error, shown):
    limits = (None, None) if error is None else (estimate - 1.96 * error, estimate + 1.96 * error)
    row = {"estimate": estimate, "std_error": error, "ci_low": limits[0], "ci_high": limits[1]}
    assert numbers.show(numbers.ratio(row)) == shown


def test_rungs_are_spoken_by_name_and_other_words_left():
    names = Names({"variables": {}}, {})
    text = "`random_intercept.case_mix` lies below random_slope; my_random_slope and random_slopes do not."
    assert names.spoken(text) == (
        "“random intercept: case mix” lies below “random slope”; my_random_slope and random_slopes do not."
    )
    assert names.spoken("It ends with cross_level.") == "It ends with “cross-level”."


def test_terms_that_are_no_plain_words_are_spoken_by_label():
    variables = {"arm": {"label": "Arm"}, "ses": {"label": "SES"}}
    plan = {"variables": variables, "levels": [{"name": "ward"}]}
    columns = [{"name": name} for name in ("ses.within", "arm[b]", "ses")]
    names = Names(plan, {"columns": columns, "terms": {"ses.within:arm": ["ses.within:arm[b]"]}})
    text = "Nothing is known of `arm[b]`, ses.within:arm[b] and ses."
    assert names.spoken(text) == "Nothing is known of Arm: b, SES, within ward × Arm: b and ses."

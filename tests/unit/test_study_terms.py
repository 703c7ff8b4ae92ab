"""Terms as text: factors, names, centred names in their place, and the columns that a plan reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from epiladder.study.config import load_plan
from epiladder.study.plan import Plan
from epiladder.study.sense_ladder import FUNCTIONS
from epiladder.study.term import parse_term
from epiladder.study.terms import columns_needed, resolve


@pytest.mark.parametrize(
    ("text", "factors", "names"),
    [
        ("age", ["age"], ("age",)),
        (" age : sex ", ["age", "sex"], ("age", "sex")),
        ("ses.within:ses.mean.school", ["ses.within", "ses.mean.school"], ("ses.within", "ses.mean.school")),
        ("I(age**2)", ["I(age**2)"], ("age",)),
        ("bs(age, df=4):sex", ["bs(age, df=4)", "sex"], ("age", "sex")),
        ("I(age * `body mass`)", ["I(age * `body mass`)"], ("age", "body mass")),
        ("np.log(x.mean + 1)", ["np.log(x.mean + 1)"], ("x.mean",)),
        ("np.where(a > 1, b, 0)", ["np.where(a > 1, b, 0)"], ("a", "b")),
        ("body mass", ["body mass"], ("body mass",)),
        ("sex-at-birth:age", ["sex-at-birth", "age"], ("sex-at-birth", "age")),
        ("`a:b`:c", ["`a:b`", "c"], ("a:b", "c")),
        ("größe", ["größe"], ("größe",)),
    ],
)
def test_parts_of_a_term(text: str, factors: list[str], names: tuple[str, ...]) -> None:
    term = parse_term(text)
    assert [factor.text for factor in term.factors] == factors
    assert term.names == names
    assert term.text == ":".join(factors)
    assert parse_term(term.text) == term


def test_plain_factors() -> None:
    assert [factor.is_plain for factor in parse_term("age:log(x):`a*b`").factors] == [True, False, True]
    assert parse_term("a*b", known=("a*b",)).names == ("a*b",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a*b", "write a, b, a:b"),
        ("a:", "a name is missing"),
        ("a:a", r"write `I\(a\*\*2\)`"),
        ("a + b", "is not a term"),
        ("(1 | school)", "random_slopes"),
        ("1", "every model has an intercept"),
        ("I(2)", "reads no variable"),
        ("log(a", "not closed"),
    ],
)
def test_what_is_no_term(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_term(text)


def _plan(**ladder: object) -> Plan:
    return Plan.model_validate(
        {
            "id": "a",
            "data": {"path": "a.csv"},
            "unit": "pupil",
            "levels": ["school", "class"],
            "outcome": {"variable": "y"},
            "variables": {
                "y": {"type": "number"},
                "ses": {"type": "number", "centre": "cluster_mean", "means": True},
                "iq": {"type": "number", "centre": "cluster_mean", "means": ["class", "school"]},
                "age": {"type": "number", "centre": "grand_mean"},
                "size": {"type": "number", "level": "school"},
            },
            "ladder": ladder,
        }
    )


def test_a_centred_variable_brings_its_means() -> None:
    blocks = resolve(_plan(covariates=["ses", "age", "iq"])).blocks
    assert blocks == ((None, ("ses.within", "ses.mean", "age", "iq.within", "iq.mean.class", "iq.mean.school")),)


def test_a_mean_that_is_named_comes_where_it_is_named() -> None:
    terms = resolve(_plan(covariates={"one": ["ses", "age"], "two": ["size", "ses.mean"]}))
    assert terms.blocks == (("one", ("ses.within", "age")), ("two", ("size", "ses.mean")))


def test_products_slopes_and_transformations_stand_on_deviations() -> None:
    terms = resolve(
        _plan(
            covariates=["ses", "age", "ses:age", "I(ses**2)", "size"],
            random_slopes=[{"of": "ses", "over": "school", "correlated": "false"}],
            cross_level=[["ses", "ses.mean"], ["ses", "size"]],
        )
    )
    assert terms.blocks[0][1] == ("ses.within", "ses.mean", "age", "ses.within:age", "I(`ses.within`**2)", "size")
    assert [(slope.of, slope.over, slope.correlated) for slope in terms.slopes] == [("ses.within", "school", False)]
    assert terms.cross_level == ("ses.within:ses.mean", "ses.within:size")


def test_columns_are_the_raw_ones_and_the_outcome_is_first() -> None:
    plan = _plan(covariates=["ses", "ses.mean", "I(age**2)"], cross_level=[["ses", "size"]])
    assert columns_needed(plan) == ("y", "ses", "age", "size")


def test_functions_that_a_term_may_call_are_known_to_formulaic() -> None:
    """A name that the plan lets pass and formulaic does not know would fail much later."""
    import numpy as np
    from formulaic.transforms import TRANSFORMS

    known = set(TRANSFORMS) | {"I", "C"}
    assert {name for name in FUNCTIONS if "." not in name} <= known
    assert all(hasattr(np, name.split(".")[1]) for name in FUNCTIONS if name.startswith("np."))


def test_a_name_with_spaces_is_a_term(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "id: a\ndata: {path: a.csv}\nunit: u\nlevels: [g]\noutcome: {variable: y}\n"
        "variables: {y: {type: number}, body mass: {type: number}, a-b: {type: number}}\n"
        "ladder: {covariates: [body mass, a-b, 'body mass:a-b']}\n",
        encoding="utf-8",
    )
    plan = load_plan(path)
    assert resolve(plan).blocks[0][1] == ("body mass", "a-b", "body mass:a-b")
    assert columns_needed(plan) == ("y", "body mass", "a-b")

"""Which coefficients the first screen tells: what the plan asks for first, and no category in part if others fit."""

from types import SimpleNamespace

import page_ratios
import page_studies
import pytest
from epiladder.report.build import build
from epiladder.report.sections.focal import focal, left
from epiladder.report.sections.standard_practice import chosen

SPECIES = ["spp[PR]", "spp[DM]", "spp[EC]", "spp[DF]"]


def found(*terms, slopes=()):
    return {
        "fixed": [{"term": term} for term in ("(Intercept)", *terms)],
        "random": [{"level": "site", "terms": ["(Intercept)", *slopes]}],
    }


def results(*blocks, by=None):
    plan = {
        "variables": {name: {} for name in ("spp", "mined", "cover", "depth")},
        "ladder": {"covariates": [{"name": str(at), "terms": list(terms)} for at, terms in enumerate(blocks)]},
        "description": {"by": by},
    }
    return SimpleNamespace(plan=plan, fits=[])


@pytest.mark.parametrize(
    ("study", "terms", "slopes", "told"),
    [
        (results(["spp", "mined", "cover"]), [*SPECIES, "mined[yes]", "cover"], (), ["mined[yes]", "cover"]),
        (results(["spp"]), SPECIES, (), SPECIES[:3]),
        (results(["spp", "cover"], ["mined"]), [*SPECIES, "cover", "mined[yes]"], (), ["mined[yes]", "cover"]),
        (results(["cover"], ["depth"]), ["cover", "depth.within"], (), ["depth.within", "cover"]),
        (results(["cover", "mined"], by="mined"), ["cover", "mined[yes]"], (), ["mined[yes]", "cover"]),
        (results(["mined", "cover"]), ["mined[yes]", "cover"], ("cover",), ["cover"]),
        (results(), [], (), []),
    ],
)
def test_the_terms_that_are_told(study, terms, slopes, told):
    assert focal(study, found(*terms, slopes=slopes)) == told


def test_covariates_that_are_not_told_are_counted_once_each():
    assert left(found(*SPECIES, "mined[yes]", "cover"), ["mined[yes]"]) == 2
    assert left(found("mined[yes]"), ["mined[yes]"]) == 0


def practice(*rows):
    keys = ("fixed_part", "method", "term", "estimate")
    return {"rows": [dict(zip(keys, row, strict=True)) for row in rows]}


def test_methods_are_those_with_the_fixed_part_of_the_rung_that_is_read_or_named():
    rows = practice(
        ("random_intercept.items", "ordinary", "mode", 0.1),
        ("random_intercept.persons", "ordinary", "mode", 0.2),
        ("cross_level", "ordinary", "mode", 0.3),
    )
    study = SimpleNamespace(standard_practice=rows, retained=lambda: "random_intercept.persons")
    assert [row["estimate"] for row in chosen(study)] == [0.2]
    assert [row["estimate"] for row in chosen(study, "cross_level")] == [0.3]
    assert [row["estimate"] for row in chosen(study, "random_intercept")] == [0.1]
    assert [row["estimate"] for row in chosen(study, "null")] == [0.3]


def test_a_coefficient_of_the_rung_below_is_averaged_in_that_rung(tmp_path):
    """The products of the cross-level rung make its own coefficients effects at a reference, which is not asked."""
    below = {**page_studies.coefficient("arm[training]", 0.2, 0.1, None), "fixed_part": "random_slope"}
    above = {**below, "estimate": 0.9, "fixed_part": "cross_level"}
    shared = {"method": "marginal", "std_error_ratio": 1.0, "reason": None}
    rows = {"rows": [{**row, **shared} for row in (below, above)]}
    build(page_ratios.wards(tmp_path / "results", "binomial", "logit", standard_practice=rows), tmp_path / "report")
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    told = next(line for line in text.splitlines() if "(population-average):" in line)
    assert "1.22" in told
    assert "2.46" not in told

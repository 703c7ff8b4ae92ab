"""Which coefficients the first screen tells: what the plan asks for first, and no category in part if others fit."""

from types import SimpleNamespace

import pytest
from epiladder.report.sections.focal import focal, left

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

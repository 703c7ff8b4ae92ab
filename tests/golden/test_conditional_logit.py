"""Fixed effects of the clusters for a binary outcome: the conditional likelihood, against R's survival."""

import csv
from pathlib import Path

import numpy as np
import pytest
from epiladder.inference.practice_general import fixed_effects
from epiladder.inference.regression import Regression
from studies import reference

DATA = Path(__file__).parents[2] / "config" / "studies" / "contraception" / "contraception.csv"
TERMS = ("livch[c1]", "livch[c2]", "livch[c3plus]", "age", "I(age**2)", "urban[1]")


def women() -> Regression:
    rows = list(csv.DictReader(DATA.open(encoding="utf-8")))
    children = [[row["livch"] == kind for kind in ("c1", "c2", "c3plus")] for row in rows]
    age, urban, use = (np.array([float(row[name]) for row in rows]) for name in ("age", "urban", "use"))
    districts = np.unique([int(row["district"]) for row in rows], return_inverse=True)[1]
    x = np.column_stack([np.ones(len(rows)), np.array(children, float), age, age**2, urban])
    return Regression(use, ("(Intercept)", *TERMS), x, districts, districts, 0.95, "binomial", "logit")


def test_it_is_the_conditional_maximum_whatever_the_units() -> None:
    """The square of age runs to 400: the search once ended where it began, with every coefficient at zero."""
    expected = reference("clogit_contraception")
    found = fixed_effects(women()).coefficients
    for term, estimate, error in zip(expected["terms"], expected["estimate"], expected["std_error"], strict=True):
        assert found[term].estimate == pytest.approx(estimate, abs=2e-3 * error)
        assert found[term].std_error == pytest.approx(error, rel=1e-3)

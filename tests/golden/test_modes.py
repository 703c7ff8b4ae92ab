"""Conditional modes and their standard errors against lme4's `ranef` and its conditional standard deviations."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from studies import MODELS, Laboratory, reference, same_term

CASES = [
    "dyestuff_null_reml",
    "sleepstudy_ri_reml",
    "sleepstudy_rs_reml",
    "hsb82_rs_cses_reml",
    "hsb82_crosslevel_reml",
    "exam_rs_sex_type_reml",
    "pastes_3level_reml",
]


@pytest.mark.parametrize("name", CASES)
def test_modes(laboratory: Laboratory, name: str) -> None:
    golden = MODELS[name.rpartition("_")[0]]
    laboratory.fit(golden)
    table = pq.read_table(laboratory.results(golden) / "fits" / f"{golden.rung}.modes.parquet").to_pandas()
    for level, expected in reference(name)["ranef"].items():
        terms = np.atleast_1d(expected["terms"])  # one term is written without its list
        by_term = zip(terms, np.atleast_2d(expected["mode"]), np.atleast_2d(expected["cond_sd"]), strict=True)
        for theirs, modes, deviations in by_term:
            ours = table[(table.level == level) & (table.term.map(same_term) == frozenset([theirs]))]
            ours = ours.set_index("cluster").loc[[str(label) for label in expected["levels"]]]
            np.testing.assert_allclose(ours["mode"], modes, rtol=1e-4, atol=1e-5 * np.std(modes))
            np.testing.assert_allclose(ours["std_error"], deviations, rtol=1e-4)


def test_shrinkage_of_a_random_intercept_is_the_reliability_of_its_mean(laboratory: Laboratory) -> None:
    """V / (V + s2 / n), the closed form (Raudenbush and Bryk 2002, equation 3.42)."""
    golden = MODELS["hsb82_null"]
    estimate = laboratory.fit(golden)["estimates"]["REML"]
    table = pq.read_table(laboratory.results(golden) / "fits" / "null.modes.parquet").to_pandas()
    variance = estimate["random"][0]["covariance"][0][0]
    reliability = variance / (variance + estimate["residual_variance"] / table["rows"])
    np.testing.assert_allclose(table["shrinkage"], reliability, rtol=1e-9)
    alone = table["alone"] * reliability
    np.testing.assert_allclose(table["mode"], alone, rtol=1e-8, atol=1e-9)

"""Tests of variances on the page: all side by side, disagreement in words, limits of draws, reasons, intervals."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import page_studies
import pytest
from epiladder.inference.simulated import INTERVALS
from epiladder.report.build import build
from scipy.stats import chi2
from scipy.stats import f as f_law

LR = 3.2  # above the mixture's point of 5% (2.71), below that of chi-square with one degree of freedom (3.84)


def _test(name: str, criterion: str | None, p: float | None, **values: Any) -> dict[str, Any]:
    keys = ("statistic", "reference", "ci_low", "ci_high", "draws", "failures", "source", "reason")
    none = dict.fromkeys(keys)
    return {"test": name, "criterion": criterion, "p_value": p, "chosen": name == "mixture", **none, **values}


SHOWN = {"clusters": 10, "low": 0.018, "high": 0.026, "level": "subject"}


def _pair(caution: str | None = None) -> dict[str, Any]:
    drawn = {"ci_low": 0.031, "ci_high": 0.062, "draws": 999, "failures": 4}
    tests = [
        _test("naive", "REML", float(chi2.sf(LR, 1)), statistic=LR, reference="chi2(1)"),
        _test("mixture", "REML", float(chi2.sf(LR, 1)) / 2, statistic=LR, reference="0.5*chi2(0) + 0.5*chi2(1)"),
        _test("bootstrap", "REML", 0.044, statistic=LR, reference="outcomes drawn from the smaller rung", **drawn),
        _test("exact_f", None, float(f_law.sf(1.9, 17, 161)), statistic=1.9, reference="F(17, 161)"),
        _test("restricted", "REML", None, statistic=LR, reason="its exact law is known for one variance from none"),
    ]
    return {"smaller": "random_intercept", "larger": "random_slope", "clusters": {"subject": 18}, "tests": tests,
            "caution": caution, "simulated": SHOWN if caution else None}  # fmt: skip


def _bootstrap() -> dict[str, Any]:
    entry = {"row": "(Intercept)", "column": "(Intercept)", "estimate": 612.1, "ci_low": 140.6, "ci_high": 1236.0,
             "at_zero": 0.003, "outside": False}  # fmt: skip
    level = {"level": "subject", "terms": ["(Intercept)"], "entries": [entry], "icc": None, "icc_reason": "slopes"}
    rung = {"rung": "random_slope", "criterion": "REML", "replicates": 999, "failures": 2, "at_boundary": 0.1,
            "levels": [level], "residual_variance": None, "dispersion": None}  # fmt: skip
    return {"rungs": [rung], "replicates": 999, "reason": None, "confidence": 0.95}


def _report(folder: Path, **changes: Any) -> tuple[str, Path]:
    build(page_studies.sleep(folder / "results", **changes), folder / "report")
    return (folder / "report" / "report.md").read_text(encoding="utf-8"), folder / "report" / "tables"


def _section(text: str) -> str:
    return text.split("Tests of variances", 1)[1].split("\n## ", 1)[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("variances")
    return _report(folder, variance_tests=[_pair()], bootstrap=_bootstrap())


def test_every_test_stands_in_the_table_with_the_p_value_of_its_law(made: tuple[str, Path]) -> None:
    with (made[1] / "variance-tests.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["Test"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["Naive χ² (REML)", "Mixture of χ² (REML)", "Parametric bootstrap (REML)", "Exact F",
                          "Exact restricted likelihood ratio"]  # fmt: skip
    assert float(rows["Naive χ² (REML)"]["p"]) == pytest.approx(chi2.sf(LR, 1), rel=1e-12)
    assert float(rows["Mixture of χ² (REML)"]["p"]) == pytest.approx(chi2.sf(LR, 1) / 2, rel=1e-12)
    assert float(rows["Exact F"]["p"]) == pytest.approx(f_law.sf(1.9, 17, 161), rel=1e-12)
    assert rows["Exact restricted likelihood ratio"]["p"] == ""
    assert [name for name, row in rows.items() if row["Read"]] == ["Mixture of χ² (REML)"]


def test_where_tests_disagree_it_is_said_and_so_is_a_draw_too_few_to_tell(made: tuple[str, Path]) -> None:
    words = _section(made[0])
    assert "At 0.05 not all tests agree." in words
    below = "Mixture of χ² (REML), Parametric bootstrap (REML) and Exact F, not by Naive χ² (REML)."
    assert below in words
    assert "the draws are too few to tell on which side of it p lies by Parametric bootstrap (REML)." in words


def test_tests_that_agree_are_said_to_agree(tmp_path: Path) -> None:
    pair = _pair()
    pair["tests"] = [test for test in pair["tests"] if test["test"] in ("mixture", "exact_f")]
    words = _section(_report(tmp_path, variance_tests=[pair])[0])
    assert "At 0.05 no two tests of one pair disagree." in words
    assert "too few to tell" not in words


def test_a_test_that_cannot_be_had_and_replicates_that_failed_have_their_reasons(made: tuple[str, Path]) -> None:
    words = _section(made[0])
    assert "its exact law is known for one variance from none." in words
    assert "4 of 999 replicates could not be fitted" in words


def test_a_caution_is_printed_with_its_clusters(tmp_path: Path) -> None:
    words = _section(_report(tmp_path, variance_tests=[_pair("With 18 clusters ...")])[0])
    assert "with 18 clusters of level subject" in words


def test_a_caution_says_what_simulation_has_shown_and_where(tmp_path: Path) -> None:
    words = _section(_report(tmp_path, variance_tests=[_pair("With 18 ...")])[0])
    found = "In simulations of Gaussian outcomes with 10 clusters it found one that was not there in 0.018 to 0.026 of "
    assert found + "studies, where 0.05 is nominal (`docs/simulation_variances.md`)." in words


def test_percentile_intervals_of_few_clusters_say_how_often_they_hold_the_truth(made: tuple[str, Path]) -> None:
    low, _ = INTERVALS["bootstrap"][10]
    assert f"held the true one in {low:.3f} of studies with an ICC of 0.2, where 0.95 is nominal" in _section(made[0])


def test_variances_have_the_intervals_of_the_bootstrap(made: tuple[str, Path]) -> None:
    words = _section(made[0])
    assert "612 (141 to 1,236)" in words
    assert "0.3%" in words
    assert "2 of 999 replicates of the rung “random slope” could not be fitted." in words


def test_the_bootstraps_p_value_of_a_comparison_has_its_limits(tmp_path: Path) -> None:
    row = {"smaller": "random_intercept", "larger": "random_slope", "criterion": "REML", "statistic": LR, "df": 1,
           "reference": "chi2(1)", "p_value": 0.04, "p_value_naive": 0.07, "p_value_bootstrap": 0.044,
           "bootstrap_low": 0.031, "bootstrap_high": 0.062, "reason": None}  # fmt: skip
    text, _ = _report(tmp_path, comparisons=[row])
    assert "0.04 (0.03 to 0.06)" in text or "0.044 (0.031 to 0.062)" in text


def test_results_without_these_files_have_no_such_section(tmp_path: Path) -> None:
    assert "Tests of variances" not in _report(tmp_path)[0]


def test_degrees_of_freedom_that_count_rows_are_told_of_public_data_alone(
    made: tuple[str, Path], tmp_path: Path
) -> None:
    plan = page_studies._sleep_plan() | {
        "disclosure": {"public": False, "minimum_count": 10, "round_to": 5, "person": None}
    }
    private, _ = _report(tmp_path, plan=plan, variance_tests=[_pair()], bootstrap=_bootstrap())
    assert "F(17, 161)" in _section(made[0])
    assert "F(17" not in _section(private) and "| F " in _section(private)


def test_tests_that_a_study_cannot_have_are_said_once_and_take_no_rows(tmp_path: Path) -> None:
    """Events without a bootstrap: neither rows of dashes nor words on how F would have been made."""
    why, costly = "exact for Gaussian outcomes alone", "the plan asks for no replicates of the bootstrap"
    pair = _pair()
    lost = {"bootstrap": costly, "exact_f": why, "restricted": why}
    for test in pair["tests"]:
        if test["test"] in lost:
            test |= {"p_value": None, "ci_low": None, "draws": None, "failures": None, "reason": lost[test["test"]]}
    none = {"rungs": [], "replicates": 0, "reason": costly, "confidence": 0.95}
    text, tables = _report(tmp_path, variance_tests=[pair], bootstrap=none)
    with (tables / "variance-tests.csv").open(encoding="utf-8", newline="") as file:
        assert [row["Test"] for row in csv.DictReader(file)] == ["Naive χ² (REML)", "Mixture of χ² (REML)"]
    section = _section(text)
    assert section.count(f"Exact F and exact restricted likelihood ratio: {why}.") == 1
    assert section.count(f"Parametric bootstrap: {costly}.") == 1
    assert "compares residual sums of squares" not in section and "law of very many clusters" in section

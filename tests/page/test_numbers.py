"""The numbers of the Markdown, derived again from the results' JSON."""

import json
from pathlib import Path

import page_studies
import pytest
from epiladder.report import numbers
from epiladder.report.build import build
from epiladder.report.numbers import show


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sleep")
    build(page_studies.sleep(folder / "results"), folder / "report")
    return folder


def table(built: Path, title: str) -> dict[str, list[str]]:
    """Rows of a Markdown table by their label; cells as text."""
    lines = (built / "report" / "report.md").read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if title in line and line.startswith("**Table"))
    rows = lines[start + 2 : lines.index("", start + 2)]
    cells = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]
    return {row[0].strip(): row[1:] for row in cells}


def fit(built: Path, rung: str, criterion: str) -> dict:
    path = built / "results" / "fits" / f"{rung}.json"
    return json.loads(path.read_text(encoding="utf-8"))["estimates"][criterion]


RUNGS = ("null", "random_intercept", "random_slope")


@pytest.mark.parametrize("at", range(3))
def test_the_ladder_prints_the_fits(built, at):
    printed = table(built, "The ladder")
    reml, ml = fit(built, RUNGS[at], "REML"), fit(built, RUNGS[at], "ML")
    row = reml["fixed"][0]
    assert printed["Intercept"][at] == show(numbers.coefficient(row))
    variance = reml["random"][0]["covariance"][0][0]
    assert printed["Variance of the intercept"][at] == show(numbers.magnitude(variance))
    assert printed["Variance"][at] == show(numbers.magnitude(reml["residual_variance"]))
    assert printed["Same subject"][at] == show(numbers.icc(variance / (variance + reml["residual_variance"])))
    assert printed["Log-likelihood (ML)"][at] == f"−{-ml['log_likelihood']:,.2f}"
    assert printed["AIC"][at] == f"{ml['aic']:,.2f}"
    assert printed["REML criterion"][at] == f"{-2 * reml['log_likelihood']:,.2f}"
    assert printed["Parameters"][at] == str(ml["n_parameters"])


def test_a_rung_without_a_term_has_a_dash(built):
    printed = table(built, "The ladder")
    assert printed["Days of deprivation"][0] == "–"
    assert printed["Days of deprivation"][2] == "10.5 (7.4 to 13.5)"


def test_comparisons_print_law_and_both_p_values(built):
    printed = table(built, "Likelihood-ratio comparisons")
    assert printed["ML"] == [
        "42.14",
        "2",
        "½ χ²(1) + ½ χ²(2)",
        "4.0 × 10⁻¹⁰".replace(" ", "\u00a0"),
        "7.1\u00a0×\u00a010⁻¹⁰",
    ]
    assert printed["REML"][0] == "42.84"


def test_csv_holds_the_unrounded_numbers(built):
    import csv

    with (built / "report" / "tables" / "ladder.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["row"]: row for row in csv.DictReader(stream)}
    expected = fit(built, "random_slope", "REML")["fixed"][1]
    assert float(rows["Days of deprivation"]["Random slope"]) == expected["estimate"]
    assert float(rows["Days of deprivation"]["Random slope, upper"]) == expected["ci_high"]


def test_only_what_is_cited_is_listed(built):
    import re

    text = (built / "report" / "report.md").read_text(encoding="utf-8")
    body, works = text.split(" References\n")
    cited = {int(n) for group in re.findall(r" \[([\d, ]+)\]", body) for n in group.split(", ")}
    listed = {int(n) for n in re.findall(r"^(\d+)\. ", works, re.M)}
    assert cited == listed

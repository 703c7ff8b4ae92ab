"""Journal styles: the same numbers as each journal prints them, from the plan to the page."""

import re

import page_ratios
import page_studies
import pytest
from epiladder.report import numbers
from epiladder.report.build import build
from epiladder.report.numbers import show
from epiladder.report.restyled import restyled
from epiladder.report.styles import STYLES, written_in

ESTIMATE = numbers.Estimate(1.234, 1.1, 1.4, numbers.Format("fixed", 2), 0.95)
SIGNED = numbers.Estimate(-0.5, -1.25, 0.25, numbers.Format("fixed", 2), 0.95)


@pytest.mark.parametrize(
    ("style", "estimate", "signed"),
    [
        ("house", "1.23 (95% CI 1.10 to 1.40)", "−0.50 (95% CI −1.25 to 0.25)"),
        ("bmj", "1.23 (95% CI 1.10 to 1.40)", "−0.50 (95% CI −1.25 to 0.25)"),
        ("lancet", "1·23 (95% CI 1·10–1·40)", "−0·50 (95% CI −1·25 to 0·25)"),
        ("jama", "1.23 (95% CI, 1.10-1.40)", "−0.50 (95% CI, −1.25 to 0.25)"),
    ],
)
def test_estimates_with_their_intervals(style, estimate, signed):
    with written_in(style):
        assert (show(ESTIMATE), show(SIGNED)) == (estimate, signed)


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("house", ["p = 0.23", "p = 0.049", "p = 0.004", "p <0.001", "p <0.001", "p >0.99"]),
        ("bmj", ["P=0.23", "P=0.049", "P=0.004", "P<0.001", "P<0.001", "P>0.99"]),
        ("lancet", ["p=0·23", "p=0·049", "p=0·0040", "p=0·0004", "p<0·0001", "p>0·99"]),
        ("jama", ["P = .23", "P = .049", "P = .004", "P < .001", "P < .001", "P > .99"]),
    ],
)
def test_p_values_in_prose(style, said):
    with written_in(style):
        shown = [show(numbers.p_stated(value)) for value in (0.2345, 0.0486, 0.004, 0.0004, 1e-9, 0.999)]
    assert shown == said


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("house", ("1,234", "12,345")),
        ("bmj", ("1234", "12\u202f345")),
        ("lancet", ("1234", "12\u202f345")),
        ("jama", ("1234", "12\u202f345")),
    ],
)
def test_thousands(style, shown):
    with written_in(style):
        assert (show(numbers.count(1234)), show(numbers.count(12345))) == shown


def test_sentences_of_the_results_take_the_marks_of_the_style_and_nothing_else():
    said = "1,999 of 12,345 replicates, 3.2% of them; numpy 1.26.4, see docs/page.md and x1.5, χ²(2)."
    with written_in("lancet"):
        assert restyled(said) == said.replace("1,999", "1999").replace("12,345", "12\u202f345").replace("3.2", "3·2")
    assert restyled(said) == said


def test_the_house_style_comes_back_after_a_page():
    with written_in("lancet"):
        pass
    assert show(ESTIMATE).startswith("1.23")


def in_style(tmp_path, style: str | None) -> dict[str, str]:
    results = page_studies.sleep(tmp_path / "results")
    plan = page_studies._sleep_plan() | ({"report": {"style": style}} if style else {})
    page_studies.sleep(results, plan=plan)
    build(results, tmp_path / (style or "none"))
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in (tmp_path / (style or "none")).rglob("*")
        if path.is_file()
    }


def test_a_page_in_the_style_of_the_lancet_has_no_decimal_point_left(tmp_path):
    made = in_style(tmp_path, "lancet")
    text = re.sub(r"```math.*?```|`[^`]*`|<https[^>]*>", "", made["report.md"].split("References\n")[0], flags=re.S)
    assert "10·5 ms" in text and "7·4–13·5" in text and "p<0·0001" in text
    lines = [line for line in text.splitlines() if "epiladder" not in line]
    assert not re.findall(r"\d\.\d", "\n".join(lines))
    pictures = "".join(text for name, text in made.items() if name.endswith(".svg"))
    assert not re.findall(r">[^<>]*\d\.\d[^<>]*</text>", pictures)


def test_tables_to_download_are_numbers_in_every_style(tmp_path):
    plain, lancet = in_style(tmp_path, None), in_style(tmp_path, "lancet")
    tables = [name for name in plain if name.endswith(".csv")]
    assert len(tables) > 5
    for name in tables:
        assert [line.replace("·", ".") for line in lancet[name].splitlines()[1:]] == plain[name].splitlines()[1:], name


def test_every_style_that_a_plan_may_ask_for_is_there():
    from typing import get_args

    from epiladder.study.reporting import Reporting

    assert set(get_args(Reporting.model_fields["style"].annotation)) == set(STYLES)


def test_what_another_method_would_say_is_said(tmp_path):
    """Of the invented rows, ordinary errors are 0.6 times the mixed model's: its interval may leave out zero."""
    results = page_studies.wards(tmp_path / "results")
    import json

    practice = json.loads((results / "standard_practice.json").read_text(encoding="utf-8"))
    focal = "dose:arm[training]"
    for row in practice["rows"]:
        if row["term"] == focal:
            mixed = row["method"] == "cross_level"
            row |= {"ci_low": -0.5, "ci_high": -0.1 if not mixed else 0.1}
    page_studies.wards(results, standard_practice=practice)
    build(results, tmp_path / "report")
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    said = text.split("### What would change it")[1].split("\n- ")[0]
    assert "would leave out 0, where the mixed model's does not" in said


def test_ratios_are_set_beside_their_average_over_clusters(tmp_path):
    results = page_ratios.contraception(tmp_path / "results")
    build(results, tmp_path / "report")
    text = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert "averaged over all districts (population-average): Urban residence 2.13 (95% CI 1.53 to 2.97)" in text

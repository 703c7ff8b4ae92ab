"""Numbers as they are printed: digits by standard error, p-values, signs, counts and what is missing."""

import math

import pytest
from epiladder.report import numbers
from epiladder.report.numbers import Estimate, Format, Interval, Number, Style, show
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("std_error", "estimate", "text"),
    [
        (0.39, 2.1949, "2.19"),
        (9.75, 251.405, "251.4"),
        (120.0, 5321.7, "5,322"),
        (0.0031, -0.5, "−0.5000"),
    ],
)
def test_an_estimate_has_two_significant_digits_of_its_error(std_error, estimate, text):
    assert show(Number(estimate, numbers.by_error(std_error))) == text


@pytest.mark.parametrize(
    ("p", "text", "exact"),
    [
        (0.0004, "<0.001", "4.0 × 10⁻⁴"),
        (7.07e-10, "<0.001", "7.1 × 10⁻¹⁰"),
        (0.0321, "0.032", "0.032"),
        (0.26, "0.26", "0.26"),
        (0.999, ">0.99", ">0.99"),
        (0.0, "<0.001", "<10⁻³⁰⁰"),
    ],
)
def test_p_values(p, text, exact):
    assert show(numbers.p_value(p)) == text
    assert show(numbers.p_exact(p)).replace("\u00a0", " ") == exact


def test_a_rounded_zero_has_no_minus_sign():
    assert show(numbers.fixed(-0.0004, 2)) == "0.00"
    assert show(numbers.fixed(-0.4, 1)) == "−0.4"


def test_an_interval_stands_in_one_format_with_its_estimate():
    estimate = Estimate(10.467, 7.437, 13.4978, Format("fixed", 1), 0.95)
    assert show(estimate) == "10.5 (95% CI 7.4 to 13.5)"
    assert show(Estimate(0.25, None, None, Format("fixed", 2), 0.95)) == "0.25"
    assert show(Interval(-1.5, 2, Format("fixed", 1))) == "−1.5 to 2.0"


def test_what_is_missing_is_a_dash_or_its_own_mark():
    assert show(numbers.count(None)) == "–"
    assert show(Number(None, Format("count"), missing="<10")) == "<10"
    assert show(numbers.fixed(math.nan, 2)) == "–"


def test_a_style_changes_marks_and_nothing_else():
    lancet = Style(decimal="·", thousands="\u2009", minus="−", between="–")
    assert show(numbers.fixed(-12345.678, 1), lancet) == "−12\u2009345·7"


def test_a_threshold_is_printed_as_it_was_written():
    assert [show(numbers.given(value)) for value in (0.05, 2.0, 0.125)] == ["0.05", "2", "0.125"]


def test_tiny_variances_keep_their_digits():
    assert show(numbers.magnitude(3.2e-14)) == "3.200\u00a0×\u00a010⁻¹⁴"
    assert show(numbers.magnitude(0.0)) == "0"


@given(st.floats(min_value=-1e12, max_value=1e12), st.integers(min_value=0, max_value=6))
def test_text_reads_back_to_the_rounded_value(value, places):
    text = show(numbers.fixed(value, places)).replace(",", "").replace("−", "-")
    assert float(text) == pytest.approx(value, abs=0.5000001 * 10**-places, rel=1e-12)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_raw_values_lose_nothing(value):
    assert numbers.raw(numbers.fixed(value, 1)) == (value,)

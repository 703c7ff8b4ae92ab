"""The pieces under the page: prose, names, mathematics, citations and CSV."""

import pytest
from epiladder.report import numbers
from epiladder.report.citations import Citations
from epiladder.report.mathematics import Digits, Line, Matrix, Sub, Words, greek, latex, mathml
from epiladder.report.names import Names, bracket, factors, number_of
from epiladder.report.page import Cite, Code, Column, Name, Row, RowGroup, Strong, Table, say
from epiladder.report.render.markdown import inside, text
from epiladder.report.render.tables import csv, safe
from epiladder.report.sections.comparisons import law
from hypothesis import given
from hypothesis import strategies as st


def test_marks_of_a_template_become_parts():
    found = say("Of {n} rows **all** pass `range` [@kish1965].", n=numbers.count(3))
    assert found == (
        "Of ",
        numbers.count(3),
        " rows ",
        Strong("all"),
        " pass ",
        Code("range"),
        " ",
        Cite("kish1965"),
        ".",
    )


@given(st.text())
def test_a_value_is_never_read_as_a_mark(value):
    kept = (Name(value),) if value else ()
    assert say("{x}!", x=value) == (*kept, "!")


@pytest.mark.parametrize(
    ("noun", "plural"),
    [("ward", "wards"), ("city", "cities"), ("child", "children"), ("person", "people"), ("class", "classes"),
     ("day", "days"), ("woman", "women")],
)  # fmt: skip
def test_plurals(noun, plural):
    assert number_of(noun, 2) == plural
    assert number_of(noun, 1) == noun


def test_terms_are_split_at_bare_colons_only():
    assert factors("ses.within:sector[a:b]") == ("ses.within", "sector[a:b]")
    assert factors("I(a**2):`b:c`") == ("I(a**2)", "`b:c`")
    assert bracket("sector[Catholic]") == ("sector", "Catholic")
    assert bracket("I(age**2)") == ("I(age**2)", None)


def test_terms_in_words():
    variables = {"ses": {"label": "SES"}, "sector": {"label": "Sector"}, "smoker": {"type": "boolean"}}
    names = Names({"variables": variables, "levels": [{"name": "school"}]}, {})
    assert names.term("ses.within:sector[Catholic]") == "SES, within school × Sector: Catholic"
    assert names.term("ses.mean") == "SES, school mean"
    assert names.term("ses.mean.district") == "SES, district mean"
    assert names.term("smoker[true]") == "smoker"
    assert names.term("(Intercept)") == "Intercept"


def test_laws_are_printed_as_halves_of_chi_square():
    assert law("0.5*chi2(1) + 0.5*chi2(2)") == "½ χ²(1) + ½ χ²(2)"
    assert law("chi2(2)") == "χ²(2)"
    assert law("0.315123*chi2(0) + 0.5*chi2(1)") == "0.315 χ²(0) + ½ χ²(1)"
    assert law(None) == "none"


def test_mathematics_escapes_words_in_both_renderings():
    node = Line((Sub(greek("beta"), Digits("1")), Words("a<b & 5%_x")))
    assert "a&lt;b &amp; 5%_x" in mathml((node,))
    assert r"\text{a<b \& 5\%\_x}" in latex((node,))
    assert latex((Matrix(((Digits("1"), Digits("2")), (Digits("3"), Digits("4")))),)).count(r"\\") == 1


def test_citations_are_numbered_as_they_are_met_and_listed_once():
    citations = Citations()
    assert [citations.number(key) for key in ("wald1940", "bates2015", "wald1940")] == [1, 2, 1]
    assert [work.key for work in citations.references()] == ["wald1940", "bates2015"]
    with pytest.raises(KeyError, match="nobody2000"):
        citations.number("nobody2000")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\n=1", "＝1"])
def test_text_that_a_spreadsheet_would_run_is_disarmed(cell):
    assert safe(cell) == "'" + cell


def test_numbers_stay_numbers_in_csv():
    assert safe(-1.5) == -1.5
    rows = (Row("=a", (numbers.Estimate(-1.5, -2.25, 0.125, numbers.by_error(0.3)),)),)
    table = Table("t", say("T"), "Term", (Column("Estimate (CI)"),), (RowGroup("-g", rows),))
    assert csv(table) == 'group,Term,Estimate,"Estimate, lower","Estimate, upper"\n\'-g,\'=a,-1.5,-2.25,0.125\n'


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("- a", "\\- a"), ("12. b", "12\\. b"), ("# c", "\\# c"), ("a_b_c", "a_b_c"), ("_a_", "\\_a\\_"),
     ("p <0.001", "p <0.001"), ("<b>", "\\<b>"), ("a|b", "a\\|b"), ("x\ny", "x y"),
     ("&amp;", "\\&amp;"), ("\u202ea", "a")],
)  # fmt: skip
def test_markdown_escapes_marks_and_nothing_else(raw, shown):
    assert text(raw) == shown


@given(st.text())
def test_markdown_text_stays_on_its_line(value):
    assert "\n" not in inside(value)
    assert "\r" not in inside(value)

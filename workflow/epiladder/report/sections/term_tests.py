"""Tests of terms: each term of the rung that is read as a whole, where that says more than its coefficients do."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.page import Cell, Column, Parts, Row, RowGroup, Table, say
from epiladder.report.results import Results

LAWS = {
    "satterthwaite": "F tests with Satterthwaite's denominator degrees of freedom [@kuznetsova2017]",
    "kenward_roger": "F tests with Kenward and Roger's scale and denominator degrees of freedom [@kenward1997]",
    "wald": "Wald's chi-square tests",
    "pooled_wald": "Wald's tests pooled over the imputed data sets [@li1991]",
}


def table(results: Results, rung: str, found: dict) -> Table | None:
    """A row a term; none where every term is one coefficient of a Gaussian model, whose t test says the same."""
    tests = found.get("tests") or []
    if not tests or (results.scale.gaussian and all(test["df1"] == 1 for test in tests)):
        return None
    ratios = {row["term"]: row for row in (results.terms or {}).get("tests", [])}
    if (results.terms or {}).get("rung") != rung:
        ratios = {}
    over = any(test["df2"] is not None for test in tests)
    heads = ["df", *(["df of the denominator"] if over else []), "F" if over else "Chi-square", "p"]
    heads += ["Likelihood ratio", "p (likelihood ratio)"] if ratios else []
    rows = tuple(Row(_name(results, test), _cells(test, over, ratios)) for test in tests)
    return Table(
        id="term-tests",
        caption=say("Tests of terms of the rung “{rung}”.", rung=results.names.rung_inside(rung)),
        stub="Term",
        columns=tuple(Column(head) for head in heads),
        groups=(RowGroup(None, rows),),
        notes=(_law(results, tests, bool(ratios)), *_left_out(tests), *_why_no_ratio(results, ratios)),
    )


def _name(results: Results, test: dict) -> str:
    columns = test["columns"]
    return results.names.term(columns[0] if len(columns) == 1 else test["term"])


def _cells(test: dict, over: bool, ratios: dict[str, dict]) -> tuple[Cell | None, ...]:
    ratio = ratios.get(test["term"], {})
    return (
        numbers.count(test["df1"]),
        *((numbers.degrees_of_freedom(test["df2"]),) if over else ()),
        numbers.fixed(test["statistic"], 2),
        numbers.p_value(test["p_value"]),
        *((numbers.fixed(ratio.get("statistic"), 2), numbers.p_value(ratio.get("p_value"))) if ratios else ()),
    )


def _law(results: Results, tests: list[dict], ratios: bool) -> Parts:
    words = LAWS[tests[0]["method"]] + ", all coefficients of a term at once."
    if ratios:
        words += " Likelihood ratio: chi-square, by refitting without the term by maximum likelihood."
    return say(words)


def _left_out(tests: list[dict]) -> tuple[Parts, ...]:
    if not any(test["p_value"] is None and "product" in (test["reason"] or "") for test in tests):
        return ()
    words = "A term whose product is in the model has no test of its own: its coefficients are effects where the other "
    words += "variable is zero or at its reference, so that the test would change with that choice [@nelder1977]."
    return (say(words),)


def _why_no_ratio(results: Results, ratios: dict[str, dict]) -> tuple[Parts, ...]:
    reason = (results.terms or {}).get("reason")
    if reason and not ratios:
        return (say("No likelihood ratios: {reason}.", reason=reason),)
    return ()

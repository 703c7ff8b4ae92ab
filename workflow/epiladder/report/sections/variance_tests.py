"""Tests of variances: every test of each pair of rungs side by side, the one that is read marked, disagreement told."""

from __future__ import annotations

from typing import Any

from epiladder.inference.simulated import VARIANCES
from epiladder.inference.variance_tests import NOT_GAUSSIAN, NOT_IMPUTED
from epiladder.report import numbers
from epiladder.report.names import uncapital
from epiladder.report.page import Block, Cell, Column, Note, Paragraph, Parts, Row, RowGroup, Section, Table, join, say
from epiladder.report.results import Results
from epiladder.report.sections import variance_intervals
from epiladder.report.sections.comparisons import law, title
from epiladder.report.sections.simulated import shares

Test = dict[str, Any]
TESTS = {
    "naive": "Naive χ²",
    "mixture": "Mixture of χ²",
    "bootstrap": "Parametric bootstrap",
    "exact_f": "Exact F",
    "restricted": "Exact restricted likelihood ratio",
}


def section(results: Results) -> Section | None:
    """The tests and the intervals; nothing where the study has neither."""
    blocks: list[Block] = []
    if results.variance_tests:
        blocks += [Paragraph(_words(results)), Paragraph(_verdict(results)), _table(results)]
        blocks += [Note("remark", caution) for caution in _cautions(results)]
    intervals = variance_intervals.table(results)
    blocks += [intervals] if intervals else []
    return Section("variance-tests", "Tests of variances", tuple(blocks)) if blocks else None


KINDS = {
    "mixture": "The mixture is the law of very many clusters [@self1987][@stram1994].",
    "exact_f": "The F test compares residual sums of squares with and without a column for every cluster and is exact "
    "for normal errors whatever the sizes [@seely1983][@hui2019].",
    "restricted": "The restricted likelihood ratio by draws of its own law is exact as well, for one variance alone "
    "[@crainiceanu2004].",
    "bootstrap": "The parametric bootstrap draws outcomes from the smaller rung and fits both rungs to each "
    "[@davison1997].",
}


def _words(results: Results) -> Parts:
    """What is asked, and what the tests are that this study has."""
    words = "Whether clusters, or slopes, differ at all can be asked in several ways, and where they disagree a reader "
    words += "should know."
    absent = _absent(results)
    return say(" ".join([words, *(told for kind, told in KINDS.items() if kind not in absent)]))


def _absent(results: Results) -> dict[str, str]:
    """Kinds of tests that no pair of rungs can have in a study like this one, with the reason."""
    of_study = {NOT_GAUSSIAN, NOT_IMPUTED, (results.bootstrap or {}).get("reason")}
    found: dict[str, set[str | None]] = {}
    for pair in results.variance_tests or ():
        for test in pair["tests"]:
            found.setdefault(test["test"], set()).add(test["reason"] if test["p_value"] is None else None)
    lacking = {kind: next(iter(reasons)) for kind, reasons in found.items() if len(reasons) == 1}
    return {kind: reason for kind, reason in lacking.items() if reason is not None and reason in of_study}


def _verdict(results: Results) -> Parts:
    """Where tests of one pair fall on both sides of alpha, or draws are too few to tell on which side one falls."""
    alpha = 1 - results.confidence()
    told = [words for pair in results.variance_tests or () for words in _pair_told(results, pair, alpha)]
    at = numbers.given(round(alpha, 9))
    if not told:
        return say("At {alpha} no two tests of one pair disagree.", alpha=at)
    return join([say("At {alpha} not all tests agree.", alpha=at), *told], between=" ", last=" ")


def _pair_told(results: Results, pair: dict[str, Any], alpha: float) -> list[Parts]:
    had = [test for test in pair["tests"] if test["p_value"] is not None]
    below: list[Parts] = [(_name(test),) for test in had if test["p_value"] < alpha]
    above: list[Parts] = [(_name(test),) for test in had if test["p_value"] >= alpha]
    between: list[Parts] = [
        (_name(test),) for test in had if test["ci_low"] is not None and test["ci_low"] < alpha <= test["ci_high"]
    ]
    rungs = (title(results, pair),)
    told = []
    if below and above:
        words = "{rungs}: p is below it by {below}, not by {above}."
        told.append(say(words, rungs=rungs, below=join(below), above=join(above)))
    if between:
        words = "{rungs}: the draws are too few to tell on which side of it p lies by {between}."
        told.append(say(words, rungs=rungs, between=join(between)))
    return told


def _name(test: Test) -> str:
    """`Mixture of χ² (REML)`, as it stands in the table and in sentences."""
    name = TESTS[test["test"]]
    return f"{name} ({test['criterion']})" if test["criterion"] and test["test"] != "restricted" else name


def _cautions(results: Results) -> list[Parts]:
    """The cautions of the results, with numbers of clusters as they may be printed; pairs of which the same is to be
    said share one."""
    told: dict[Parts, list[str]] = {}
    for pair in results.variance_tests or ():
        if pair["caution"]:
            told.setdefault(_caution(results, pair), []).append(title(results, pair))
    return [say("{pairs}: {caution}", pairs=("; ".join(pairs),), caution=caution) for caution, pairs in told.items()]


def _caution(results: Results, pair: dict[str, Any]) -> Parts:
    level = pair["simulated"]["level"]
    words = "with {n} clusters of level {level} the mixture's p{criterion} is too large, so that a variance is found "
    words += "less often than the nominal rate promises."
    read = next((test for test in pair["tests"] if test["chosen"]), None)
    return (
        *say(
            words,
            n=results.clusters_of(level, pair["clusters"][level]),
            level=level,
            criterion=(f" ({read['criterion']})" if read else "",),
        ),
        *shares(pair["simulated"], "it found one that was not there in {share} of studies", 0.05, VARIANCES),
    )


def _table(results: Results) -> Table:
    text, absent = ("Law", "Read"), _absent(results)
    heads = ("Statistic", "Law", "p", "Limits of p", "Draws", "Read")
    return Table(
        id="variance-tests",
        caption=say("Every test of a variance; the one that the ladder reads is marked."),
        stub="Test",
        columns=tuple(Column(head, numeric=head not in text) for head in heads),
        groups=tuple(
            RowGroup(title(results, pair), tuple(_row(results, t) for t in pair["tests"] if t["test"] not in absent))
            for pair in results.variance_tests or ()
        ),
        notes=(_general(results), *_reasons(results)),
    )


def _general(results: Results) -> Parts:
    share = (f"{results.confidence() * 100:g}%",)
    return say(
        "Statistic: a likelihood ratio, or F. Limits of p: {share}, of a p-value that rests on draws, for the chance "
        "of the draws; the least such p is one over the draws and one.",
        share=share,
    )


def _law(results: Results, test: Test) -> str:
    """The law of a test; F stands without its degrees of freedom where these would tell a hidden number of rows."""
    if test["p_value"] is None:
        return "none"
    counts_rows = test["reference"].startswith("F(") and not results.disclosure.public
    return "F" if counts_rows else law(test["reference"])


def _row(results: Results, test: Test) -> Row:
    drawn = test["ci_low"] is not None
    cells: tuple[Cell | None, ...] = (
        numbers.likelihood(test["statistic"]),
        _law(results, test),
        numbers.p_exact(test["p_value"]),
        numbers.Interval(test["ci_low"], test["ci_high"], numbers.Format("p")) if drawn else None,
        numbers.count(test["draws"]) if drawn else None,
        "read" if test["chosen"] else None,
    )
    return Row(_name(test), cells)


def _reasons(results: Results) -> tuple[Parts, ...]:
    """Why a test has no p-value, and how many replicates failed; pairs with the same reason share a note."""
    told: dict[tuple[str, str], dict[str, None]] = {}
    absent = _absent(results)
    for pair in results.variance_tests or ():
        for test in (test for test in pair["tests"] if test["test"] not in absent):
            for why in _why(results, test):
                told.setdefault((_name(test), why), {})[title(results, pair)] = None
    lacking: dict[str, list[str]] = {}
    for kind, reason in absent.items():
        lacking.setdefault(results.names.spoken(reason.rstrip(".")), []).append(TESTS[kind])
    missing = tuple(
        say("{kinds}: {why}.", kinds=join([(kinds[0],), *((uncapital(kind),) for kind in kinds[1:])]), why=(why,))
        for why, kinds in lacking.items()
    )
    return missing + tuple(
        say("{pairs}, {name}: {why}.", name=(uncapital(name),), pairs=("; ".join(pairs),), why=(why,))
        for (name, why), pairs in told.items()
    )


def _why(results: Results, test: Test) -> list[str]:
    why = [results.names.spoken(test["reason"].rstrip("."))] if test["p_value"] is None and test["reason"] else []
    if test["failures"]:
        why.append(f"{test['failures']} of {test['draws']} replicates could not be fitted, and count for nothing")
    return why

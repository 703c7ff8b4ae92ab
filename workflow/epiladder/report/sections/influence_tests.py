"""By which tests conclusions were judged that leaving out a cluster might turn, and a test that turned, in words."""

from __future__ import annotations

from typing import Any

from epiladder.inference.few_clusters import TESTS
from epiladder.inference.influence_refit import FEW
from epiladder.report import numbers
from epiladder.report.page import Parts, say
from epiladder.report.results import Results
from epiladder.report.sections.comparisons import law

Record = dict[str, Any]
WHAT = (
    ": asked were whether each coefficient of the rung that is read is told from zero, the verdicts of the screen, and "
    "the test of the rung that is read against the one below it."
)


def asked(results: Results, found: Record) -> Parts:
    """What was asked, and by which tests; results of old that do not say by which have the question alone."""
    by = found.get("asked")
    if by is None:
        return (WHAT,)
    return (
        WHAT,
        " ",
        *_coefficients(by["coefficients"]),
        " ",
        *_screen(by["screen"]),
        " ",
        *_test(results, by["test"]),
    )


def _coefficients(by: Record) -> Parts:
    words = "Coefficients: {law}."
    if by["plan"] != by["tests"]:
        words = (
            "Coefficients: {law}, with all clusters and without one; the plan's {plan} is worked out anew for each "
            "cluster only where a study has {few} or fewer of each level."
        )
    return say(words, law=(TESTS[by["tests"]],), plan=(TESTS[by["plan"]],), few=numbers.count(FEW))


def _screen(by: Record) -> Parts:
    if by["interval"] == "exact":
        return say("Screen: the plan's thresholds and the exact interval.")
    return say("Screen: the plan's thresholds, without an interval, so that no verdict here is “borderline”.")


def _test(results: Results, by: Record) -> Parts:
    if by["test"] is None:
        return say("The last test was not asked: {why}.", why=results.names.spoken(by["reason"].rstrip(".")))
    step = {
        "larger": results.names.rung_inside(by["larger"]),
        "smaller": results.names.rung_inside(by["smaller"]),
        "by": (by["criterion"],),
        "note": f", {by['note']}" if by["note"] else "",
    }
    if by["test"] == "bootstrap":
        words = "Test of “{larger}” against “{smaller}”: the likelihood ratio ({by}), held against the critical value "
        words += "of the bootstrap with all clusters in, {limit}, which is not drawn anew for each{note}."
        return say(words, limit=numbers.fixed(by["critical"], 2), **step)
    words = "Test of “{larger}” against “{smaller}”: the likelihood ratio ({by}) by {law}{note}."
    return say(words, law=(law(by["reference"]),), **step)


def turned(results: Results, turn: Record) -> Parts:
    """A test that turned: its p-value, or its statistic on the other side of the bootstrap's critical value."""
    rung, after, before = (results.names.rung_inside(turn["rung"]),), turn["without"], turn["with_all"]
    if after["p_value"] is not None:
        words = "the test of “{rung}” would have a p-value of {after} in place of {before}."
        return say(words, rung=rung, after=numbers.p_value(after["p_value"]), before=numbers.p_value(before["p_value"]))
    words = "the statistic of “{rung}” would be {after} in place of {before}, on the other side of the bootstrap's "
    words += "critical value of {limit}."
    return say(
        words,
        rung=rung,
        after=numbers.fixed(after["statistic"], 2),
        before=numbers.fixed(before["statistic"], 2),
        limit=numbers.fixed(turn["threshold"], 2),
    )

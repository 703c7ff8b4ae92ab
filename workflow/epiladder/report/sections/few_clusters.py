"""Few clusters in words: how loosely the variance between them is known, and whether tests allow for their number."""

from __future__ import annotations

from typing import Any

from epiladder.inference.few_clusters import FEW, TESTS
from epiladder.inference.simulated import EFFECTS, FIXED, shown
from epiladder.report.page import Name, Parts, join, say
from epiladder.report.results import Results
from epiladder.report.sections.simulated import shares

MOST_NAMED = 4
Record = dict[str, Any]
CITED = {
    "satterthwaite": "t with Satterthwaite's degrees of freedom [@satterthwaite1946]",
    "kenward_roger": "t with Kenward and Roger's degrees of freedom [@kenward1997]",
}


def told(results: Results) -> list[Parts]:
    """A sentence or two for each level that the plan's rule finds to have few clusters."""
    found = []
    for level in results.design["levels"]:
        rule = f"few_clusters.{level['name']}"
        decided = next((one for one in results.decisions if one["rule"] == rule and one["outcome"] == "few"), None)
        if decided is not None:
            found.append(_sentences(results, level["name"], level["n_clusters"], decided["evidence"]))
    return found


def notes(results: Results) -> tuple[Parts, ...]:
    """For the table of coefficients: those that rest on few clusters and are tested by Wald's z."""
    return tuple(
        _by_z(results, level["name"], level["n_clusters"], one["evidence"]["carried"])
        for level in results.design["levels"]
        for one in results.decisions
        if one["rule"] == f"few_clusters.{level['name']}"
        and one["outcome"] == "few"
        and one["evidence"].get("carried")
        and one["evidence"]["tests"] == "z"
    )


def _sentences(results: Results, level: str, number: int, evidence: Record) -> Parts:
    carried, tests = evidence.get("carried", []), evidence.get("tests")
    words = "With only {n} {levels} the variance between them is known loosely."
    loosely = say(words, **_who(results, level, number)) if number < FEW else ()
    gap = (" ",) if loosely else ()
    if tests is None:
        return loosely
    if not carried:
        words = "No coefficient rests on the {levels} alone; those of what varies within them do not suffer."
        return (*loosely, *gap, *say(words, levels=results.names.level(level, 2)))
    if tests == "z":
        return (*loosely, *gap, *_by_z(results, level, number, carried))
    words = "On them rests what is said of {terms}; " + CITED[tests] + ", by which that is tested, allows for their "
    end = say(words + "number, at the price of power.", terms=_terms(results, carried))
    return (*loosely, *gap, *end, *_simulated(tests, number))


def _by_z(results: Results, level: str, number: int, carried: list[str]) -> Parts:
    words = "Few clusters: what is said of {terms} rests on {n} {levels} alone. Wald's z takes the variance between "
    words += "{levels} as known, so that these intervals are too narrow and their p-values too small."
    found = say(words, terms=_terms(results, carried), **_who(results, level, number))
    return (*found, *_simulated("z", number))


def _simulated(tests: str, number: int) -> Parts:
    found = shown(EFFECTS[tests], number, 0.05) if tests in EFFECTS else None
    clause = "an effect that was not there was found in {share} of studies"
    return shares(found.as_json() if found else None, clause, "0.05", FIXED)


def _who(results: Results, level: str, number: int) -> dict[str, Any]:
    return {"n": results.clusters_of(level, number), "levels": results.names.level(level, 2)}


def _terms(results: Results, carried: list[str]) -> Parts:
    named: list[Parts] = [(Name(results.names.term(term)),) for term in carried[:MOST_NAMED]]
    more = len(carried) - MOST_NAMED
    return join([*named, *([(f"{more} more",)] if more > 0 else [])])


def evidence(results: Results, found: Record) -> Record:
    """A decision's evidence as its table shows it."""
    if "carried" not in found:
        return found
    number = len(found["carried"])
    return {"clusters": found["clusters"], "coefficients that rest on them": number, "tested by": TESTS[found["tests"]]}

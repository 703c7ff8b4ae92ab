"""Few clusters in words: how loosely the variance between them is known, and whether tests allow for their number."""

from __future__ import annotations

from typing import Any

from epiladder.inference.few_clusters import ENOUGH, LOOSE, MISLED, TESTS, TOO_SURE, seen, sentences
from epiladder.inference.simulated import FIXED, NO_EFFECT
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
    """For the table of coefficients: those that rest on so few clusters that Wald's z is too sure of them."""
    found = []
    for level in results.design["levels"]:
        for one in results.decisions:
            evidence = one["evidence"]
            if one["rule"] == f"few_clusters.{level['name']}" and evidence.get("carried") and evidence["tests"] == "z":
                found.append(_told(results, level["name"], level["n_clusters"], evidence, (MISLED, TOO_SURE)))
    return tuple(parts for parts in found if parts)


def _sentences(results: Results, level: str, number: int, evidence: Record) -> Parts:
    if evidence.get("tests") is None:
        return say(LOOSE, **_who(results, level, number))
    return _told(results, level, number, evidence)


def _told(results: Results, level: str, number: int, evidence: Record, only: tuple[str, ...] = ()) -> Parts:
    """The decision's own sentences, and what simulation has shown of its tests; only: no others, nor that alone."""
    carried, tests = evidence["carried"], evidence["tests"]
    texts = [text for text in sentences(number, carried, tests) if text != ENOUGH and (not only or text in only)]
    if not texts:
        return ()
    values = {**_who(results, level, number), "terms": _terms(results, carried)}
    found = seen(number, carried, tests)
    simulated = shares(found.as_json() if found else None, NO_EFFECT, 0.05, FIXED)
    test = say(CITED[tests]) if tests in CITED else (TESTS[tests],)
    return (*say(" ".join(texts), **values, test=test), *simulated)


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

"""Whether there are enough clusters: which coefficients rest on them, and whether the tests used know how few they are.

Coefficients that vary within clusters alone do not suffer from few of these. Those of a level's own variables, and
means of slopes that vary between its clusters, rest on as many observations as there are clusters: t with
Satterthwaite's or Kenward and Roger's degrees of freedom allows for that, Wald's z does not (Kreft 1996; Maas and Hox
2005; McNeish and Stapleton 2016; simulated in docs/simulation_fixed.md, tests of variances beside it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from epiladder.design.spec import INTERCEPT
from epiladder.engine.trust import FEW
from epiladder.inference.simulated import EFFECTS, FIXED, NO_EFFECT, Shown, shown

if TYPE_CHECKING:
    from epiladder.study.config import Plan

FEW_BY_Z = 30  # clusters below which Wald's z misleads; up to 100 it is a little too sure, and that is said
Record = dict[str, Any]
TESTS = {
    "satterthwaite": "t with Satterthwaite's degrees of freedom",
    "kenward_roger": "t with Kenward and Roger's degrees of freedom",
    "z": "Wald's z",
}
# The words of the decision and of the report. {n}: how many, {levels}: of what, {terms}: what rests on them.
ENOUGH = "There are {n} {levels}, enough for what is asked of them."
LOOSE = "With only {n} {levels} the variance between them is known loosely."
NOTHING_RESTS = "No coefficient rests on the {levels} alone; those of what varies within them do not suffer."
ALLOWED = (
    "On them rests what is said of {terms}; {test}, by which that is tested, allows for their number, at the price of "
    "power."
)
MISLED = (
    "Few clusters: what is said of {terms} rests on {n} {levels} alone. Wald's z takes the variance between {levels} "
    "as known, so that these intervals are too narrow and their p-values too small."
)
TOO_SURE = (
    "What is said of {terms} rests on {n} {levels} alone, and Wald's z takes the variance between {levels} as known: "
    "it is a little too sure."
)
BY_Z = "On them rests what is said of {terms}, tested by Wald's z."


def law_of_coefficients(plan: Plan) -> str:
    """How coefficients are tested: satterthwaite, kenward_roger or z."""
    asked = plan.inference.degrees_of_freedom
    return "z" if plan.outcome.family != "gaussian" or asked == "none" else str(asked)


def carried_by(level: str, estimate: Record | None, lives: Mapping[str, str | None]) -> list[str]:
    """Terms of an estimate that rest on a level's clusters: its own variables, and slopes that vary between them.

    lives: of each column the level within whose clusters it is constant, None for what varies within all.
    """
    if estimate is None:
        return []
    slopes = {term for part in estimate["random"] if part["level"] == level for term in part["terms"]} - {INTERCEPT}
    terms = [row["term"] for row in estimate["fixed"] if row["term"] != INTERCEPT]
    return [term for term in terms if lives.get(term) == level or slopes & {term, *term.split(":")}]


def few_clusters(level: str, clusters: int, carried: Sequence[str], tests: str) -> Record:
    """The decision of one level, without its alternatives: there are none, since it says what its tests need.

    evidence.simulated: what simulation has shown of these tests with as many clusters, where it left the nominal size.
    """
    threshold = FEW_BY_Z if tests == "z" and carried else FEW
    found = seen(clusters, carried, tests)
    texts = sentences(clusters, carried, tests)
    values = {"n": str(clusters), "levels": f"clusters of {level}", "test": TESTS[tests]}
    words = [text.format(**values, terms=", ".join(f"`{term}`" for term in carried)) for text in texts]
    words += [found.said(NO_EFFECT, "0.05", FIXED)] if found else []
    return {
        "rule": f"few_clusters.{level}",
        "evidence": {
            "clusters": clusters,
            "carried": list(carried),
            "tests": tests,
            "simulated": found.as_json() if found else None,
        },
        "threshold": threshold,
        "outcome": "few" if clusters < threshold else "enough",
        "margin": clusters - threshold,
        "words": " ".join(words),
    }


def seen(clusters: int, carried: Sequence[str], tests: str) -> Shown | None:
    """What simulation has shown of tests of what rests on so many clusters, where that is not what they promise."""
    return shown(EFFECTS[tests], clusters, 0.05) if carried and tests in EFFECTS else None


def sentences(clusters: int, carried: Sequence[str], tests: str) -> tuple[str, ...]:
    """The templates that tell a level's decision, in their order."""
    start = LOOSE if clusters < FEW else ENOUGH
    if not carried:
        return (start, NOTHING_RESTS)
    if tests != "z":
        return (start, ALLOWED)
    if clusters < FEW_BY_Z:
        return (LOOSE, MISLED) if clusters < FEW else (MISLED,)
    return (TOO_SURE,) if seen(clusters, carried, tests) else (start, BY_Z)

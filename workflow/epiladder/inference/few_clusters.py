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

if TYPE_CHECKING:
    from epiladder.study.config import Plan

FEW_BY_Z = 30  # clusters below which Wald's z is too sure of what rests on them
Record = dict[str, Any]
TESTS = {
    "satterthwaite": "t with Satterthwaite's degrees of freedom",
    "kenward_roger": "t with Kenward and Roger's degrees of freedom",
    "z": "Wald's z",
}


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
    """The decision of one level, without its alternatives: there are none, since it says what its tests need."""
    threshold = FEW_BY_Z if tests == "z" and carried else FEW
    few = clusters < threshold
    return {
        "rule": f"few_clusters.{level}",
        "evidence": {"clusters": clusters, "carried": list(carried), "tests": tests},
        "threshold": threshold,
        "outcome": "few" if few else "enough",
        "margin": clusters - threshold,
        "words": _words(f"{clusters} clusters of {level}", clusters < FEW, carried, few and tests == "z", tests),
    }


def _words(counted: str, loose: bool, carried: Sequence[str], misled: bool, tests: str) -> str:
    start = f"With {counted} the variance between them is known loosely. " if loose else ""
    if not carried:
        end = "No coefficient rests on these clusters alone; those of what varies within them do not suffer."
        return (start or f"There are {counted}, enough for what is asked of them. ") + end
    terms = ", ".join(f"`{term}`" for term in carried)
    if misled:
        end = "Wald's z, by which that is tested, takes the variance between them as known, so that p-values are too "
        return f"{start}On {counted} rests what is said of {terms}. {end}small."
    start = start or f"There are {counted}, enough for what is asked of them. "
    allows = "" if tests == "z" else ", which allows for their number"
    return f"{start}On them rests what is said of {terms}, tested by {TESTS[tests]}{allows}."

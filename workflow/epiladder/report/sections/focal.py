"""Which coefficients answer the question: those that the first screen tells in sentences."""

from __future__ import annotations

from epiladder.report.names import bracket, factors
from epiladder.report.results import Results, estimates

MOST_TERMS = 3


def focal(results: Results, found: dict) -> list[str]:
    """The terms that answer the question: cross-level products, else slopes that vary, else the first covariates.

    Covariates come in the order of the plan, but for the exposure that the plan describes by and the last of several
    blocks, which are what the others adjust for. A category of many coefficients that would be told in part gives way
    to covariates that are told whole.
    """
    present = [row["term"] for row in found["fixed"] if row["term"] != "(Intercept)"]
    crossed = [term for term in present if term in cross_level_terms(results)]
    slopes = [t for part in found["random"] for t in part["terms"] if t in present]
    return (crossed or list(dict.fromkeys(slopes)))[:MOST_TERMS] or _first(results, present)


def _first(results: Results, present: list[str]) -> list[str]:
    """Whole covariates, the most asked for first, as many as there is room for; part of one where none fits."""
    groups: dict[str, list[str]] = {}
    for term in present:
        groups.setdefault(covariate(term), []).append(term)
    asked = sorted(groups, key=lambda name: not _asked(results, name))
    told: list[str] = []
    for name in asked:
        if len(told) + len(groups[name]) <= MOST_TERMS:
            told += groups[name]
    return told or groups[asked[0]][:MOST_TERMS] if asked else []


def _asked(results: Results, name: str) -> bool:
    """Whether the plan names a covariate as its exposure, or in the last of several blocks."""
    blocks = results.plan["ladder"].get("covariates") or []
    last = blocks[-1]["terms"] if len(blocks) > 1 else []
    by = (results.plan.get("description") or {}).get("by")
    variable = name.split(".")[0] if name not in results.plan["variables"] else name
    return variable == by or name in last or variable in last


def covariate(term: str) -> str:
    """The covariate that a coefficient belongs to: a category's coefficients have one in common."""
    return ":".join(bracket(factor)[0] for factor in factors(term))


def left(found: dict, told: list[str]) -> int:
    """How many covariates of a rung are not told, even in part."""
    named = {covariate(term) for term in told} | {"(Intercept)"}
    return len({covariate(row["term"]) for row in found["fixed"]} - named)


def cross_level_terms(results: Results) -> list[str]:
    """The products that the cross-level rung adds to the rung below it."""
    rungs = [fit["rung"] for fit in results.fits]
    if "cross_level" not in rungs:
        return []
    crossed, below = (estimates(results.fit(rung)) for rung in ("cross_level", rungs[rungs.index("cross_level") - 1]))
    old = {row["term"] for row in (below or {"fixed": []})["fixed"]}
    return [row["term"] for row in (crossed or {"fixed": []})["fixed"] if row["term"] not in old and ":" in row["term"]]

"""How sure the answer is, and what would change it: the rung's state, other methods, other laws, near thresholds."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.page import Parts, join, say
from epiladder.report.results import Results, worst
from epiladder.report.sections import few_clusters
from epiladder.report.sections.standard_practice import chosen, contrast
from epiladder.report.sections.turned import turned

MIXED = ("random_intercept", "random_slope", "cross_level")


def certainty(results: Results, rung: str) -> tuple[Parts, ...]:
    """The rung that the numbers come from and its state, few clusters, then what ordinary regression would claim."""
    return tuple(parts for parts in (_read(results, rung), *few_clusters.told(results), contrast(results)) if parts)


def turning(results: Results, terms: list[tuple[str, str]]) -> tuple[Parts, ...]:
    """What another method, another law or a threshold near by would say; or that none of them changes the answer.

    terms: (rung, term), for each is set beside the methods with the fixed part of the rung that it is told from.
    """
    found = [*_methods(results, terms), *turned(results), *_laws(results), *_borderline(results)]
    if found or not _compared(results, terms):
        return tuple(found)
    words = (
        "Nothing that was tried: by {methods} each of these effects, where it can be estimated, lies on the same side "
    )
    words += "of {none} as here, or is as open."
    names = join([(results.names.method_inside(method),) for method in _compared(results, terms)])
    return (say(words, methods=names, none=(_none(results),)),)


def _read(results: Results, rung: str) -> Parts:
    state = worst(results.fit(rung) or {})
    words = "These numbers come from the rung “{rung}”, {how}"
    if rung == "cross_level":  # beside which averages are told from the rung below
        words = "Where no other rung is named, these numbers come from the rung “{rung}”, {how}"
    how = {
        "failed": "which did not converge: do not use them.",
        "boundary": "whose fit is singular (a variance is estimated as zero, or a correlation as one); the "
        "coefficients stand, but it is more than these data ask for.",
    }
    return say(words, rung=results.names.rung_inside(rung), how=(how.get(state or "") or _choice(results),))


def _choice(results: Results) -> str:
    retain = (results.plan.get("ladder") or {}).get("retain") or {}
    rule, wanted = retain.get("rule") or "preset", retain.get("rung") or results.fits[-1]["rung"]
    if rule == "preset" and wanted != results.retained():
        return "which is read in place of the one that the plan names, since that one has no usable fit."
    chosen_by = {
        "lrt": "chosen by likelihood-ratio tests.",
        "aic": "chosen by the smallest AIC.",
        "bic": "chosen by the smallest BIC.",
    }
    return chosen_by.get(rule, "which the plan names as the one to read.")


def _none(results: Results) -> str:
    return "1" if results.scale.ratio else "0"


def _compared(results: Results, terms: list[tuple[str, str]]) -> list[str]:
    """The methods of standard practice with an interval for any of the terms, beside the mixed model."""
    rows = [row for rung, term in terms for row in chosen(results, rung) if row["term"] == term]
    rows = [row for row in rows if row["ci_low"] is not None]
    if not any(row["method"] in MIXED for row in rows):
        return []
    return list(dict.fromkeys(row["method"] for row in rows if row["method"] not in (*MIXED, "marginal")))


def _side(row: dict[str, Any]) -> int:
    """1 or -1 where the interval leaves out zero, by its side; 0 where it holds it."""
    return (row["ci_low"] > 0) - (row["ci_high"] < 0)


def _methods(results: Results, terms: list[tuple[str, str]]) -> list[Parts]:
    """Terms of which another method would say something else than the mixed model, by what it would say."""
    found = []
    for rung, term in terms:
        rows = [row for row in chosen(results, rung) if row["ci_low"] is not None and row["ci_high"] is not None]
        of_term = {row["method"]: row for row in rows if row["term"] == term}
        mixed = next((of_term[method] for method in reversed(MIXED) if method in of_term), None)
        if mixed is not None:
            found += _others(results, term, _side(mixed), of_term)
    return found


def _others(results: Results, term: str, side: int, of_term: dict[str, dict[str, Any]]) -> list[Parts]:
    said: dict[str, list[str]] = {}
    for method, row in of_term.items():
        other = _side(row)
        if method not in (*MIXED, "marginal") and other != side:
            words = "would include {none}, where the mixed model's does not"
            words = "would leave out {none}, where the mixed model's does not" if side == 0 else words
            words = "would lie on the other side of {none}" if other == -side != 0 else words
            said.setdefault(words, []).append(method)
    return [
        say(
            "By {methods} the interval of {term} " + words + ".",
            methods=join([(results.names.method_inside(method),) for method in methods]),
            term=results.names.term(term),
            none=(_none(results),),
        )
        for words, methods in said.items()
    ]


def _laws(results: Results) -> list[Parts]:
    """Tests whose verdict turns on the law that they are judged by: the right one, the naive one, the bootstrap's."""
    alpha = 1 - results.confidence()
    found = []
    for one in results.comparisons:
        laws = {"p_value": "its reference law", "p_value_naive": "a plain chi-square", "p_value_bootstrap": "bootstrap"}
        told = {name: one[key] for key, name in laws.items() if one.get(key) is not None}
        if len({value < alpha for value in told.values()}) > 1:
            words = "The test of “{larger}” against “{smaller}” turns on the law that judges it: {told}."
            each = [say("{p} by {law}", p=numbers.p_stated(value), law=(law,)) for law, value in told.items()]
            names = {key: results.names.rung_inside(one[key]) for key in ("larger", "smaller")}
            found.append(say(words, told=join(each), **names))
    return found


def _borderline(results: Results) -> list[Parts]:
    """Levels whose ICC's interval includes the plan's threshold."""
    limit = results.screen["threshold"]["icc"]
    levels = [
        level["level"]
        for level in results.screen["levels"]
        if level["ci_low"] is not None and level["ci_high"] is not None and level["ci_low"] < limit < level["ci_high"]
    ]
    if not levels:
        return []
    words = "Whether clustering by {levels} passes the plan's threshold of {limit} is open: the interval includes it."
    return [say(words, levels=join([(level,) for level in levels]), limit=numbers.given(limit))]

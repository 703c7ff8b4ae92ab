"""The verdict: what the study found, in sentences that a clinician can quote, for the head of the page."""

from __future__ import annotations

from epiladder.report.names import capital, factors
from epiladder.report.page import Parts, say
from epiladder.report.results import Results, estimates, fixed, worst
from epiladder.report.sections.effects import effect
from epiladder.report.sections.ratios import median_ratio
from epiladder.report.sections.retained import ranges
from epiladder.report.sections.screen import correlation, judgement, on_scale
from epiladder.report.sections.standard_practice import contrast

MOST_TERMS = 3


def verdict(results: Results) -> tuple[Parts, ...]:
    """Clustering, the rung that is read, its focal coefficients, and what ignoring the clusters would do."""
    rung = results.retained()
    found = estimates(results.fit(rung))
    sentences = [
        (*_clustering(results, level), *median_ratio(results, level, briefly=True))
        for level in results.screen["levels"]
    ]
    if rung is None or found is None:
        return (*sentences, say("No answer can be given: the rung that the plan reads could not be fitted."))
    sentences += _averages(results, rung)
    sentences += [effect(results, rung, found, term) for term in focal(results, found)]
    sentences += ranges(results, found)
    sentences.append(_read(results, rung))
    return (*sentences, *(parts for parts in [contrast(results)] if parts))


def _clustering(results: Results, level: dict) -> Parts:
    if level["icc"] is None:
        return say(
            "How much {units} of the same {level} resemble each other could not be estimated.",
            units=results.names.single(2),
            level=level["level"],
        )
    return say(
        "{Units} of the same {level} {how} in {outcome}: ICC {icc}{scale}, {judgement}",
        Units=capital(results.names.single(2)),
        level=level["level"],
        how=(_resemblance(level),),
        outcome=results.names.outcome(),
        icc=correlation(results, level),
        scale=on_scale(results),
        judgement=judgement(results, level),
    )


def _resemblance(level: dict) -> str:
    if level["icc"] <= 0:
        return "resemble each other no more than others"
    return "resemble each other little" if level["verdict"] == "ignore" else "resemble each other"


def _averages(results: Results, rung: str) -> list[Parts]:
    """Average slopes and the effects of their moderators, from the rung below, where the one read multiplies them."""
    below = estimates(results.fit("random_slope"))
    crossed = cross_level_terms(results)
    if rung != "cross_level" or below is None or not crossed:
        return []
    slopes = [term for part in below["random"] for term in part["terms"]]
    met = [factor for term in crossed for factor in factors(term)]
    asked = [term for term in dict.fromkeys([*slopes, *met]) if term != "(Intercept)" and fixed(below, term)]
    return [effect(results, "random_slope", below, term) for term in asked]


def focal(results: Results, found: dict) -> list[str]:
    """The terms that answer the question: cross-level products, else slopes that vary, else the first covariates."""
    present = [row["term"] for row in found["fixed"] if row["term"] != "(Intercept)"]
    crossed = [term for term in present if term in cross_level_terms(results)]
    slopes = [t for part in found["random"] for t in part["terms"] if t in present]
    return (crossed or slopes or present)[:MOST_TERMS]


def cross_level_terms(results: Results) -> list[str]:
    """The products that the cross-level rung adds to the rung below it."""
    rungs = [fit["rung"] for fit in results.fits]
    if "cross_level" not in rungs:
        return []
    crossed, below = (estimates(results.fit(rung)) for rung in ("cross_level", rungs[rungs.index("cross_level") - 1]))
    old = {row["term"] for row in (below or {"fixed": []})["fixed"]}
    return [row["term"] for row in (crossed or {"fixed": []})["fixed"] if row["term"] not in old and ":" in row["term"]]


def _read(results: Results, rung: str) -> Parts:
    state = worst(results.fit(rung) or {})
    words = "These numbers come from the rung “{rung}”, {how}"
    how = {
        "failed": "which did not converge: do not use them.",
        "boundary": "whose fit is singular (a variance is estimated as zero, or a correlation as one); the "
        "coefficients stand, but it is more than these data ask for.",
    }
    return say(words, rung=results.names.rung_inside(rung), how=how.get(state or "", _choice(results)))


def _choice(results: Results) -> str:
    retain = (results.plan.get("ladder") or {}).get("retain") or {}
    rule, wanted = retain.get("rule") or "preset", retain.get("rung") or results.fits[-1]["rung"]
    if rule == "preset" and wanted != results.retained():
        return "which is read in place of the one that the plan names, since that one has no usable fit."
    chosen = {
        "lrt": "chosen by likelihood-ratio tests.",
        "aic": "chosen by the smallest AIC.",
        "bic": "chosen by the smallest BIC.",
    }
    return chosen.get(rule, "which the plan names as the one to read.")

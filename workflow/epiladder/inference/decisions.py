"""Decisions: each rule of the plan applied to its evidence, with the margin by which it fell out as it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from epiladder.inference.alternatives import Alternative, named, of_a_step, smallest, with_alternatives
from epiladder.inference.compare import Comparison
from epiladder.inference.few_clusters import carried_by, few_clusters, law_of_coefficients

if TYPE_CHECKING:
    from epiladder.study.config import Plan

SETTLED = 1e-3  # change of a log-likelihood from one number of nodes to the next that no test could see

Record = dict[str, Any]


def decisions(
    plan: Plan,
    screen: Record,
    comparisons: Sequence[Comparison],
    fits: dict[str, Record],
    rungs: Sequence[str],
    approximation: Record | None = None,
    lives: Mapping[str, str | None] | None = None,
) -> list[Record]:
    """Every decision of a study, in the order in which the ladder meets them, each with what other choices would say.

    approximation: approximation.json. lives: the level of each column that is constant within clusters of one. The last
    decision is the rung that is read.
    """
    alpha = round(1 - plan.inference.confidence, 12)
    found = [_clustering(screen, level, comparisons, fits, alpha) for level in screen["levels"]]
    chosen = retained(plan, comparisons, fits, rungs)
    read, tests = _read(fits[chosen["outcome"]]), law_of_coefficients(plan)
    for level in screen["levels"]:
        carried = carried_by(level["level"], read, lives or {})
        found.append(with_alternatives(few_clusters(level["level"], level["clusters"], carried, tests), []))
    for rung in ("random_slope", "cross_level"):
        comparison = _to_read(comparisons, rung)
        if comparison is not None:
            others = of_a_step(comparisons, comparison.smaller, rung, fits, alpha, ("supported", "not_supported"))
            found.append(with_alternatives(_supported(rung, comparison, alpha), others))
    if approximation is not None:
        found.append(_trusted(approximation, fits[chosen["outcome"]]))
    return [*found, with_alternatives(chosen, _other_rungs(chosen, comparisons, fits, rungs, alpha))]


def _read(fit: Record) -> Record | None:
    """The estimates of a rung whose fixed effects are read."""
    return (fit["estimates"].get("REML") or fit["estimates"]["ML"]) if fit["status"] == "fitted" else None


def _decision(rule: str, evidence: Record, threshold: Any, outcome: str, margin: float | None, words: str) -> Record:
    head = {"rule": rule, "evidence": evidence, "threshold": threshold}
    return {**head, "outcome": outcome, "margin": margin, "words": words}


def _clustering(
    screen: Record, level: Record, comparisons: Sequence[Comparison], fits: dict[str, Record], alpha: float
) -> Record:
    keys = ("icc", "ci_low", "ci_high", "design_effect")
    threshold = screen["threshold"]
    margin = None if level["icc"] is None else level["icc"] - threshold["icc"]
    words = {
        "model": f"Clustering by {level['level']} is large enough to be modelled.",
        "borderline": f"Clustering by {level['level']} is below the thresholds, but its interval reaches the ICC's.",
        "ignore": f"Clustering by {level['level']} is below both thresholds; the ladder is climbed all the same.",
        "unknown": f"Clustering by {level['level']} could not be judged: {level['method']}.",
    }[level["verdict"]]
    rule = f"clustering.{level['level']}"
    made = _decision(rule, {key: level[key] for key in keys}, threshold, level["verdict"], margin, words)
    if len(screen["levels"]) > 1 or level["verdict"] == "unknown":  # tests are of all levels together
        return with_alternatives(made, [])
    outcomes = ("model", "ignore")
    tests = [row for row in comparisons if row.larger == "null" and row.p_value is not None][:1]
    read = [
        Alternative(f"{named(t)} law ({t.criterion})", t.p_value, alpha, outcomes[(t.p_value or 0) >= alpha])
        for t in tests
    ]
    others = [*read, *of_a_step(comparisons, "single_level.null", "null", fits, alpha, outcomes)]
    return with_alternatives(made, others, "model" if level["verdict"] == "model" else "ignore")


def _to_read(comparisons: Sequence[Comparison], larger: str) -> Comparison | None:
    """The comparison of a rung with the one below it; the REML row stands first where both are right."""
    return next((c for c in comparisons if c.larger == larger and c.smaller != "single_level"), None)


def _supported(rung: str, comparison: Comparison, alpha: float) -> Record:
    evidence = {key: getattr(comparison, key) for key in ("criterion", "p_value", "p_value_naive")}
    what = (
        "that effects vary between clusters"
        if rung == "random_slope"
        else "that effects differ with characteristics of clusters"
    )
    if comparison.p_value is None and comparison.judged is not None:
        evidence |= {"p_value_bootstrap": comparison.p_value_bootstrap}
    if comparison.judged is None:
        words = f"The data could not be asked whether they support {what}: {comparison.reason}."
        return _decision(rung, evidence, alpha, "not_tested", None, words)
    supported = comparison.judged < alpha
    words = f"The data {'support' if supported else 'do not support'} {what}."
    outcome = "supported" if supported else "not_supported"
    return _decision(rung, evidence, alpha, outcome, alpha - comparison.judged, words)


def retained(plan: Plan, comparisons: Sequence[Comparison], fits: dict[str, Record], rungs: Sequence[str]) -> Record:
    """The rung to be read, by the plan's rule; a rung that was not fitted is stepped down from, and that is said."""
    rule = plan.ladder.retain.rule
    usable = [rung for rung in rungs if _usable(fits[rung])]
    ladder = [rung for rung in rungs if not rung.startswith("single_level")]
    if rule == "lrt":
        rung, evidence = _by_test(ladder, comparisons, round(1 - plan.inference.confidence, 12))
    elif rule in ("aic", "bic"):
        rung, evidence = _by_criterion(rule, [rung for rung in ladder if rung in usable], fits)
    else:
        rung, evidence = plan.ladder.retain.rung or rungs[-1], {}
    chosen = _step_down(rung, rungs, usable)
    words = f"The rung to be read is {chosen}, by the plan's rule `{rule}`."
    if rule == "lrt" and _untested(evidence):
        words += f" Climbing ended below {_untested(evidence)}, which could not be tested."
    if chosen != rung:
        words = f"The plan's rule `{rule}` asks for {rung}, which has no usable fit; {chosen} is read instead."
    return _decision("retained_rung", evidence, rule, chosen, None, words)


def _other_rungs(
    chosen: Record, comparisons: Sequence[Comparison], fits: dict[str, Record], rungs: Sequence[str], alpha: float
) -> list[Alternative]:
    """The rung that each rule of `retain:` but the plan's own would read."""
    usable = [rung for rung in rungs if _usable(fits[rung])]
    ladder = [rung for rung in rungs if not rung.startswith("single_level")]
    climbing = [rung for rung in ladder if rung in usable]
    tested, p_values = _by_test(ladder, comparisons, alpha)
    found = {} if _untested(p_values) else {"likelihood-ratio tests": _step_down(tested, rungs, usable)}
    found |= {name: smallest(climbing, fits, name) for name in ("AIC", "BIC by clusters", "BIC by rows")}
    own = {"lrt": "likelihood-ratio tests", "aic": "AIC", "bic": "BIC by clusters"}.get(str(chosen["threshold"]))
    return [Alternative(name, None, None, rung) for name, rung in found.items() if rung is not None and name != own]


def _untested(p_values: Record) -> str | None:
    """The step at which climbing by tests ended for want of one."""
    return next((rung for rung, value in p_values.items() if value is None), None)


def _trusted(approximation: Record, fit: Record) -> Record:
    """Whether the likelihood is computed well enough: exactly, with nodes that have settled, or with no caution."""
    method, tried = approximation["method"], approximation.get("tried") or []
    moved = abs(tried[-1]["log_likelihood"] - tried[-2]["log_likelihood"]) if len(tried) > 1 else None
    warned = [text for text in fit.get("warnings") or () if "Laplace" in text]
    if method == "exact":
        outcome, words = "exact", "The likelihood is exact; nothing is approximated."
    elif warned or (moved is not None and moved >= SETTLED):
        outcome, words = "doubtful", "The approximation of the likelihood is in doubt for these data."
    elif method == "laplace":
        outcome, words = "trusted", "Laplace's approximation is used; clusters are large enough for it."
    else:
        outcome, words = "trusted", f"Quadrature with {approximation['nodes']} nodes is used"
        words += (
            " as the plan asks; whether more would change it was not tried."
            if moved is None
            else (", at which the log-likelihood has settled.")
        )
    evidence = {"method": method, "nodes": approximation["nodes"], "change_of_log_likelihood": moved}
    margin = None if moved is None else SETTLED - moved
    return with_alternatives(_decision("approximation", evidence, SETTLED, outcome, margin, words), [])


def _usable(fit: Record) -> bool:
    if fit["status"] != "fitted":
        return False
    return all(estimate["convergence"]["status"] != "failed" for estimate in fit["estimates"].values())


def _step_down(rung: str, rungs: Sequence[str], usable: Sequence[str]) -> str:
    below = [other for other in rungs[: rungs.index(rung) + 1] if other in usable]
    return below[-1] if below else rungs[0]


def _by_test(ladder: Sequence[str], comparisons: Sequence[Comparison], alpha: float) -> tuple[str, Record]:
    """Climb while each step's p-value is below alpha."""
    rung, evidence = ladder[0], {}
    for larger in ladder[1:]:
        step = next((c for c in comparisons if c.larger == larger and c.smaller == rung), None)
        evidence[larger] = step.judged if step else None
        if step is None or step.judged is None or step.judged >= alpha:
            break
        rung = larger
    return rung, evidence


def _by_criterion(rule: str, ladder: Sequence[str], fits: dict[str, Record]) -> tuple[str, Record]:
    """The smallest AIC, or BIC with the outermost clusters as n."""
    values = {}
    for rung in ladder:
        estimate = fits[rung]["estimates"]["ML"]
        values[rung] = estimate["aic"] if rule == "aic" else estimate["bic"]["clusters"]
    best = min(values, key=lambda rung: values[rung]) if values else "null"
    return best, values

"""Decisions: each rule of the plan applied to its evidence, with the margin by which it fell out as it did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from epiladder.engine.trust import FEW
from epiladder.inference.compare import Comparison

if TYPE_CHECKING:
    from epiladder.study.config import Plan


Record = dict[str, Any]


def decisions(
    plan: Plan, screen: Record, comparisons: Sequence[Comparison], fits: dict[str, Record], rungs: Sequence[str]
) -> list[Record]:
    """Every decision of a study, in the order in which the ladder meets them."""
    found = [_clustering(screen, level) for level in screen["levels"]]
    found += [_few_clusters(level) for level in screen["levels"]]
    alpha = round(1 - plan.inference.confidence, 12)
    for rung in ("random_slope", "cross_level"):
        comparison = _to_read(comparisons, rung)
        if comparison is not None:
            found.append(_supported(rung, comparison, alpha))
    return [*found, retained(plan, comparisons, fits, rungs)]


def _decision(rule: str, evidence: Record, threshold: Any, outcome: str, margin: float | None, words: str) -> Record:
    head = {"rule": rule, "evidence": evidence, "threshold": threshold}
    return {**head, "outcome": outcome, "margin": margin, "words": words}


def _clustering(screen: Record, level: Record) -> Record:
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
    return _decision(rule, {key: level[key] for key in keys}, threshold, level["verdict"], margin, words)


def _few_clusters(level: Record) -> Record:
    few = level["clusters"] < FEW
    words = (
        f"With {level['clusters']} clusters, the variance between them and effects measured on them are poorly known."
        if few
        else f"There are {level['clusters']} clusters, enough for the approximations used."
    )
    outcome = "few" if few else "enough"
    rule = f"few_clusters.{level['level']}"
    return _decision(rule, {"clusters": level["clusters"]}, FEW, outcome, level["clusters"] - FEW, words)


def _to_read(comparisons: Sequence[Comparison], larger: str) -> Comparison | None:
    """The comparison of a rung with the one below it; the REML row stands first where both are right."""
    return next((c for c in comparisons if c.larger == larger and c.smaller != "single_level"), None)


def _supported(rung: str, comparison: Comparison, alpha: float) -> Record:
    evidence = {key: getattr(comparison, key) for key in ("criterion", "p_value", "p_value_naive")}
    what = "that effects vary between clusters" if rung == "random_slope" else "that effects depend on the cluster"
    if comparison.p_value is None:
        words = f"The data could not be asked whether they support {what}: {comparison.reason}."
        return _decision(rung, evidence, alpha, "not_tested", None, words)
    supported = comparison.p_value < alpha
    turned = comparison.p_value_naive is not None and (comparison.p_value_naive < alpha) != supported
    words = f"The data {'support' if supported else 'do not support'} {what}."
    if turned:
        words += " The naive chi-square law would have said the opposite."
    outcome = "supported" if supported else "not_supported"
    return _decision(rung, evidence, alpha, outcome, alpha - comparison.p_value, words)


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
    if chosen != rung:
        words = f"The plan's rule `{rule}` asks for {rung}, which has no usable fit; {chosen} is read instead."
    return _decision("retained_rung", evidence, rule, chosen, None, words)


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
        evidence[larger] = step.p_value if step else None
        if step is None or step.p_value is None or step.p_value >= alpha:
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

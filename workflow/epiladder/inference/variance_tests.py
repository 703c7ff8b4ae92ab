"""variance_tests.json: every test of a variance side by side, and which of them the ladder reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from epiladder.design.crossproducts import Crossproducts
from epiladder.engine.problem import make_problem
from epiladder.inference.compare import Comparison
from epiladder.inference.exact import exact_f, restricted_draws
from epiladder.inference.monte_carlo import simulated_p
from epiladder.inference.resample import generator
from epiladder.inference.simulated import MIXTURE, VARIANCES, Shown, shown

if TYPE_CHECKING:
    from epiladder.design.load import Designed
    from epiladder.study.config import Plan

Record = dict[str, Any]
VALUES = ("statistic", "reference", "p_value", "ci_low", "ci_high", "draws", "failures", "source", "reason")
RESTRICTED = "Crainiceanu and Ruppert 2004"
EXACT = "Seely and El-Bassiouni 1983; Hui, Mueller and Welsh 2019"
NOT_GAUSSIAN = "exact for Gaussian outcomes alone"
NOT_IMPUTED = "exact for one data set; values are imputed"


def variance_tests(plan: Plan, designed: Designed, comparisons: Sequence[Comparison]) -> list[Record]:
    """One record a pair of rungs that differ in their random effects, with a row for each test."""
    pairs: dict[tuple[str, str], list[Comparison]] = {}
    for row in comparisons:
        if designed.spec(row.smaller).random != designed.spec(row.larger).random:
            pairs.setdefault((row.smaller, row.larger), []).append(row)
    return [_pair(plan, designed, *pair, rows) for pair, rows in pairs.items()]


def _pair(plan: Plan, designed: Designed, smaller: str, larger: str, rows: Sequence[Comparison]) -> Record:
    tests = [test for row in rows for test in _of_comparison(row)]
    tests += _exact(plan, designed, smaller, larger, rows)
    chosen = _chosen(tests)
    for at, test in enumerate(tests):
        test["chosen"] = at == chosen
    clusters = {level: len(designed.cross.starts(level)) for level in designed.cross.levels}
    asked = _asked(designed, smaller, larger, clusters)
    simulated = _simulated(tests, asked[1], "slope" if designed.spec(smaller).random else "intercept")
    return {
        "smaller": smaller,
        "larger": larger,
        "clusters": clusters,
        "tests": tests,
        "caution": _caution(tests, asked, simulated) if simulated else None,
        "simulated": {**simulated.as_json(), "level": asked[0]} if simulated else None,
    }


def _chosen(tests: Sequence[Record]) -> int | None:
    """The test that the ladder reads: the law of the first criterion, the bootstrap where no law is known."""
    order = [*(at for at, test in enumerate(tests) if test["test"] == "mixture")]
    order += [at for at, test in enumerate(tests) if test["test"] == "bootstrap"]
    return next((at for at in order if tests[at]["p_value"] is not None), None)


def _test(name: str, criterion: str | None = None, **values: Any) -> Record:
    return {"test": name, "criterion": criterion, **dict.fromkeys(VALUES), **values}


def _of_comparison(row: Comparison) -> list[Record]:
    """The naive law, the mixture and the bootstrap of one criterion."""
    common = {"criterion": row.criterion, "statistic": row.statistic}
    if row.statistic is None:
        return [_test("mixture", **common, reason=row.reason)]
    naive = _test("naive", **common, reference=f"chi2({row.df})", p_value=row.p_value_naive, source="Wilks 1938")
    mixture = _test("mixture", **common, reference=row.reference, p_value=row.p_value, source=row.source)
    if row.p_value is None:
        mixture["reason"] = row.reason
    bootstrap = _test(
        "bootstrap",
        **common,
        reference="outcomes drawn from the smaller rung",
        p_value=row.p_value_bootstrap,
        ci_low=row.bootstrap_low,
        ci_high=row.bootstrap_high,
        draws=row.bootstrap_replicates,
        failures=row.bootstrap_failures,
        source="Davison and Hinkley 1997",
        reason=row.bootstrap_reason,
    )
    return [naive, mixture, bootstrap]


def _exact(plan: Plan, designed: Designed, smaller: str, larger: str, rows: Sequence[Comparison]) -> list[Record]:
    reason = NOT_GAUSSIAN if plan.outcome.family != "gaussian" else None
    reason = NOT_IMPUTED if reason is None and plan.data.imputation is not None else reason
    if reason is not None:
        return [_test(name, reason=reason) for name in ("exact_f", "restricted")]
    restricted = next((row for row in rows if row.criterion == "REML" and row.statistic is not None), None)
    return [_f(designed, smaller, larger), _restricted(plan, designed, smaller, larger, restricted)]


def _f(designed: Designed, smaller: str, larger: str) -> Record:
    small, large = designed.model(smaller), designed.model(larger)
    if set(small.fixed) != set(large.fixed):
        return _test("exact_f", source=EXACT, reason="fixed effects are tested together with the variances")
    found = exact_f(designed.cross, small, large)
    if isinstance(found, str):
        return _test("exact_f", source=EXACT, reason=found)
    law = f"F({found.df_between}, {found.df_within})"
    return _test("exact_f", statistic=found.statistic, reference=law, p_value=found.p_value, source=EXACT)


def _restricted(plan: Plan, designed: Designed, smaller: str, larger: str, row: Comparison | None) -> Record:
    if row is None or row.statistic is None:
        return _test("restricted", source=RESTRICTED, reason="the restricted likelihoods cannot be compared")
    if designed.spec(smaller).random:
        why = "its exact law is known for one variance from none; here others stay in both rungs"
        return _test("restricted", "REML", statistic=row.statistic, source=RESTRICTED, reason=why)
    draws = draws_of(plan, designed.cross, designed, larger)
    if isinstance(draws, str):
        return _test("restricted", "REML", statistic=row.statistic, source=RESTRICTED, reason=draws)
    found = simulated_p(row.statistic, draws, plan.inference.confidence)
    return _test(
        "restricted",
        "REML",
        statistic=row.statistic,
        reference="its exact law, simulated",
        p_value=found.p_value,
        ci_low=found.low,
        ci_high=found.high,
        draws=found.draws,
        failures=0,
        source=RESTRICTED,
    )


def draws_of(plan: Plan, cross: Crossproducts, designed: Designed, larger: str) -> Any:
    """Draws of the restricted statistic, from the study's seed."""
    problem = make_problem(cross, designed.model(larger))
    return restricted_draws(problem, generator(plan, f"restricted.{larger}", 0))


def _asked(designed: Designed, smaller: str, larger: str, clusters: dict[str, int]) -> tuple[str, int]:
    """Of the levels whose random effects the two rungs differ in, the one with the fewest clusters, and how many."""
    before = {part.level: part for part in designed.spec(smaller).random}
    changed = [part.level for part in designed.spec(larger).random if before.get(part.level) != part]
    return min(((level, clusters[level]) for level in changed or clusters), key=lambda one: one[1])


def _simulated(tests: Sequence[Record], clusters: int, tested: str) -> Shown | None:
    """What simulation has shown of the test that is read, where it does not keep its nominal size."""
    read = next((test for test in tests if test["chosen"]), None)
    if read is None or read["test"] != "mixture":
        return None
    return shown(MIXTURE[tested, read["criterion"]], clusters, 0.05)


def _caution(tests: Sequence[Record], asked: tuple[str, int], found: Shown) -> str:
    level, number = asked
    criterion = next(test["criterion"] for test in tests if test["chosen"])
    return (
        f"With {number} clusters of level {level} the mixture's p under {criterion} is too large: in simulations of "
        f"Gaussian outcomes with {found.clusters} clusters it found what is not there in {found.low:g} to "
        f"{found.high:g} of studies, where 0.05 is nominal ({VARIANCES})."
    )

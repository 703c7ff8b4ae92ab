"""Comparisons: two rungs, a likelihood-ratio statistic and the law it is judged by, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from epiladder.design.model import Model
from epiladder.design.spec import Spec
from epiladder.inference.reference import (
    Law,
    chi_square,
    chi_square_tail,
    nested_variance_correlation,
    one_more_effect,
    several_variances,
)

ZERO = 1e-8  # a statistic this near to zero is zero
SHORT = 1e-5  # how far below the smaller model's log-likelihood rounding may leave the larger's


@dataclass(frozen=True)
class Rung:
    """A rung as comparisons see it: its spec, its columns (fixed; by level the blocks) and its fit's record."""

    spec: Spec
    fixed: tuple[str, ...]
    blocks: dict[str, tuple[tuple[str, ...], ...]]
    fit: dict[str, Any]

    @classmethod
    def of(cls, spec: Spec, model: Model, fit: dict[str, Any]) -> Rung:
        """A rung from its spec, model and record."""
        return cls(spec, model.fixed, {part.level: part.blocks for part in model.random}, fit)


@dataclass(frozen=True)
class Comparison:
    """The contract's comparison. p_value is None, with a reason, where no law or no comparison holds.

    bootstrap_low, bootstrap_high: limits of p_value_bootstrap for the chance of its draws; bootstrap_reason: why None.
    bootstrap_critical: the statistic above which p_value_bootstrap is below 1 - confidence.
    """

    smaller: str
    larger: str
    criterion: str
    statistic: float | None = None
    df: int | None = None
    reference: str | None = None
    p_value: float | None = None
    p_value_naive: float | None = None
    p_value_bootstrap: float | None = None
    reason: str | None = None
    source: str | None = None
    bootstrap_low: float | None = None
    bootstrap_high: float | None = None
    bootstrap_replicates: int = 0
    bootstrap_failures: int = 0
    bootstrap_reason: str | None = None
    bootstrap_critical: float | None = None

    @property
    def judged(self) -> float | None:
        """The p-value that the ladder reads: by the reference law, by the bootstrap where no law is known."""
        return self.p_value_bootstrap if self.p_value is None else self.p_value

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return dict(self.__dict__)


def with_bootstrap(rows: Sequence[Comparison], record: dict[str, Any]) -> list[Comparison]:
    """The comparisons with the p-values of the study's bootstrap.json beside their laws."""
    found = {(one["smaller"], one["larger"], one["criterion"]): one for one in record["comparisons"]}
    return [_with(row, found.get((row.smaller, row.larger, row.criterion)), record["reason"]) for row in rows]


def _with(row: Comparison, found: dict[str, Any] | None, reason: str | None) -> Comparison:
    if row.statistic is None or found is None:
        why = reason or row.reason or "the rungs were not resampled"
        return replace(row, bootstrap_reason=why)
    return replace(
        row,
        p_value_bootstrap=found["p_value"],
        bootstrap_low=found["ci_low"],
        bootstrap_high=found["ci_high"],
        bootstrap_replicates=found["replicates"],
        bootstrap_failures=found["failures"],
        bootstrap_reason=found["reason"],
        bootstrap_critical=found["critical"],
    )


def compare(smaller: Rung, larger: Rung, sizes: Sequence[np.ndarray]) -> list[Comparison]:
    """REML (the one to read) and ML where the fixed parts agree, ML alone where they do not.

    sizes: rows in each cluster of each level, outermost first.
    """
    same_fixed = set(smaller.fixed) == set(larger.fixed)
    has_reml = "REML" in smaller.fit["estimates"] and "REML" in larger.fit["estimates"]
    criteria = ["REML", "ML"] if same_fixed and has_reml else ["ML"]
    return [_compare(smaller, larger, criterion, sizes) for criterion in criteria]


def _compare(smaller: Rung, larger: Rung, criterion: str, sizes: Sequence[np.ndarray]) -> Comparison:
    pair = (smaller.spec.rung, larger.spec.rung, criterion)
    refused = refusal(smaller, larger, criterion)
    if refused is not None:
        return Comparison(*pair, reason=refused)
    low, high = (rung.fit["estimates"][criterion] for rung in (smaller, larger))
    df = high["n_parameters"] - low["n_parameters"]
    statistic = 2 * (high["log_likelihood"] - low["log_likelihood"])
    if statistic < -SHORT:
        return Comparison(
            *pair,
            df=df,
            reason=f"the larger model's log-likelihood lies {-statistic / 2:.3g} below the smaller's: it has not "
            "reached its maximum",
        )
    statistic = statistic if statistic > ZERO else 0.0
    law = law_of(smaller, larger, sizes)
    naive = chi_square_tail(statistic, df)
    if isinstance(law, str):
        return Comparison(*pair, statistic=statistic, df=df, p_value_naive=naive, reason=law)
    return Comparison(*pair, statistic, df, str(law), law.p_value(statistic), naive, source=law.source)


def refusal(smaller: Rung, larger: Rung, criterion: str) -> str | None:
    """Why two rungs cannot be compared at all; None where they can."""
    for rung in (smaller, larger):
        if rung.fit["status"] != "fitted":
            return f"{rung.spec.rung} was not fitted: {rung.fit['message']}"
        if rung.fit["estimates"][criterion]["convergence"]["status"] == "failed":
            return f"{rung.spec.rung} did not converge"
    if smaller.fit["n_rows"] != larger.fit["n_rows"]:
        return f"the rungs stand on different rows ({smaller.fit['n_rows']} and {larger.fit['n_rows']})"
    if (smaller.fit["family"], smaller.fit["link"]) != (larger.fit["family"], larger.fit["link"]):
        return "the rungs have different families or links"
    if not set(smaller.fixed) <= set(larger.fixed):
        missing = ", ".join(sorted(set(smaller.fixed) - set(larger.fixed)))
        return f"not nested: {missing} is in {smaller.spec.rung} and not in {larger.spec.rung}"
    if not _nested(smaller, larger):
        return f"not nested: {smaller.spec.rung} has random effects that {larger.spec.rung} has not"
    return None


def _nested(smaller: Rung, larger: Rung) -> bool:
    for level, blocks in smaller.blocks.items():
        wider = [set(block) for block in larger.blocks.get(level, ())]
        if not all(any(set(block) <= other for other in wider) for block in blocks):
            return False
    return True


def law_of(smaller: Rung, larger: Rung, sizes: Sequence[np.ndarray]) -> Law | str:
    """The statistic's law under the smaller model, or a sentence saying why none is known."""
    n_fixed = len(set(larger.fixed) - set(smaller.fixed))
    changed = [
        (level, smaller.blocks.get(level, ()), blocks)
        for level, blocks in larger.blocks.items()
        if sorted(map(sorted, blocks)) != sorted(map(sorted, smaller.blocks.get(level, ())))
    ]
    if not changed:
        return chi_square(n_fixed)
    if len(changed) == 1:
        return _law_of_level(*changed[0], n_fixed)
    if all(not before and len(after) == 1 and len(after[0]) == 1 for _, before, after in changed):
        if len(changed) == len(sizes) and len(changed) <= 3:
            return several_variances(nested_variance_correlation(list(sizes)), n_fixed)
        return f"no closed-form law is known for {len(changed)} variances from none; only a bootstrap can judge it"
    levels = " and ".join(level for level, _, _ in changed)
    return f"random effects enter at {levels} together, for which no simple law holds; only a bootstrap can judge it"


def _law_of_level(
    level: str, before: tuple[tuple[str, ...], ...], after: tuple[tuple[str, ...], ...], n_fixed: int
) -> Law | str:
    """One level changed: one more effect in one block has a simple law."""
    old, new = {frozenset(block) for block in before}, {frozenset(block) for block in after}
    added, gone = new - old, old - new
    if len(added) == 1:
        block = next(iter(added))
        grown = next(iter(gone)) if len(gone) == 1 else frozenset()
        if len(gone) <= 1 and grown <= block and len(block) == len(grown) + 1:
            return one_more_effect(len(grown), n_fixed)
    n_new = sum(map(len, after)) - sum(map(len, before))
    return f"{n_new} random effects enter at {level} together; no simple law holds, and only a bootstrap can judge it"

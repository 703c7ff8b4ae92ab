"""How often a study is resampled, and in which chunks: known from the plan alone, so that a workflow can be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epiladder.families import FAMILIES

if TYPE_CHECKING:
    from epiladder.study.plan import Plan

REPLICATES = 999  # where a replicate costs next to nothing: the cross-products of a Gaussian outcome are drawn directly
CHUNKS = 8  # jobs over which the replicates of other outcomes are scattered


def default_replicates(family: str, imputes: bool) -> int:
    """Replicates where the plan names no number: none where each would cost a fit of all rows."""
    known = FAMILIES.get(family)
    return REPLICATES if known is not None and known.has_residual_variance and not imputes else 0


def chunks(plan: Plan) -> tuple[int, ...]:
    """Numbers of the chunks, from 1; none where the replicates are drawn in one go, or not at all."""
    gaussian = FAMILIES[plan.outcome.family].has_residual_variance
    if gaussian or plan.data.imputation is not None:
        return ()
    return tuple(range(1, min(CHUNKS, plan.inference.bootstrap or 0) + 1))


def replicates_of(plan: Plan, chunk: int) -> range:
    """The replicates of a chunk, which have the same seeds in whatever chunk they lie."""
    number, total = len(chunks(plan)), plan.inference.bootstrap or 0
    return range(total * (chunk - 1) // number, total * chunk // number)

"""How often a study is resampled, and in how many chunks: known before data are read, as a workflow has to know it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from epiladder.families import FAMILIES
from epiladder.study.addresses import is_address

if TYPE_CHECKING:
    from epiladder.study.plan import Plan

REPLICATES = 999  # where a replicate costs next to nothing: the cross-products of a Gaussian outcome are drawn directly
CHUNKS = 8  # jobs over which replicates are scattered where the configuration names no number
# Bytes of data times replicates of a Gaussian outcome that one job does: half a minute with one or two levels of
# clusters of twenty rows, a minute and a half where there are two and the inner clusters have four.
WORK = 6e8


def default_replicates(family: str, imputes: bool) -> int:
    """Replicates where the plan names no number: none where each would cost a fit of all rows."""
    known = FAMILIES.get(family)
    return REPLICATES if known is not None and known.has_residual_variance and not imputes else 0


def chunks(plan: Plan, size: int, jobs: int = CHUNKS) -> tuple[int, ...]:
    """Numbers of the chunks, from 1; none where the replicates are drawn in one go, or not at all.

    size: bytes of data. A Gaussian replicate costs what its clusters cost, and of these a table of few bytes has few;
    data whose size is not known before they are read are taken for large. jobs: over which replicates are scattered at
    the most; what they say does not depend on it.
    """
    total = plan.inference.bootstrap or 0
    if plan.data.imputation is not None:
        return ()
    if FAMILIES[plan.outcome.family].has_residual_variance and _is_measured(plan):
        number = min(jobs, math.ceil(total * size / WORK))
        return tuple(range(1, number + 1)) if number > 1 else ()
    return tuple(range(1, min(jobs, total) + 1))


def _is_measured(plan: Plan) -> bool:
    """Whether the size of the data is known beforehand: not of a server's tables, nor of what lies at an address."""
    from epiladder.study.sources import SQLITE  # which needs the plan, as the plan needs this module

    on_server = plan.data.query is not None and not str(plan.data.database).startswith(SQLITE)
    return not on_server and not any(map(is_address, plan.data.path))


def share_of(total: int, chunk: int, number: int) -> range:
    """What the chunk of this number, from 1, has of so many pieces; a piece is the same in whatever chunk it lies."""
    return range(total * (chunk - 1) // number, total * chunk // number)

"""The parametric bootstrap of a study: replicates, scattered where they cost much, and what they say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from epiladder.files import read_json, read_parquet, write_json, write_parquet
from epiladder.steps.resolved import read_plan

if TYPE_CHECKING:
    import pyarrow as pa

    from epiladder.design.load import Designed
    from epiladder.study.config import Plan


def resample(*, results: Path, chunk: int, of: int) -> None:
    """Draw and refit one chunk, of so many, of a study's replicates."""
    from epiladder.design.load import Designed

    plan, designed = read_plan(results), Designed(results / "design")
    table = _resampled(results, plan, designed, _fits(results, designed), chunk, of)
    write_parquet(results / "bootstrap" / f"{chunk}.parquet", table)


def _resampled(
    results: Path, plan: Plan, designed: Designed, fits: dict[str, Any], chunk: int, number: int
) -> pa.Table:
    from epiladder.inference.bootstrap import usable_rungs
    from epiladder.inference.resample_gaussian import resample_gaussian
    from epiladder.inference.resample_general import resample_general
    from epiladder.study.resampling import share_of

    if plan.outcome.family == "gaussian":
        return resample_gaussian(plan, designed, fits, usable_rungs(fits), chunk, number)
    replicates = share_of(plan.inference.bootstrap or 0, chunk, number)
    approximation = read_json(results / "approximation.json")
    return resample_general(plan, designed, fits, usable_rungs(fits), approximation, replicates)


def bootstrap(*, results: Path, chunks: int = 0) -> None:
    """Intervals of variances, p-values of comparisons, and each rung's replicates, from outcomes drawn from the fits.

    chunks: how many there are of replicates; where there are none they are drawn here.
    """
    from epiladder.design.load import Designed
    from epiladder.families import FAMILIES
    from epiladder.inference.bootstrap import bootstrap_record, no_bootstrap
    from epiladder.inference.resample_table import refitted, replicates_table

    plan, designed = read_plan(results), Designed(results / "design")
    fits = _fits(results, designed)
    tables = [read_parquet(results / "bootstrap" / f"{chunk}.parquet") for chunk in range(1, chunks + 1)]
    if not tables and not no_bootstrap(plan):
        tables = [_resampled(results, plan, designed, fits, 1, 1)]
    gaussian = FAMILIES[plan.outcome.family].has_residual_variance
    write_parquet(results / "replicates.parquet", replicates_table(tables, gaussian))
    found = refitted(designed, tables, plan.outcome.family)
    write_json(results / "bootstrap.json", bootstrap_record(plan, designed, fits, found))


def _fits(results: Path, designed: Designed) -> dict[str, Any]:
    return {rung: read_json(results / "fits" / f"{rung}.json") for rung in designed.rungs}

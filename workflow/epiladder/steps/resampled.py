"""The parametric bootstrap of a study: replicates, scattered where each costs a fit, and what they say."""

from __future__ import annotations

from pathlib import Path

from epiladder.files import read_json, read_parquet, write_json, write_parquet
from epiladder.steps.resolved import read_plan


def resample(*, results: Path, chunk: int) -> None:
    """Draw and refit one chunk of the replicates of an outcome that is not Gaussian."""
    from epiladder.design.load import Designed
    from epiladder.inference.bootstrap import usable_rungs
    from epiladder.inference.resample_general import resample_general
    from epiladder.study.resampling import replicates_of

    resolved, designed = read_plan(results), Designed(results / "design")
    fits = {rung: read_json(results / "fits" / f"{rung}.json") for rung in designed.rungs}
    replicates = replicates_of(resolved, chunk)
    approximation = read_json(results / "approximation.json")
    table = resample_general(resolved, designed, fits, usable_rungs(fits), approximation, replicates)
    write_parquet(results / "bootstrap" / f"{chunk}.parquet", table)


def bootstrap(*, results: Path) -> None:
    """Intervals of variances and p-values of comparisons, from outcomes drawn from the study's own fits."""
    from epiladder.design.load import Designed
    from epiladder.inference.bootstrap import bootstrap_record, no_bootstrap, usable_rungs
    from epiladder.inference.resample_gaussian import resample_gaussian
    from epiladder.inference.resample_general import refitted
    from epiladder.study.resampling import chunks

    resolved, designed = read_plan(results), Designed(results / "design")
    fits = {rung: read_json(results / "fits" / f"{rung}.json") for rung in designed.rungs}
    if no_bootstrap(resolved):
        found = []
    elif resolved.outcome.family == "gaussian":
        found = resample_gaussian(resolved, designed, fits, usable_rungs(fits))
    else:
        tables = [read_parquet(results / "bootstrap" / f"{chunk}.parquet") for chunk in chunks(resolved)]
        found = refitted(designed, tables, resolved.outcome.family == "negative_binomial")
    write_json(results / "bootstrap.json", bootstrap_record(resolved, designed, fits, found))

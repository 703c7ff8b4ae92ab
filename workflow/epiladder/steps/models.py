"""From rows to a ladder of fitted models."""

from __future__ import annotations

from pathlib import Path

from epiladder.files import read_json, write_json, write_parquet
from epiladder.steps.designed import write_design
from epiladder.steps.resolved import read_plan


def design(*, results: Path) -> None:
    """Expand the ladder's terms once and multiply: matrices and cross-products for every rung."""
    from epiladder.study.data import read_rows

    resolved = read_plan(results)
    write_design(results / "design", resolved, read_rows(results / "data" / "rows.parquet", resolved))


def approximate(*, results: Path) -> None:
    """Choose how the likelihood is computed, once for the study, such that its largest rung can have it."""
    from epiladder.design.load import Designed
    from epiladder.inference.estimate import choose_approximation

    chosen = choose_approximation(read_plan(results), Designed(results / "design"))
    write_json(results / "approximation.json", chosen)


def fit(*, results: Path, rung: str) -> None:
    """Estimate one rung; one that cannot be fitted is a result that says why."""
    from epiladder.design.load import Designed
    from epiladder.inference.estimate import estimate

    approximation = read_json(results / "approximation.json")
    record, table = estimate(read_plan(results), Designed(results / "design"), rung, approximation)
    write_json(results / "fits" / f"{rung}.json", record)
    write_parquet(results / "fits" / f"{rung}.modes.parquet", table)

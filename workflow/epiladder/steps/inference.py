"""From fits to what may be said, and what standard practice would say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from epiladder.files import read_json, read_parquet, write_json, write_parquet
from epiladder.steps.resolved import read_plan

if TYPE_CHECKING:
    from epiladder.design.load import Designed
    from epiladder.inference.compare import Comparison
    from epiladder.study.config import Plan


def infer(*, results: Path) -> None:
    """Screen, comparisons, decisions and pooling, from the fits and the cross-products."""
    from epiladder.design.load import Designed
    from epiladder.inference.compare import with_bootstrap
    from epiladder.inference.correlations import null_correlations
    from epiladder.inference.decisions import decisions
    from epiladder.inference.levels_of import level_of_column
    from epiladder.inference.pooling import pooling_table
    from epiladder.inference.screen import screen
    from epiladder.inference.variance_tests import variance_tests

    resolved, designed = read_plan(results), Designed(results / "design")
    cross, rungs = designed.cross, designed.rungs
    fits = {rung: read_json(results / "fits" / f"{rung}.json") for rung in rungs}
    bootstrap = read_json(results / "bootstrap.json")
    compared = with_bootstrap(_compared(results, resolved, designed, fits), bootstrap)
    exposure = designed.stored["outcome"]["mean_log_exposure"]
    large_sample = null_correlations(resolved, designed, fits["null"])
    screened = screen(resolved, cross, fits["null"], exposure, designed.units(), bootstrap, large_sample)
    approximation = read_json(results / "approximation.json")
    lives = {name: level_of_column(cross, name) for name in cross.basis.names}
    decided = decisions(resolved, screened, compared, fits, rungs, approximation, lives)
    shown = dict.fromkeys(["null", decided[-1]["outcome"]])
    modes = {rung: read_parquet(results / "fits" / f"{rung}.modes.parquet") for rung in shown}
    write_json(results / "screen.json", screened)
    write_json(results / "comparisons.json", [row.as_json() for row in compared])
    write_json(results / "variance_tests.json", variance_tests(resolved, designed, compared))
    write_json(results / "decisions.json", decided)
    write_parquet(results / "pooling.parquet", pooling_table(fits, modes))


def _compared(results: Path, resolved: Plan, designed: Designed, fits: dict[str, Any]) -> list[Comparison]:
    from epiladder.inference.compare import Rung, compare
    from epiladder.ladder.plan import pairs

    seen = {rung: Rung.of(designed.spec(rung), designed.model(rung), fits[rung]) for rung in designed.rungs}
    sizes = [designed.cross.cluster_sizes(level) for level in designed.cross.levels]
    climbed = [(seen[low], seen[high]) for low, high in pairs(tuple(designed.rungs))]
    if resolved.data.imputation is None:
        return [row for pair in climbed for row in compare(*pair, sizes)]
    from epiladder.inference.pooled_comparison import compare_pooled
    from epiladder.inference.sets import Sets

    sets = Sets.read(results, resolved)
    return [row for pair in climbed for row in compare_pooled(*pair, sizes, sets)]


def standard_practice(*, results: Path) -> None:
    """Ordinary, cluster-robust, GEE and fixed-effects regression beside the mixed models."""
    from epiladder.design.load import Designed
    from epiladder.inference.standard_practice import compare_practice

    resolved, designed = read_plan(results), Designed(results / "design")
    fits = {rung: read_json(results / "fits" / f"{rung}.json") for rung in designed.rungs}
    reference = "standard errors are compared with those of the mixed model that has the same fixed part"
    if resolved.data.imputation is None:
        rows = compare_practice(designed, resolved, fits)
    else:
        from epiladder.inference.pooled_practice import pooled_practice
        from epiladder.inference.sets import Sets

        rows = pooled_practice(Sets.read(results, resolved), fits)
    write_json(results / "standard_practice.json", {"study": resolved.id, "reference": reference, "rows": rows})

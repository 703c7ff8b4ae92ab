"""Epidemiology's own measures, and effects across levels, from the fits."""

from __future__ import annotations

from pathlib import Path

from epiladder.files import read_json, read_parquet, write_json, write_parquet
from epiladder.steps.resolved import read_plan


def measure(*, results: Path) -> None:
    """Correlations, ratios, shares explained, risks and reliabilities with their intervals; effects across levels."""
    from epiladder.design.load import Designed
    from epiladder.inference.cross_effects import cross_effects
    from epiladder.inference.fitted import Fitted
    from epiladder.inference.measures import measures
    from epiladder.inference.reliability import reliability_table, summary
    from epiladder.inference.replicates import draws_of
    from epiladder.inference.slope_ranges import opposite_shares

    resolved, designed = read_plan(results), Designed(results / "design")
    fits = {rung: read_json(results / "fits" / f"{rung}.json") for rung in designed.rungs}
    retained = next(row["outcome"] for row in read_json(results / "decisions.json") if row["rule"] == "retained_rung")
    sets = [(designed, fits)]
    if resolved.data.imputation is not None:
        from epiladder.inference.sets import Sets

        imputed = Sets.read(results, resolved)
        sets = list(zip(imputed.designs, imputed.fits, strict=True))
    shown = [rung for rung in dict.fromkeys(("null", retained)) if fits[rung]["status"] == "fitted"]
    reliability = reliability_table({rung: read_parquet(results / "fits" / f"{rung}.modes.parquet") for rung in shown})
    bootstrap, profile = (read_json(results / f"{name}.json") for name in ("bootstrap", "profile"))
    draws = draws_of(designed, read_parquet(results / "replicates.parquet"), resolved.outcome.family)
    made = measures(resolved, sets, retained, bootstrap, draws, profile)
    write_json(results / "measures.json", {**made, "reliability": summary(reliability)})
    write_parquet(results / "reliability.parquet", reliability)
    ladders = [
        [Fitted.of(resolved, one, records[rung], draws.get(rung)) for rung in designed.rungs] for one, records in sets
    ]
    opposite = opposite_shares([[one for one in ladder if one is not None] for ladder in ladders])
    write_json(results / "cross_level.json", cross_effects(resolved, designed, fits, opposite))

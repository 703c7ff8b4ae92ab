"""What single clusters do to the answers of a study."""

from __future__ import annotations

from pathlib import Path

from epiladder.files import read_json, write_json, write_parquet
from epiladder.steps.first_design import first_design, fit_on_first
from epiladder.steps.resolved import read_plan


def influence(*, results: Path) -> None:
    """Leave out each cluster in turn: which moves which answer, and which conclusion turns on one."""
    from epiladder.design.load import Designed
    from epiladder.inference.influence import Study, influence_table
    from epiladder.inference.influence import influence as leave_out_each

    resolved, folder = read_plan(results), first_design(results)
    designed = Designed(folder)
    fits = {rung: read_json(fit_on_first(results, rung)) for rung in designed.rungs}
    study = Study(resolved, designed, fits, read_json(results / "approximation.json"))
    retained = read_json(results / "decisions.json")[-1]["outcome"]
    compared = read_json(results / "comparisons.json")
    record, blocks = leave_out_each(study, retained, compared)
    write_json(results / "influence.json", {**record, "data_set": None if folder.parent == results else 1})
    write_parquet(results / "influence.parquet", influence_table(blocks))

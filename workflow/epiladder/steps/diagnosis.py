"""Whether the models suit the data, and what pooling gains out of sample."""

from __future__ import annotations

from pathlib import Path

from epiladder.files import read_json, write_json
from epiladder.steps.first_design import first_design, fit_on_first
from epiladder.steps.resolved import read_plan


def diagnose(*, results: Path) -> None:
    """Look at residuals and modes of the rung that is read; predict held-out rows by the three poolings."""
    from epiladder.design.load import Designed
    from epiladder.inference.cross_validation import cross_validated
    from epiladder.inference.diagnostics import diagnosed

    resolved, folder = read_plan(results), first_design(results)
    designed = Designed(folder)
    fits = {rung: read_json(fit_on_first(results, rung)) for rung in designed.rungs}
    approximation = read_json(results / "approximation.json")
    data_set = {"data_set": None if folder.parent == results else 1}
    retained = read_json(results / "decisions.json")[-1]["outcome"]
    write_json(results / "diagnostics.json", {**diagnosed(resolved, designed, retained, fits[retained]), **data_set})
    write_json(results / "pooling_cv.json", {**cross_validated(resolved, designed, fits, approximation), **data_set})

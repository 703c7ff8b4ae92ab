"""The design of completed rows on disk: of a study, and of each of its imputed data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from epiladder.study.config import Plan


def write_design(folder: Path, resolved: Plan, rows: pd.DataFrame) -> None:
    """The design of completed rows: matrices and cross-products for every rung."""
    from epiladder.design.build import build_design
    from epiladder.design.store import write_design as write
    from epiladder.ladder.plan import ladder, sentence

    rungs = [{**spec.as_json(), "sentence": sentence(spec.rung)} for spec in ladder(resolved)]
    write(folder, resolved, rows, build_design(resolved, rows), rungs)

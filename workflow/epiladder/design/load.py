"""A design read back: its specs as models, its cross-products, and its columns where a likelihood needs the rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from epiladder.columns import to_numpy
from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model, model_of
from epiladder.design.outcome import OFFSET, TRIALS, WEIGHT
from epiladder.design.spec import INTERCEPT, Spec
from epiladder.design.store import read_crossproducts
from epiladder.files import parquet_columns, read_json, read_parquet


@dataclass(frozen=True)
class Designed:
    """A design folder. Everything is read when it is first asked for."""

    folder: Path

    @cached_property
    def stored(self) -> dict[str, Any]:
        """design.json."""
        return read_json(self.folder / "design.json")

    @cached_property
    def cross(self) -> Crossproducts:
        """The cross-products by innermost cluster."""
        return read_crossproducts(self.folder)

    @property
    def rungs(self) -> list[str]:
        """The rungs in the ladder's order."""
        return [item["id"] for item in self.stored["rungs"]]

    def spec(self, rung: str) -> Spec:
        """A rung's spec."""
        return Spec.from_json(next(item for item in self.stored["rungs"] if item["id"] == rung))

    def model(self, rung: str) -> Model:
        """A rung's model."""
        return model_of(self.spec(rung), {term: tuple(names) for term, names in self.stored["terms"].items()})

    def units(self) -> np.ndarray:
        """Units in each innermost cluster, (J,): rows as often as their weight says, or the trials that they count."""
        path = self.folder / "columns.parquet"
        names = [name for name in (TRIALS, WEIGHT) if name in parquet_columns(path)]
        if TRIALS not in names:
            return self.cross.sizes
        table = read_parquet(path, names)
        trials = np.prod([to_numpy(table.column(name)) for name in names], axis=0)
        first_rows = np.cumsum(self.cross.table_rows) - self.cross.table_rows
        return np.add.reduceat(trials, first_rows)

    def columns(self, rung: str) -> dict[str, np.ndarray]:
        """The columns of a rung, (N,) each, and of its outcome: y, and trials, offset and weight if it has them."""
        model = self.model(rung)
        path = self.folder / "columns.parquet"
        wanted = dict.fromkeys([*model.fixed, *(name for part in model.random for name in part.names), model.outcome])
        extra = [name for name in (TRIALS, OFFSET, WEIGHT) if name in parquet_columns(path)]
        table = read_parquet(path, [*(name for name in wanted if name != INTERCEPT), *extra])
        read = {name: to_numpy(table.column(name)) for name in table.column_names}
        return {INTERCEPT: np.ones(table.num_rows), **read}

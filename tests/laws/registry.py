"""A clean registry of patients in wards in hospitals, and faults of structure to be planted in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from epiladder.study.data import NestedData, validate
from epiladder.study.plan import Plan

BASE: dict[str, Any] = {
    "id": "registry",
    "data": {"path": "table.csv"},
    "unit": "patient",
    "levels": ["hospital", "ward"],
    "outcome": {"variable": "score"},
    "variables": {
        "score": {"type": "number"},
        "age": {"type": "number", "min": 0, "max": 120},
        "exposed": {"type": "category", "categories": ["no", "yes"]},
        "size": {"type": "category", "categories": ["small", "large"], "level": "hospital"},
        "code": {"type": "text", "pattern": "p[0-9]{5}", "unique": True},
        "came": {"type": "date"},
        "left": {"type": "date", "after": "came"},
        "died": {"type": "boolean"},
        "cause": {"type": "text", "required_if": {"died": "true"}},
    },
    "ladder": {"covariates": ["age", "exposed", "size"], "cross_level": [["exposed", "size"]]},
}
Fault = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def clean(seed: int, n_hospitals: int = 24) -> pd.DataFrame:
    """A registry without a fault, as text."""
    rng = np.random.default_rng(seed)
    wards = np.repeat(np.arange(3 * n_hospitals), rng.integers(5, 9, 3 * n_hospitals))
    n, hospitals = len(wards), wards // 3
    effects = rng.normal(size=3 * n_hospitals)
    came = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), "D")
    died = rng.random(n) < 0.2
    table = pd.DataFrame(
        {
            "hospital": [f"H{i}" for i in hospitals],
            "ward": [f"W{i}" for i in wards],
            "score": np.round(effects[wards] + rng.normal(size=n), 6),
            "age": np.round(rng.uniform(0, 100, n), 3),
            "exposed": rng.choice(["no", "yes"], n),
            "size": np.where(hospitals % 2 == 0, "small", "large"),
            "code": [f"p{i:05d}" for i in range(n)],
            "came": came.strftime("%Y-%m-%d"),
            "left": (came + pd.to_timedelta(rng.integers(0, 30, n), "D")).strftime("%Y-%m-%d"),
            "died": np.where(died, "true", "false"),
            "cause": np.where(died, "heart", ""),
        }
    )
    return table.astype(str).sample(frac=1, random_state=seed % 2**32).reset_index(drop=True)


def _one(table: pd.DataFrame, rng: np.random.Generator, where: np.ndarray | None = None) -> int:
    return int(rng.choice(np.flatnonzero(np.ones(len(table), dtype=bool) if where is None else where)))


def _cell(column: str, value: str, where: str | None = None) -> Fault:
    def plant(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        usable = None if where is None else (table["died"] == where).to_numpy()
        table.loc[_one(table, rng, usable), column] = value
        return table

    return plant


def _moved(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    row = _one(table, rng)
    others = table[table["size"] == table.loc[row, "size"]]["hospital"].unique()
    table.loc[row, "hospital"] = next((name for name in others if name != table.loc[row, "hospital"]), "H99")
    return table


def _varying(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    row = _one(table, rng)
    table.loc[row, "size"] = "large" if table.loc[row, "size"] == "small" else "small"
    return table


def _copied(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    copies = table.iloc[rng.choice(len(table), 2, replace=False)]
    return pd.concat([table, copies], ignore_index=True)


def _early(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    table.loc[_one(table, rng), "left"] = "2023-12-31"
    return table


def _hole(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return table[(table["size"] != "small") | (table["exposed"] != "yes")].reset_index(drop=True)


def _flat(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    ward = table.loc[_one(table, rng), "ward"]
    table.loc[table["ward"] == ward, "score"] = "0.5"
    return table


def _informative(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The larger a ward, the higher its scores."""
    sizes = table["ward"].map(table["ward"].value_counts())
    table["score"] = np.round(table["score"].astype(float) + 3 * (sizes - sizes.mean()), 6).astype(str)
    return table


def _missing(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The higher a ward's mean score, the more ages are missing."""
    means = table["score"].astype(float).groupby(table["ward"]).transform("mean")
    table.loc[rng.random(len(table)) < means.rank(pct=True), "age"] = ""
    return table


def _few(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return table[table["hospital"].isin([f"H{i}" for i in range(6)])].reset_index(drop=True)


FAULTS: dict[str, tuple[str, Fault]] = {
    "a ward of two hospitals": ("nesting", _moved),
    "a hospital's size that varies": ("constant_in_cluster", _varying),
    "a ward without a hospital": ("orphans", _cell("hospital", "")),
    "copies of rows": ("duplicate_rows", _copied),
    "a code that does not fit": ("pattern", _cell("code", "q1")),
    "a day before another": ("order", _early),
    "a death without a cause": ("required_if", _cell("cause", "", "true")),
    "an age beyond its range": ("range", _cell("age", "121")),
    "a word in a number": ("type", _cell("age", "old")),
    "a category that is none": ("categories", _cell("exposed", "maybe")),
    "nobody exposed in small hospitals": ("empty_cells", _hole),
    "a ward of one score": ("constant_in_clusters", _flat),
    "sizes that go with the outcome": ("informative_size", _informative),
    "gaps that go with the outcome": ("missing_with_outcome", _missing),
    "few hospitals": ("few_clusters", _few),
}


def examine(table: pd.DataFrame, folder: Path, **changes: Any) -> NestedData:
    """Write the table as CSV and validate it; `changes` replace keys of the plan."""
    table.to_csv(folder / "table.csv", index=False)
    return validate(Plan.model_validate({**BASE, **changes}), folder)

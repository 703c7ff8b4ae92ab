"""Random clean tables of nurses in wards in hospitals, for the laws of validation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from epiladder.study.data import NestedData, validate
from epiladder.study.plan import Plan
from hypothesis import strategies as st

BASE: dict[str, Any] = {
    "id": "laws",
    "data": {"path": "table.csv"},
    "unit": {"name": "nurse", "id": "nurse_id"},
    "levels": ["hospital", {"name": "ward", "id": "ward_no", "unique_within": "hospital"}],
    "outcome": {"variable": "stress"},
    "variables": {
        "stress": {"type": "number", "min": -100, "max": 100},
        "age": {"type": "integer", "min": 18, "max": 80},
        "gender": {"type": "category", "categories": ["male", "female"]},
        "night": {"type": "boolean"},
        "beds": {"type": "number", "level": "ward"},
        "size": {"type": "category", "categories": ["1", "2", "3"], "level": "hospital"},
    },
    "ladder": {"covariates": ["age", "gender", "night", "beds", "size"]},
}


def plan(**changes: Any) -> Plan:
    """The plan of the laws; `changes` replace keys at its top."""
    return Plan.model_validate({**BASE, **changes})


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """A clean table, as text: at least two hospitals, two wards in one, and two nurses in each ward."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = []
    for hospital in range(draw(st.integers(2, 5))):
        for ward in range(draw(st.integers(2, 3))):
            beds = f"{rng.normal(20, 5):.3f}"
            for _ in range(draw(st.integers(2, 6))):
                rows.append(_row(rng, len(rows), hospital, ward, beds))
    return pd.DataFrame(rows, dtype=str)


def _row(rng: np.random.Generator, number: int, hospital: int, ward: int, beds: str) -> dict[str, str]:
    return {
        "nurse_id": f"{number:04d}",
        "hospital": str(hospital * 7),
        "ward_no": f"0{ward}",
        "stress": f"{rng.normal(0, 10):.4f}",
        "age": str(rng.integers(18, 81)),
        "gender": str(rng.choice(["male", "female"])),
        "night": str(rng.choice(["true", "FALSE", "1", "0"])),
        "beds": beds,
        "size": str(hospital % 3 + 1),
    }


def examine(table: pd.DataFrame, folder: Path, **changes: Any) -> NestedData:
    """Write the table as CSV and validate it."""
    table.to_csv(folder / "table.csv", index=False)
    return validate(plan(**changes), folder)


def found(nested: NestedData) -> set[tuple[str, str | None]]:
    """Checks and columns of the findings that stop or reject."""
    return {(one.check, one.column) for one in nested.findings if one.severity in ("stop", "reject")}

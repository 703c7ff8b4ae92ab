"""Validation of nested data, timed beside plain pandera with the same checks of cells, in one run.

Twenty columns in three levels, as text and as Parquet. What epiladder does beside reading and the checks of cells:
nesting, constancy, duplicates, missingness, the accounting, the rows in their order. `--long` shows how both grow.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PATIENTS, WARDS = 25, 8  # of a ward, and wards of a hospital
NUMBERS = tuple(f"x{i}" for i in range(1, 9))
STUDY = f"""\
id: bench
data: {{path: %s}}
unit: {{name: patient, id: patient}}
levels: [hospital, ward]
outcome: {{variable: y}}
variables:
  y: {{type: number}}
{"".join(f"  {name}: {{type: number, min: -9, max: 9}}" + chr(10) for name in NUMBERS)}\
  age: {{type: integer, min: 0, max: 120}}
  sex: {{type: category, categories: [male, female]}}
  stage: {{type: category, categories: [one, two, three, four]}}
  smoker: {{type: boolean}}
  w1: {{type: number, level: ward}}
  w2: {{type: category, categories: [medical, surgical], level: ward}}
  h1: {{type: number, level: hospital}}
  h2: {{type: category, categories: [small, large], level: hospital}}
ladder:
  covariates: [{", ".join(NUMBERS)}, age, sex, stage, smoker, w1, w2, h1, h2]
"""


def draw(n_rows: int, seed: int = 20) -> dict[str, np.ndarray]:
    """Twenty columns: three identifiers, the outcome, ten numbers, categories, variables of wards and hospitals."""
    rng = np.random.default_rng(seed)
    ward = np.arange(n_rows) // PATIENTS
    hospital = ward // WARDS
    n_wards, n_hospitals = int(ward[-1]) + 1, int(hospital[-1]) + 1
    made = {"patient": np.arange(n_rows), "ward": ward, "hospital": hospital, "y": rng.normal(size=n_rows).round(4)}
    made |= {name: rng.normal(size=n_rows).round(4) for name in NUMBERS}
    made["age"] = rng.integers(18, 95, n_rows)
    made["sex"] = np.array(["male", "female"])[rng.integers(0, 2, n_rows)]
    made["stage"] = np.array(["one", "two", "three", "four"])[rng.integers(0, 4, n_rows)]
    made["smoker"] = np.array(["false", "true"])[rng.integers(0, 2, n_rows)]
    made["w1"] = rng.normal(size=n_wards).round(4)[ward]
    made["w2"] = np.array(["medical", "surgical"])[rng.integers(0, 2, n_wards)][ward]
    made["h1"] = rng.normal(size=n_hospitals).round(4)[hospital]
    made["h2"] = np.array(["small", "large"])[rng.integers(0, 2, n_hospitals)][hospital]
    return made


def write(folder: Path, n_rows: int) -> None:
    """The table as text and as Parquet."""
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    table = pa.table(draw(n_rows))
    pacsv.write_csv(table, folder / "table.csv")
    pq.write_table(table, folder / "table.parquet")


def ours(path: Path) -> None:
    """All that `epiladder validate` does to the rows."""
    from epiladder.study.config import load_plan
    from epiladder.study.data import validate

    study = path.parent / "study.yaml"
    study.write_text(STUDY % path.name, encoding="utf-8")
    nested = validate(load_plan(study), path.parent)
    assert nested.accounting["rows_used"] == nested.accounting["rows_read"]
    assert not [one for one in nested.findings if one.severity == "stop"]


def theirs(path: Path) -> None:
    """pandas and pandera, the same checks of cells and no others: types, ranges, categories, unique identifiers."""
    import logging

    import pandas as pd

    logging.getLogger("pandera").setLevel(logging.ERROR)
    import pandera.pandas as pa

    words = dict.fromkeys(("sex", "stage", "w2", "h2"), "category")
    frame = pd.read_csv(path, dtype=words) if path.suffix == ".csv" else pd.read_parquet(path).astype(words)
    frame["smoker"] = frame["smoker"].astype(str).str.lower().map({"true": True, "false": False})
    categories = {"sex": ["male", "female"], "stage": ["one", "two", "three", "four"],
                  "w2": ["medical", "surgical"], "h2": ["small", "large"]}  # fmt: skip
    schema = pa.DataFrameSchema(
        {
            **{name: pa.Column(int) for name in ("ward", "hospital")},
            "patient": pa.Column(int, unique=True),
            **{name: pa.Column(float) for name in ("y", "w1", "h1")},
            **{name: pa.Column(float, pa.Check.in_range(-9, 9)) for name in NUMBERS},
            "age": pa.Column(int, pa.Check.in_range(0, 120)),
            "smoker": pa.Column(bool),
            **{name: pa.Column("category", pa.Check.isin(words)) for name, words in categories.items()},
        }
    )
    schema.validate(frame, lazy=True)


def one(who: str, path: Path) -> dict[str, float]:
    """Processor and wall seconds of one validation, imports not counted, and the largest memory in GB."""
    work = {"ours": ours, "theirs": theirs}[who]
    with tempfile.TemporaryDirectory() as name:  # libraries are imported on a small table first
        write(Path(name), 10_000)
        work(Path(name) / path.name)
    gc.collect()
    started, used = time.perf_counter(), time.process_time()
    work(path)
    return {
        "seconds": time.perf_counter() - started,
        "processor": time.process_time() - used,
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
    }


def measure(n_rows: int, formats: tuple[str, ...]) -> dict[str, dict[str, dict[str, float]]]:
    """By format, epiladder and pandera, each in a process of its own."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), n_rows)
        for form in formats:
            found[form] = {}
            for who in ("ours", "theirs"):
                command = [sys.executable, "-m", "bench.validation", who, str(Path(name) / f"table.{form}")]
                answer = subprocess.run(command, capture_output=True, text=True, check=True)
                found[form][who] = json.loads(answer.stdout.splitlines()[-1])
    return found


def table(long: bool) -> None:
    """A line for each size and format: seconds of both, and the ratio."""
    print("Validation of 20 columns in three levels (processor seconds; pandera: the checks of cells alone)")
    print(f"  {'rows':>12}  {'format':8}{'epiladder':>11}{'pandera':>10}{'ratio':>8}{'memory':>10}")
    for n_rows in (100_000, 1_000_000, *((10_000_000,) if long else ())):
        for form, both in measure(n_rows, ("csv", "parquet") if n_rows < 10_000_000 else ("parquet",)).items():
            mine, peer = both["ours"]["processor"], both["theirs"]["processor"]
            memory = both["ours"]["gigabytes"]
            print(
                f"  {n_rows:>12,}  {form:8}{mine:>11.2f}{peer:>10.2f}{mine / peer:>8.2f}{memory:>7.1f} GB", flush=True
            )


if __name__ == "__main__":
    print(json.dumps(one(sys.argv[1], Path(sys.argv[2]))))

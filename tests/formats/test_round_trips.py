"""A table that all formats can hold gives the same rows.parquet from each, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from epiladder import steps
from epiladder.files import read_json
from tables import FILES, Labels, as_database, as_text

IRIS = Path(__file__).with_name("iris.sas7bdat")
IRIS_STUDY = """
id: iris
data: {data}
unit: flower
levels: [Species]
outcome: {{variable: Sepal_Length}}
variables:
  Sepal_Length: {{type: number, min: 0}}
  Petal_Width: {{type: number, min: 0}}
ladder: {{covariates: [Petal_Width]}}
checks: {{few_clusters: ignore, duplicate_rows: ignore}}
"""
LABELS: Labels = {"sex": {0: "homme", 1: "fille d'été"}}
VISITS_STUDY = """
id: visits
data: {data}
unit: visit
levels: [ward]
outcome: {{variable: score}}
variables:
  score: {{type: number}}
  age: {{type: integer, min: 0, max: 120}}
  sex: {{type: category, categories: [homme, "fille d'été"]}}
  day: {{type: date}}
  note: {{type: category, categories: [NA, None, N]}}
ladder: {{covariates: [age, sex, note]}}
"""


def visits() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    n = 90
    table = pd.DataFrame({"ward": [f"w{i // 9}" for i in range(n)], "score": np.round(rng.normal(size=n), 3)})
    table["age"] = rng.integers(0, 99, n).astype(float)
    table["sex"] = rng.integers(0, 2, n).astype(float)
    table["day"] = pd.to_datetime("2024-02-28") + pd.to_timedelta(rng.integers(0, 700, n), "D")
    table["note"] = rng.choice(["NA", "None", "N"], n)
    table.loc[3, "age"] = np.nan
    table.loc[[5, 50], "sex"] = np.nan
    table.loc[0, "score"] = 1 / 3
    return table


def made(folder: Path, study: str, data: dict[str, Any]) -> bytes:
    folder.mkdir(exist_ok=True)
    path = folder / "study.yaml"
    path.write_text(study.format(data=str(data).replace("'", '"')), encoding="utf-8")
    results = folder / "results"
    steps.validate(study=path, results=results)
    assert read_json(results / "validation.json")["findings"] == []
    return (results / "data" / "rows.parquet").read_bytes()


@pytest.fixture(scope="module")
def iris() -> pd.DataFrame:
    table, _ = pyreadstat.read_sas7bdat(str(IRIS))
    assert table.shape == (150, 5)
    return table


@pytest.mark.parametrize("form", FILES)
def test_every_format_holds_the_irises_of_sas(form: str, iris: pd.DataFrame, tmp_path: Path) -> None:
    name, write, says = FILES[form]
    (tmp_path / "sas").mkdir()
    (tmp_path / "sas" / "iris.sas7bdat").write_bytes(IRIS.read_bytes())
    known = made(tmp_path / "sas", IRIS_STUDY, {"path": "iris.sas7bdat"})
    write(iris, tmp_path / name, {})
    assert made(tmp_path, IRIS_STUDY, {"path": name, **says}) == known


@pytest.mark.parametrize("form", [*FILES, "sqlite"])
def test_labels_dates_gaps_and_words_like_na(form: str, tmp_path: Path) -> None:
    table = visits()
    (tmp_path / "known.csv").write_text(as_text(table, labels=LABELS), encoding="utf-8")
    known = made(tmp_path, VISITS_STUDY, {"path": "known.csv"})
    if form == "sqlite":
        as_database(table, tmp_path / "a.db", LABELS)
        says = {"database": "sqlite:///a.db", "query": "SELECT * FROM measured"}
        assert made(tmp_path, VISITS_STUDY, says) == known
        return
    name, write, says = FILES[form]
    write(table, tmp_path / name, LABELS)
    assert made(tmp_path, VISITS_STUDY, {"path": name, **says}) == known


def test_a_pattern_is_the_list_of_what_it_matches(tmp_path: Path) -> None:
    table = visits()
    for month, part in enumerate((table[:30], table[30:60], table[60:]), start=1):
        (tmp_path / f"2024-{month}.csv").write_text(as_text(part, labels=LABELS), encoding="utf-8")
    listed = made(tmp_path, VISITS_STUDY, {"path": ["2024-1.csv", "2024-2.csv", "2024-3.csv"]})
    assert made(tmp_path, VISITS_STUDY, {"path": "2024-*.csv"}) == listed
    (tmp_path / "all.csv").write_text(as_text(table, labels=LABELS), encoding="utf-8")
    assert made(tmp_path, VISITS_STUDY, {"path": "all.csv"}) == listed

"""A drafted study file: it loads, the data pass by it, and what it guesses of a messy table is what a person would."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from epiladder.cli import run
from epiladder.study.config import load_plan

REPOSITORY = Path(__file__).resolve().parents[2]
TABLES = sorted((REPOSITORY / "config" / "studies").glob("*/*.csv"))


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_draft_of_a_bundled_table_passes_its_own_check(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(table, tmp_path / table.name)
    assert run(["draft", str(tmp_path / table.name)]) == 0
    assert "CONFIRM" in capsys.readouterr().out
    assert run(["check", str(tmp_path / "study.yaml")]) == 0
    text = (tmp_path / "study.yaml").read_text(encoding="utf-8")
    head, _, schema = text.splitlines()[0].partition("$schema=")
    assert head == "# yaml-language-server: "
    assert (tmp_path / schema).resolve() == REPOSITORY / "workflow" / "schemas" / "study.schema.json"


def test_levels_of_the_mortality_study_are_found(tmp_path: Path) -> None:
    table = next(path for path in TABLES if path.parent.name == "hospital-mortality")
    shutil.copy(table, tmp_path / table.name)
    run(["draft", str(tmp_path / table.name)])
    plan = load_plan(tmp_path / "study.yaml")
    known = load_plan(table.parent / "study.yaml")
    assert [level.name for level in plan.levels] == [level.name for level in known.levels]
    assert plan.outcome.variable == known.outcome.variable
    assert plan.outcome.family == "binomial"
    for name in ("staffing", "ward_type"):
        assert plan.variables[name].level == known.variables[name].level


def messy(n: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    hospital = np.arange(n) // 30
    table = pd.DataFrame({"Patient ID": [f"P{i:04d}" for i in range(n)], "hospital": [f"St. {i}" for i in hospital]})
    table["ward_no"] = np.arange(n) // 6 % 5 + 1
    table["beds"] = (200 + 17 * hospital).astype(str)
    table["came"] = [f"{rng.integers(1, 29):02d}/{rng.integers(1, 13):02d}/2023" for _ in range(n)]
    table["age"] = rng.integers(18, 90, n).astype(float)
    table.loc[rng.choice(n, 9, replace=False), "age"] = 999
    table["age"] = table["age"].astype(int)
    table["crp (mg/l)"] = [f"{value:.2f}".replace(".", ",") for value in rng.gamma(2, 3, n)]
    table.loc[4, "crp (mg/l)"] = "NA"
    table["smoker"] = rng.choice(["no", "yes"], n)
    table["score"] = [
        f"{value:.3f}".replace(".", ",") for value in rng.normal(size=n) + np.repeat(rng.normal(size=8), 30)
    ]
    return table


@pytest.fixture
def drafted(tmp_path: Path) -> Path:
    messy().to_csv(tmp_path / "extract.csv", sep=";", index=False)
    assert run(["draft", str(tmp_path / "extract.csv"), "--study", str(tmp_path / "mine.yaml")]) == 0
    return tmp_path / "mine.yaml"


def test_a_messy_table_is_understood(drafted: Path) -> None:
    plan = load_plan(drafted)
    assert [level.name for level in plan.levels] == ["hospital", "ward_no"]
    assert plan.levels[1].unique_within == "hospital"
    assert plan.unit.id == "Patient ID"
    assert plan.outcome.variable == "score"
    variables = plan.variables
    assert variables["beds"].level == "hospital"
    assert (variables["came"].type, variables["came"].format) == ("date", "DD/MM/YYYY")
    assert variables["age"].missing_codes == ("999",)
    assert variables["age"].max == 89
    assert variables["crp (mg/l)"].missing_codes == ("NA",)
    assert variables["smoker"].categories == ("no", "yes")
    assert "Patient ID" not in variables


def test_the_messy_draft_passes_its_own_check(drafted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(drafted)]) == 0
    said = capsys.readouterr().out
    assert "240 read, 230 used" in said
    assert "Level ward_no: 40 clusters" in said


def test_a_study_file_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messy().to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "study.yaml").write_text("mine", encoding="utf-8")
    assert run(["draft", str(tmp_path / "a.csv")]) == 5
    assert "is not overwritten" in capsys.readouterr().err
    assert (tmp_path / "study.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", None, "there is no such file"),
        ("a.xlsx", "PK", "is none of .csv"),
        ("a.csv", "", "is empty"),
        ("a.csv", "a,b\n", "a header but no rows"),
        ("a.csv", "a,a\n1,2\n", "`a` more than once"),
        ("a.csv", "a,b\nx,y\nx,y\n", "no column holds an outcome"),
    ],
)
def test_tables_of_which_nothing_can_be_made(
    name: str, content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert run(["draft", str(tmp_path / name)]) == 3
    assert said in capsys.readouterr().err
    assert not (tmp_path / "study.yaml").exists()


def levelless(folder: Path, **columns: np.ndarray) -> Path:
    """A table that no column of tells the clusters."""
    rng = np.random.default_rng(1)
    made = pd.DataFrame({"y": rng.normal(size=50), "x": rng.normal(size=50), **columns})
    made.to_csv(folder / "a.csv", index=False)
    return folder / "a.csv"


def test_a_table_without_clusters_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the terminal, in the study file and when it is checked: the level was left open."""
    assert run(["draft", str(levelless(tmp_path))]) == 0
    said = capsys.readouterr().out
    assert "No column looks like a cluster's id" in said and "No column's values repeat: add one that says" in said
    text = (tmp_path / "study.yaml").read_text(encoding="utf-8")
    assert "# No column looks like a cluster's id" in text
    assert "levels: [cluster]" in text and "CONFIRM: to be completed" in text
    assert run(["check", str(tmp_path / "study.yaml")]) == 3
    checked = capsys.readouterr().err
    assert "there is no column `cluster`" in checked
    assert "A drafted study says `cluster` where no column of the table looked like one: complete it." in checked


def test_columns_that_may_be_the_clusters_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    group = np.arange(50) % 7
    path = levelless(tmp_path, grp=group, size=np.random.default_rng(2).integers(1, 4, 50))
    assert run(["draft", str(path)]) == 0
    assert "Values repeat in `grp` and `size`: is one of them?" in capsys.readouterr().out
    text = (tmp_path / "study.yaml").read_text(encoding="utf-8")
    assert "`grp` and `size`" in text
    completed = text.replace("[cluster]", "[grp]").replace("[x, grp, size]", "[x, size]")
    (tmp_path / "study.yaml").write_text(completed, encoding="utf-8")
    assert run(["check", str(tmp_path / "study.yaml")]) == 0


def test_times_of_day_are_drafted_as_days_with_a_word(tmp_path: Path) -> None:
    made = messy()
    made["came"] = [f"2023-05-{1 + i % 28:02d} {i % 24:02d}:15" for i in range(len(made))]
    made["left"] = [f"{1 + i % 28:02d}.05.2023 {i % 24:02d}:15:30" for i in range(len(made))]
    made.to_csv(tmp_path / "a.csv", index=False)
    assert run(["draft", str(tmp_path / "a.csv")]) == 0
    assert run(["check", str(tmp_path / "study.yaml")]) == 0
    plan = load_plan(tmp_path / "study.yaml")
    assert (plan.variables["came"].type, plan.variables["came"].format) == ("date", "YYYY-MM-DD hh:mm")
    assert plan.variables["left"].format == "DD.MM.YYYY hh:mm:ss"
    assert "the time of day is left out" in (tmp_path / "study.yaml").read_text(encoding="utf-8")

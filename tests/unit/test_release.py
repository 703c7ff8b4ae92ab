"""Nothing of a person or a cluster leaves: small cells, names and extremes are planted, released bytes searched."""

from __future__ import annotations

import csv
import inspect
import json
import re
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from epiladder import steps
from epiladder.audit.digests import BASES
from epiladder.report.disclosure import Disclosure
from epiladder.report.numbers import show

OLDEST, YOUNGEST, BIGGEST = 103.73, 17.31, 41  # one person each, and one ward
OUTCOMES = {
    "gaussian": ("{variable: y, family: gaussian}", "y: {type: number}"),
    "binomial": ("{variable: y, family: binomial, event: 1}", "y: {type: integer}"),
    "poisson": ("{variable: y, family: poisson}", "y: {type: integer, min: 0}"),
}
STUDY = """\
id: planted
title: Planted
data: {{path: rows.csv}}
unit: {{name: patient, id: patient_no}}
levels: [hospital, ward]
outcome: {outcome}
variables:
  {variable}
  age: {{type: number, min: 0, max: 120, level: patient}}
  group: {{type: category, categories: [usual, new], level: patient}}
  blood: {{type: category, categories: [a, b, ab, o], level: patient}}
description: {{by: group}}
ladder: {{covariates: [age, group, blood], random_slopes: [{{of: age, over: hospital}}]}}
disclosure: {{minimum_count: 10, round_to: 5}}
checks: {{range: reject}}
"""
MANY = ("fit", "impute", "gather", "fit_imputed", "pool", "resample")


def planted(folder: Path, family: str) -> Path:
    """A study of 8 hospitals with 5 wards each; four persons of blood group ab, two of them in the new group."""
    rng = np.random.default_rng(5)
    lines, number = ["patient_no,hospital,ward,age,group,blood,y"], 0
    for hospital in range(8):
        level = rng.normal(scale=0.6)
        for ward in range(5):
            size = BIGGEST if (hospital, ward) == (3, 3) else int(rng.integers(6, 25))
            for _ in range(size):
                number += 1
                age = float(np.round(rng.uniform(30, 80), 1))
                age = {7: OLDEST, 19: YOUNGEST}.get(number, age)
                blood = "ab" if number in (40, 41, 80, 81) else "abo"[number % 3]
                predictor = level + 0.02 * (age - 55) - 0.3 * (number % 2)
                y = {
                    "gaussian": predictor + rng.normal(),
                    "binomial": float(rng.random() < 1 / (1 + np.exp(-predictor))),
                    "poisson": float(rng.poisson(np.exp(predictor))),
                }[family]
                y = f"{y:.4f}" if family == "gaussian" else f"{y:.0f}"
                group = ("usual", "new")[number % 2]
                names = f"PID-{number:05d},Sankt-Jakob{hospital},Station-Nord{hospital}{ward}"
                lines.append(f"{names},{age},{group},{blood},{y}")
    lines += [f"PID-9{at:04d},Sankt-Jakob1,Station-Nord11,{190 + at},new,a,1" for at in range(3)]  # rejected
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    outcome, variable = OUTCOMES[family]
    (folder / "study.yaml").write_text(STUDY.format(outcome=outcome, variable=variable), encoding="utf-8")
    return folder / "study.yaml"


def run_steps(study: Path, results: Path, reports: Path) -> None:
    """Every step of a complete-case study, in the order of the flow."""
    known = {"study": study, "results": results, "reports": reports, "out": reports}
    for rule in (rule for rule in BASES if rule not in (*MANY[1:], "pdf")):
        step = getattr(steps, rule)
        asked = inspect.signature(step).parameters
        given = {name: known[name] for name in asked if name in known}
        if "baseline" in asked:
            given["baseline"] = None
        if rule == "fit":
            design = json.loads((results / "design" / "design.json").read_text(encoding="utf-8"))
            for rung in design["rungs"]:
                step(**given, rung=rung["id"])
        else:
            step(**given)


@pytest.fixture(scope="module", params=OUTCOMES)
def released(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    run_steps(planted(folder, request.param), folder / "results" / "planted", folder / "reports" / "planted")
    return folder


def texts(folder: Path) -> dict[str, str]:
    """Every released file as text, tables that the page carries inside it as well."""
    from base64 import b64decode

    found = {}
    for path in sorted((folder / "reports").rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            inside = re.findall(r"base64,([A-Za-z0-9+/=]+)", text)
            found[path.name] = text + "".join(b64decode(one).decode("utf-8") for one in inside)
    assert {"report.html", "report.md", "RELEASE.json", "variables.csv", "table-1.csv"} <= found.keys()
    return found


def test_no_person_and_no_cluster_is_named(released: Path) -> None:
    for name, text in texts(released).items():
        found = re.search(r"PID-\d|Sankt-Jakob\d|Station-Nord\d", text)
        assert not found, (name, found)


def test_no_extreme_of_one_person_or_ward_is_printed(released: Path) -> None:
    for name, text in texts(released).items():
        if not name.endswith(".json"):
            assert not re.search(rf"(?<![\d.]){OLDEST}|(?<![\d.]){YOUNGEST}", text), name
    levels = texts(released)["levels.csv"]
    assert f",{BIGGEST}" not in levels


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(text.splitlines()))


def counts_of(label: str) -> int | None:
    found = re.match(r"'?(\d[\d,]*)(?= \(|$)", label)
    return int(found[1].replace(",", "")) if found else None


def test_no_count_of_persons_below_ten_is_printed(released: Path) -> None:
    found = texts(released)
    persons = [row for row in cells(found["table-1.csv"])[1:] if row[1] not in ("Hospitals", "Wards")]
    table_1 = [cell for row in persons for cell in row[2:]]
    variables = [row[2:4] for row in cells(found["variables.csv"])[1:]]
    accounting = [row[-1:] for row in cells(found["accounting.csv"])[1:]]
    seen = [counts_of(cell) for cell in [*table_1, *chain(*variables), *chain(*accounting)]]
    assert any(count for count in seen)
    assert not [count for count in seen if count is not None and 0 < count < 10]


def test_a_hidden_category_cannot_be_worked_out(released: Path) -> None:
    """Four of blood group ab are hidden, and with them another group, in both tables and in each of their lines."""
    rows = {row[1].strip(): row[2] for row in cells(texts(released)["variables.csv"])[1:]}
    hidden = [name for name in ("a", "b", "ab", "o") if not rows[name].isdigit()]
    assert "ab" in hidden and len(hidden) >= 2
    own = {row[1].strip(): row[2:] for row in cells(texts(released)["table-1.csv"])[1:]}
    for at in range(2):
        column = [own[name][at] for name in ("a", "b", "ab", "o")]
        assert sum(counts_of(cell) is None for cell in column) >= 2, column
    for name in ("a", "b", "ab", "o"):  # a row with its total, which the other table prints
        assert sum(counts_of(cell) is None for cell in [*own[name], rows[name]]) != 1, (own[name], rows[name])


def test_every_file_is_labelled_and_what_was_hidden_is_logged(released: Path) -> None:
    record = json.loads(texts(released)["RELEASE.json"])
    folder = released / "reports" / "planted"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {row["path"] for row in record["files"]} | {"RELEASE.json"}
    assert {row["label"] for row in record["files"]} == {"releasable"}
    why = {(row["what"], row["why"]) for row in record["hidden"]}
    assert ("counts", "below 10") in why
    assert any(what == "clusters" for what, _ in why) and any("sum would give away" in reason for _, reason in why)
    assert not re.search(r"PID-|Sankt|Station", json.dumps(record))
    manifest = json.loads((released / "results" / "planted" / "manifest.json").read_text(encoding="utf-8"))
    assert {row["label"] for row in manifest["outputs"]} == {"releasable", "restricted"}


def test_no_table_has_a_row_for_each_person_or_cluster(released: Path) -> None:
    for path in (released / "reports").rglob("*.csv"):
        assert not path.name.startswith(("caterpillar", "shrinkage", "slopes"))
        assert len(path.read_text(encoding="utf-8").splitlines()) < 100, path.name


RULE = Disclosure(public=False, minimum_count=10, round_to=1)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([4, 30, 50], ["<10", "hidden", "50"]),
        ([4, 3, 50], ["<10", "<10", "hidden"]),  # seven of them are still few
        ([6, 5, 50], ["<10", "<10", "50"]),
        ([0, 30, 50], ["0", "30", "50"]),
        ([4, 0, 50], ["<10", "0", "hidden"]),
        ([4], ["<10"]),
    ],
)
def test_secondary_suppression_of_a_line(values: list[int], shown: list[str]) -> None:
    assert [show(cell) for cell in RULE.counts(values)] == shown


def test_secondary_suppression_holds_both_ways() -> None:
    values = [[4, 30, 20], [40, 50, 60], [70, 80, 90]]
    flags = RULE.hidden(values)
    for line in [*flags, *zip(*flags, strict=True)]:
        assert sum(line) != 1
    assert not flags[2][2]


def test_pseudonyms_are_stable_and_need_the_key() -> None:
    one = Disclosure(False, 10, 5, key="a")
    assert one.cluster("ward", "North") == Disclosure(False, 10, 5, key="a").cluster("ward", "North")
    assert one.cluster("ward", "North") != Disclosure(False, 10, 5, key="b").cluster("ward", "North")
    assert one.cluster("ward", "North") != one.cluster("hospital", "North")
    assert "North" not in one.cluster("ward", "North")
    assert Disclosure(True, 10, 5).cluster("ward", "North") == "North"

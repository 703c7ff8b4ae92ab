"""Models of fixed_effects.json from their tables: cross-products and a model, as the design step makes them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from epiladder.design.build import cluster_starts
from epiladder.design.crossproducts import Crossproducts, crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.design.spec import INTERCEPT

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "config" / "studies"
DATA = ROOT / "tests" / "golden" / "data"
FEW = ("treat", "x", "gb", "gc")

Table = dict[str, np.ndarray]


def read(path: Path, first: tuple[str, int] | None = None) -> Table:
    """A CSV as columns, numbers where they are numbers; first: of which column how many distinct values are kept."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if first:
        kept = list(dict.fromkeys(row[first[0]] for row in rows))[: first[1]]
        rows = [row for row in rows if row[first[0]] in kept]
    table: Table = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        try:
            table[name] = np.array(values, dtype=float)
        except ValueError:
            table[name] = np.array(values)
    return table


def prepared(table: Table, outcome: str, fixed: tuple[str, ...], random: tuple[RandomColumns, ...]):
    """Cross-products and model. Products are written `a:b`; levels run from the outermost."""
    keys = [table[part.level] for part in random]
    order = np.lexsort(keys[::-1])
    columns = {INTERCEPT: np.ones(len(order))}
    slopes = tuple(name for part in random for name in part.names)
    for name in dict.fromkeys((*fixed, *slopes)):
        if name != INTERCEPT:
            columns[name] = np.prod([table[part][order] for part in name.split(":")], axis=0)
    columns[outcome] = table[outcome][order]
    sorted_keys = [key[order] for key in keys]
    starts = cluster_starts(sorted_keys)
    levels = tuple(part.level for part in random)
    labels = [key[starts].astype(str) for key in sorted_keys]
    cross = crossproducts(list(columns), list(columns.values()), starts, levels, labels)
    return cross, Model(outcome, (INTERCEPT, *fixed), random)


def of(level: str, *names: str, apart: bool = False) -> RandomColumns:
    """A random intercept and slopes over a level."""
    blocks = ((INTERCEPT,), *((name,) for name in names)) if apart else ((INTERCEPT, *names),)
    return RandomColumns(level, blocks)


def few(outcome: str) -> tuple[Crossproducts, Model]:
    """The simulated study of eight unequal clusters."""
    table = read(DATA / "few_clusters.csv")
    table["gb"], table["gc"] = (np.asarray(table["grade"] == g, dtype=float) for g in ("b", "c"))
    return prepared(table, outcome, FEW, (of("centre"),))


def _sleep(*random: RandomColumns) -> tuple[Crossproducts, Model]:
    return prepared(read(STUDIES / "sleep-deprivation" / "sleepstudy.csv"), "reaction", ("days",), random)


def _hsb(*fixed: str) -> tuple[Crossproducts, Model]:
    table = read(STUDIES / "high-school-and-beyond" / "hsb82.csv", ("school", 60))
    table["catholic"] = np.asarray(table["sector"] == "Catholic", dtype=float)
    return prepared(table, "math", fixed, (of("school", "cses"),))


def _eg() -> tuple[Crossproducts, Model]:
    table = read(STUDIES / "language-growth" / "egsingle.csv", ("school", 12))
    fixed = ("year", "black", "hispanic", "lowinc")
    return prepared(table, "math", fixed, (of("school", "year"), of("child", "year")))


def exam25() -> tuple[Crossproducts, Model]:
    """The first 25 schools of the examination data."""
    table = read(DATA / "exam.csv", ("school", 25))
    table["male"] = np.asarray(table["sex"] == "M", dtype=float)
    table["boys"], table["girls"] = (np.asarray(table["schgend"] == g, dtype=float) for g in ("boys", "girls"))
    return prepared(table, "normexam", ("standlrt", "male", "boys", "girls"), (of("school", "standlrt"),))


CASES = {
    "sleepstudy_ri": lambda: _sleep(of("subject")),
    "sleepstudy_rs": lambda: _sleep(of("subject", "days")),
    "sleepstudy_rsindep": lambda: _sleep(of("subject", "days", apart=True)),
    "pastes_3level": lambda: prepared(read(DATA / "pastes.csv"), "strength", (), (of("batch"), of("sample"))),
    "hsb60_crosslevel": lambda: _hsb("meanses", "cses", "catholic", "meanses:cses", "cses:catholic"),
    "eg12_growth": _eg,
    "exam25_schgend": exam25,
    "few_ri": lambda: few("y"),
    "few_singular": lambda: few("y0"),
    "dyestuff2_null": lambda: prepared(read(DATA / "dyestuff2.csv"), "yield", (), (of("batch"),)),
}


def hsb60_slope() -> tuple[Crossproducts, Model]:
    """The first 60 schools of High School and Beyond, a random slope."""
    return _hsb("meanses", "cses")

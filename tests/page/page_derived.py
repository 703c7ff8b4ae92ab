"""What a page may print: the numbers of the results' files, and those worked out from them, by formulas of the test's
own. `tests/page/test_rederived.py` holds every number of three pages against these.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist, median
from typing import Any

import pyarrow.parquet as pq
from epiladder.report import numbers
from epiladder.report.page import walked

SAME = 1e-9
NORMAL = NormalDist()
LEVEL1 = {"logit": math.pi**2 / 3, "probit": 1.0, "cloglog": math.pi**2 / 6}


def stands(value: float, known: list[float]) -> bool:
    """Whether a number is one of the sorted known ones, to nine digits."""
    at = bisect_left(known, value - SAME * abs(value))
    return at < len(known) and known[at] <= value + SAME * abs(value)


def derivable(folder: Path) -> list[float]:
    """Every number of the results, either sign, and what a page may work out from them, sorted."""
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.json"))]
    tables = [pq.read_table(path).to_pylist() for path in sorted(folder.rglob("*.parquet"))]
    given = set(leaves([*files, *tables]))
    found = given | {math.exp(value) for value in given if abs(value) < 700} | set(worked_out(folder))
    return sorted({sign * value for value in found if math.isfinite(value) for sign in (1, -1)})


def leaves(value: Any) -> Iterator[float]:
    """Every number of plain data."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, (int, float)):
        yield float(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from leaves(one)


def worked_out(folder: Path) -> Iterator[float]:
    """Ranges of slopes, correlations and median ratios of every rung, falls of deviance, and summaries of clusters."""
    fits = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "fits").glob("*.json"))]
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    latent = LEVEL1.get(plan["outcome"].get("link", ""))
    found = [one for fit in fits for one in fit["estimates"].values()]
    for one in found:
        for part in one["random"]:
            yield from _of_slopes(one, part)
            yield from _of_intercept(part, one["residual_variance"] or latent)
    deviances = [one["deviance"] for one in found]
    yield from (low - high for low in deviances for high in deviances)
    yield from _of_clusters(pq.read_table(folder / "pooling.parquet").to_pylist())
    yield from _of_counts(folder)
    yield from _of_sizes(pq.read_table(folder / "pooling.parquet").to_pylist())
    yield from _of_lines(folder, fits)
    for fit in fits:
        modes = pq.read_table(folder / "fits" / f"{fit['rung']}.modes.parquet").to_pylist()
        for part in (part for one in fit["estimates"].values() for part in one["random"]):
            yield from _of_bars(part, [mode for mode in modes if mode["level"] == part["level"]])


def _of_slopes(found: dict, part: dict) -> Iterator[float]:
    """A slope's spread over clusters, the range that holds 95% of them, and the share of the other sign."""
    fixed = {row["term"]: row["estimate"] for row in found["fixed"]}
    for at, term in enumerate(part["terms"]):
        spread, middle = math.sqrt(part["covariance"][at][at]), fixed.get(term)
        yield spread
        if middle is not None and spread > 0:
            ends = [middle + sign * NORMAL.inv_cdf(0.975) * spread for sign in (-1, 1)]
            yield from (*ends, *map(math.exp, ends), NORMAL.cdf(-abs(middle) / spread))


def _of_intercept(part: dict, within: float | None) -> Iterator[float]:
    """The intraclass correlation of a rung of two levels, and the median ratio between clusters (Larsen 2000)."""
    variance = part["covariance"][0][0]
    yield math.exp(math.sqrt(2 * variance) * NORMAL.inv_cdf(0.75))
    if within:
        yield variance / (variance + within)


def _of_clusters(rows: list[dict]) -> Iterator[float]:
    """Of all clusters and of each third by size: how many, their median size, shrinkage and move; and those that have
    no estimate of their own."""
    rows = sorted(rows, key=lambda row: (row["n"], str(row["cluster"])))
    cuts = [len(rows) * part // 3 for part in range(4)]
    yield float(sum(row["none"] is None for row in rows))
    for third in [rows, *(rows[low:high] for low, high in pairwise(cuts))]:
        yield float(len(third))
        own = [row for row in third if row["none"] is not None]
        for values in ([row["n"] for row in third], [row["shrinkage"] for row in own],
                       [abs(row["none"] - row["partial"]) for row in own]):  # fmt: skip
            yield from [median(values)] if values else []


def _of_bars(part: dict, modes: list[dict]) -> Iterator[float]:
    """Bars of conditional modes: edges, how many lie in each, and how many would by the normal law of each."""
    for at, term in enumerate(part["terms"]):
        variance = part["covariance"][at][at]
        own = [(m["mode"], m["std_error"]) for m in modes if m["term"] == term]
        own = [(mode, NormalDist(0, math.sqrt(variance - error**2))) for mode, error in own if error**2 < variance]
        if not own:
            continue
        bars = min(16, math.ceil(2 * len(own) ** (1 / 3)))
        reach = max(*(abs(mode) for mode, _ in own), 2.5 * sum(law.stdev for _, law in own) / len(own))
        edges = [-reach + 2 * reach * bar / bars for bar in range(bars + 1)]
        yield from edges
        yield math.sqrt(sum(mode**2 for mode, _ in own) / len(own))
        yield math.sqrt(sum(law.variance for _, law in own) / len(own))
        yield 2 * NORMAL.cdf(-2) * len(own)
        for low, high in pairwise(edges):
            yield float(sum(low <= mode < high for mode, _ in own))
            yield sum(law.cdf(high) - law.cdf(low) for _, law in own)


def _of_sizes(rows: list[dict]) -> Iterator[float]:
    """Bars of whole sizes, 24 or 25 of one width: the first and last size of each, and how many clusters have one."""
    for level in {row["level"] for row in rows}:
        sizes = [row["n"] for row in rows if row["level"] == level]
        span = int(max(sizes) - min(sizes))
        width = max(1, math.ceil(span / 24))
        for first in range(int(min(sizes)), int(max(sizes)) + 1, width):
            yield from (float(first), float(first + width - 1))
            yield float(sum(first <= size < first + width for size in sizes))


def _of_lines(folder: Path, fits: list[dict]) -> Iterator[float]:
    """Every cluster's line, and the average one, at the 5th and the 95th percentile of what has a random slope."""
    fit = next((fit for fit in fits if fit["rung"] == "random_slope"), None)
    if fit is None:
        return
    columns = {one["name"]: one for one in json.loads((folder / "design/design.json").read_text("utf-8"))["columns"]}
    found = fit["estimates"].get("REML") or fit["estimates"]["ML"]
    modes = pq.read_table(folder / "fits" / "random_slope.modes.parquet").to_pylist()
    own: dict[str, dict[str, float]] = {"average": {}}
    for mode in modes:
        own.setdefault(mode["cluster"], {})[mode["term"]] = mode["mode"]
    for term in (term for part in found["random"] for term in part["terms"] if term in columns):
        held = {name: 0.0 if one["binary"] else one["mean"] for name, one in columns.items()}
        ends = (0.0, 1.0) if columns[term]["binary"] else (columns[term]["p05"], columns[term]["p95"])
        for effect in own.values():
            at = [
                sum(
                    (row["estimate"] + effect.get(row["term"], 0.0))
                    * {**held, "(Intercept)": 1.0, term: x}[row["term"]]
                    if row["term"] in ("(Intercept)", term)
                    else row["estimate"] * held[row["term"]]
                    for row in found["fixed"]
                )
                for x in ends
            ]
            yield from (*at, (at[1] - at[0]) / (ends[1] - ends[0]))


def _of_counts(folder: Path) -> Iterator[float]:
    """How many times their mean counts vary, and what the last step of the nodes added to the log-likelihood."""
    for one in json.loads((folder / "data" / "description.json").read_text(encoding="utf-8"))["variables"]:
        if one.get("sd") and one.get("mean"):
            yield one["sd"] ** 2 / one["mean"]
    path = folder / "approximation.json"
    tried = json.loads(path.read_text(encoding="utf-8"))["tried"] if path.exists() else []
    yield from (high["log_likelihood"] - low["log_likelihood"] for low, high in pairwise(tried))


def printed(value: Any) -> Iterator[numbers.Number | numbers.Estimate | numbers.Interval]:
    """Every number of a page, with its format, wherever it stands."""
    shown = (numbers.Number, numbers.Estimate, numbers.Interval)
    yield from (part for part in walked(value) if isinstance(part, shown))


def values(thing: numbers.Number | numbers.Estimate | numbers.Interval) -> list[float]:
    """The values behind what is printed, those that there are."""
    names = {numbers.Number: ("value",), numbers.Interval: ("low", "high"), numbers.Estimate: ("value", "low", "high")}
    found = [getattr(thing, name) for name in names[type(thing)]]
    return [value for value in found if value is not None and math.isfinite(value)]

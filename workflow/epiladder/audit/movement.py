"""What moved between two runs of a study: rows and clusters, distributions, missing values, ICCs, decisions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from epiladder.files import read_json, read_parquet

Folder = Path


def rows(before: Folder, after: Folder, old_plan: dict[str, Any], new_plan: dict[str, Any]) -> dict[str, Any]:
    """Rows used, come and gone: by the unit's identifier where both plans have one, else by what the rows hold."""
    paths = [folder / "data" / "rows.parquet" for folder in (before, after)]
    counts = [read_json(folder / "data" / "accounting.json")["rows_used"] for folder in (before, after)]
    found: dict[str, Any] = {"before": counts[0], "after": counts[1]}
    if not all(path.is_file() for path in paths):
        return {**found, "come": None, "gone": None, "changed": None, "by": "", "reason": "The rows were not kept."}
    tables = [read_parquet(path) for path in paths]
    shared = [name for name in tables[0].column_names if name != ".row" and name in tables[1].column_names]
    old, new = (list(zip(*(table.column(name).to_pylist() for name in shared), strict=True)) for table in tables)
    identified = all((plan.get("unit") or {}).get("id") for plan in (old_plan, new_plan)) and ".unit" in shared
    if not identified:
        one, two = Counter(map(str, old)), Counter(map(str, new))
        come, gone = (two - one).total(), (one - two).total()
        return {**found, "come": come, "gone": gone, "changed": None, "by": "content", "reason": ""}
    key = [shared.index(name) for name in (".unit", *_levels(old_plan)) if name in shared]
    olds, news = ({tuple(row[at] for at in key): row for row in made} for made in (old, new))
    changed = sum(str(olds[name]) != str(news[name]) for name in olds.keys() & news.keys())
    come, gone = len(news.keys() - olds.keys()), len(olds.keys() - news.keys())
    return {**found, "come": come, "gone": gone, "changed": changed, "by": "identifier", "reason": ""}


def _levels(plan: dict[str, Any]) -> list[str]:
    return [level["name"] for level in plan["levels"]]


def levels(before: Folder, after: Folder, old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Clusters of each level of the new design: before, after, come and gone by their labels from the outermost."""
    names = [level["name"] for level in new["levels"]]
    kept = [level["name"] for level in old["levels"]]
    found = []
    for depth, name in enumerate(names, start=1):
        if kept[:depth] != names[:depth]:
            found.append({"level": name, "before": None, "after": None, "come": None, "gone": None})
            continue
        one, two = (_clusters(folder, names[:depth]) for folder in (before, after))
        found.append(
            {"level": name, "before": len(one), "after": len(two), "come": len(two - one), "gone": len(one - two)}
        )
    return found


def _clusters(folder: Folder, names: list[str]) -> set[tuple[Any, ...]]:
    table = read_parquet(folder / "design" / "crossproducts.parquet", [f".{name}" for name in names])
    return set(zip(*(table.column(f".{name}").to_pylist() for name in names), strict=True))


def variables(before: Folder, after: Folder) -> list[dict[str, Any]]:
    """How far each variable moved: a mean in standard deviations of before, a category by its largest share."""
    old = {one["name"]: one for one in _described(before)}
    return [_moved(old[one["name"]], one) for one in _described(after) if one["name"] in old]


def _described(folder: Folder) -> list[dict[str, Any]]:
    path = folder / "data" / "description.json"
    return read_json(path)["variables"] if path.is_file() else []


def _moved(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    head = {"name": new["name"], "level": new.get("level"), "kind": "number", "category": None}
    if new.get("categories") is not None and old.get("categories") is not None:
        shares = {one["category"]: one["share"] or 0.0 for one in old["categories"]}
        moves = {one["category"]: (one["share"] or 0.0) - shares.get(one["category"], 0.0) for one in new["categories"]}
        most = max(moves, key=lambda name: abs(moves[name]), default=None)
        if most is not None:
            head |= {"kind": "category", "category": most}
            return {**head, "before": shares.get(most, 0.0), "after": shares.get(most, 0.0) + moves[most]} | {
                "moved": moves[most]
            }
    one, two, spread = old.get("mean"), new.get("mean"), old.get("sd")
    moved = (two - one) / spread if one is not None and two is not None and spread else None
    return {**head, "before": one, "after": two, "moved": moved}


def missing(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Missing cells by column, as shares of the rows read, where either run has any."""
    one, two = ({row["column"]: row["rows"] for row in flow["rows_missing"]} for flow in (old, new))
    return [
        {
            "column": name,
            "before": one.get(name, 0) / old["rows_read"] if old["rows_read"] else None,
            "after": two.get(name, 0) / new["rows_read"] if new["rows_read"] else None,
        }
        for name in sorted(one.keys() | two.keys())
        if one.get(name) or two.get(name)
    ]


def screen(before: Folder, after: Folder) -> list[dict[str, Any]]:
    """ICC and verdict of each level before and after."""
    old = {one["level"]: one for one in _listed(before / "screen.json", "levels")}
    return [
        {
            "level": one["level"],
            "icc": {"before": old[one["level"]]["icc"], "after": one["icc"]},
            "verdict": {"before": old[one["level"]]["verdict"], "after": one["verdict"]},
        }
        for one in _listed(after / "screen.json", "levels")
        if one["level"] in old
    ]


def decisions(before: Folder, after: Folder) -> list[dict[str, Any]]:
    """Every decision of either run with its outcome before and after; null where that run did not take it."""
    old, new = ({one["rule"]: one for one in _listed(folder / "decisions.json", "")} for folder in (before, after))
    return [
        {"rule": rule, "before": (old.get(rule) or {}).get("outcome"), "after": (new.get(rule) or {}).get("outcome")}
        for rule in dict.fromkeys([*old, *new])
    ]


def _listed(path: Path, key: str) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    value = read_json(path)
    return value[key] if isinstance(value, dict) else value

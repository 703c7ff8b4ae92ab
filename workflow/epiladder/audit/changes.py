"""changes.json: a run beside its baseline. What changed in data, plan, code and libraries, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from epiladder.audit import movement
from epiladder.audit.attribution import attribute
from epiladder.audit.plan_lock import differences
from epiladder.errors import DiskError
from epiladder.files import read_json, sha256_of

NONE = "There is no baseline: nothing was released before (`epiladder release`), and the plan names none (`baseline:`)."


def changes(results: Path, baseline: Path | None) -> dict[str, Any]:
    """The comparison, or the reason why there is none.

    Raises DiskError naming the file of the baseline that is not there.
    """
    if baseline is None:
        return {"baseline": None, "reason": NONE}
    before, after = _kept(baseline), _record(results)
    changed = _what_changed(before, after)
    return {
        "baseline": _identity(baseline, before),
        "reason": "",
        "changed": changed,
        "rows": movement.rows(baseline, results, before["plan"], after["plan"]),
        "levels": movement.levels(baseline, results, before["design"], after["design"]),
        "variables": movement.variables(baseline, results),
        "missing": movement.missing(before["accounting"], after["accounting"]),
        "screen": movement.screen(baseline, results),
        "decisions": movement.decisions(baseline, results),
        "coefficients": attribute(baseline, results, changed),
    }


def _kept(baseline: Path) -> dict[str, Any]:
    """The baseline's record. Raises DiskError, with the way out, where it is not whole."""
    try:
        found = _record(baseline)
        wrong = next((f"its {name} is none" for name, one in found.items() if not isinstance(one, dict)), "")
    except DiskError as error:
        wrong = str(error).partition(". ")[0]
    if wrong:
        raise DiskError(
            f"{baseline}: cannot be compared with ({wrong}). Take the folder away to run without a baseline, or name "
            "another (`baseline:`)."
        )
    return found


def _record(folder: Path) -> dict[str, Any]:
    names = {"plan": "plan", "provenance": "provenance", "design": "design/design", "accounting": "data/accounting"}
    return {name: read_json(folder / f"{path}.json") for name, path in names.items()}


def _identity(folder: Path, record: dict[str, Any]) -> dict[str, Any]:
    released = folder / "released.json"
    keys = ("plan_sha256", "code_sha256", "commit", "versions")
    found = {key: record["provenance"].get(key) for key in keys}
    return {**found, "released": read_json(released)["released"] if released.is_file() else None}


def _what_changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """data: whether the bytes of an input differ. plan: keys of the analysis. wording: keys of words. libraries."""
    rows = differences(before["plan"], after["plan"])
    old, new = (record["provenance"]["versions"] for record in (before, after))
    names = sorted(name for name in old.keys() | new.keys() if name != "epiladder" and old.get(name) != new.get(name))
    return {
        "data": _data(before) != _data(after),
        "plan": [row["key"] for row in rows if row["kind"] == "analysis"],
        "wording": [row["key"] for row in rows if row["kind"] == "wording"],
        "code": before["provenance"]["code_sha256"] != after["provenance"]["code_sha256"],
        "libraries": [{"name": name, "before": old.get(name), "after": new.get(name)} for name in names],
    }


def _data(record: dict[str, Any]) -> str:
    """A digest of the inputs but for the study file, which stands first, and its lock."""
    inputs = [one["sha256"] for one in record["provenance"]["inputs"][1:] if not one["path"].endswith(".lock.json")]
    return sha256_of(inputs)

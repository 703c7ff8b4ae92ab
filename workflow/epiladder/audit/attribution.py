"""How much of each coefficient's change is owed to code and libraries, to data, and to the plan.

The old data are fitted again by today's code from the kept cross-products: what moves then is owed to code and
libraries. The rest is owed to data or plan, whichever changed; where both did, the old plan is fitted to the new rows
in between. The parts add up to the change.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from epiladder.design.load import Designed
from epiladder.errors import EpiladderError
from epiladder.files import read_json
from epiladder.study.plan import Plan

Coefficients = dict[str, tuple[float, float | None]]
TOGETHER = "the old plan cannot be fitted to the new rows, so data and plan are told together"


def attribute(before: Path, after: Path, changed: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each rung and coefficient that both runs have: before, after, change, its parts code, data, plan.

    Parts that cannot be told apart are null, with the reason. in_errors: the change over the standard error of before.
    """
    rungs = [item["id"] for item in read_json(after / "design" / "design.json")["rungs"]]
    old_rungs = [item["id"] for item in read_json(before / "design" / "design.json")["rungs"]]
    between = _OldPlanOnNewRows(before, after) if changed["data"] and changed["plan"] else None
    return [row for rung in rungs if rung in old_rungs for row in _rung(before, after, rung, changed, between)]


def _rung(
    before: Path, after: Path, rung: str, changed: dict[str, Any], between: _OldPlanOnNewRows | None
) -> list[dict[str, Any]]:
    old, new = (coefficients(_read(folder / "fits" / f"{rung}.json")) for folder in (before, after))
    again, why = _again(before, rung, old, changed)
    middle, reason = between.coefficients(rung) if between is not None else (None, "")
    made = []
    for term in new:
        if term in old:
            parts = _parts(old[term][0], again.get(term), middle, new[term][0], term, changed)
            change, error = new[term][0] - old[term][0], old[term][1]
            head = {"rung": rung, "term": term, "before": old[term][0], "after": new[term][0], "change": change}
            made.append({**head, "in_errors": change / error if error else None, **parts, "reason": why or reason})
    return made


def _parts(
    old: float,
    again: tuple[float, float | None] | None,
    middle: Coefficients | None,
    new: float,
    term: str,
    changed: dict[str, Any],
) -> dict[str, float | None]:
    if again is None:
        return {"code": None, "data": None, "plan": None}
    code, rest = again[0] - old, new - again[0]
    if not (changed["data"] and changed["plan"]):
        return {"code": code, "data": rest if changed["data"] else 0.0, "plan": rest if changed["plan"] else 0.0}
    if middle is None or term not in middle:
        return {"code": code, "data": None, "plan": None}
    return {"code": code, "data": middle[term][0] - again[0], "plan": new - middle[term][0]}


def _again(before: Path, rung: str, old: Coefficients, changed: dict[str, Any]) -> tuple[Coefficients, str]:
    """The old data fitted by today's code; the old estimates themselves where neither code nor libraries changed."""
    if not changed["code"] and not changed["libraries"]:
        return old, ""
    plan = Plan.model_validate(read_json(before / "plan.json"))
    if plan.data.imputation is not None:
        return {}, "estimates pooled over imputed data sets are not fitted again"
    return coefficients(_estimate(plan, Designed(before / "design"), rung, before)), ""


def _estimate(plan: Plan, designed: Designed, rung: str, folder: Path) -> dict[str, Any]:
    from epiladder.inference.estimate import estimate

    record, _ = estimate(plan, designed, rung, read_json(folder / "approximation.json"))
    return record


class _OldPlanOnNewRows:
    """The old plan's design on the new run's rows, built once in a folder of its own."""

    def __init__(self, before: Path, after: Path) -> None:
        self.before, self.after = before, after
        self.reason = ""
        self.found: dict[str, Coefficients] = {}
        self._fit()

    def coefficients(self, rung: str) -> tuple[Coefficients | None, str]:
        return self.found.get(rung), self.reason

    def _fit(self) -> None:
        import tempfile

        from epiladder.study.table import read_rows

        plan = Plan.model_validate(read_json(self.before / "plan.json"))
        if plan.data.imputation is not None:
            self.reason = TOGETHER
            return
        try:
            rows = read_rows(self.after / "data" / "rows.parquet", plan)
            with tempfile.TemporaryDirectory() as folder:
                self._fit_rungs(plan, rows, Path(folder))
        except (EpiladderError, KeyError, ValueError):
            self.reason = TOGETHER

    def _fit_rungs(self, plan: Plan, rows: Any, folder: Path) -> None:
        from epiladder.design.build import build_design
        from epiladder.design.store import write_design
        from epiladder.ladder.plan import ladder

        rungs = [spec.as_json() for spec in ladder(plan)]
        write_design(folder, plan, rows, build_design(plan, rows), rungs)
        designed = Designed(folder)
        for rung in designed.rungs:
            self.found[rung] = coefficients(_estimate(plan, designed, rung, self.before))


def _read(path: Path) -> dict[str, Any]:
    return read_json(path)


def coefficients(fit: dict[str, Any]) -> Coefficients:
    """Fixed effects of a fit with their standard errors, by term: REML where there is one."""
    found = fit.get("estimates") or {}
    chosen = found.get("REML") or found.get("ML") or {"fixed": []}
    return {row["term"]: (row["estimate"], row.get("std_error")) for row in chosen["fixed"]}

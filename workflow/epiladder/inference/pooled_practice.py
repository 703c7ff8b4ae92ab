"""Standard practice over imputed data sets: every method on each of them, every coefficient pooled by Rubin's rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from epiladder.inference.fixed import coefficient
from epiladder.inference.rubin import pool
from epiladder.inference.sets import Sets
from epiladder.inference.standard_practice import EMPTY, compare_practice

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Row = dict[str, Any]


def pooled_practice(sets: Sets, pooled: dict[str, Row]) -> list[Row]:
    """The contract's rows. pooled: the pooled records of the rungs, with whose standard errors others are compared."""
    pairs = zip(sets.designs, sets.fits, strict=True)
    answers = [compare_practice(design, sets.plan, records) for design, records in pairs]
    return [_pooled(sets.plan, rows, pooled) for rows in zip(*answers, strict=True)]


def _pooled(plan: Plan, rows: Sequence[Row], pooled: dict[str, Row]) -> Row:
    """The same coefficient by the same method in every data set."""
    first, lost = rows[0], [row for row in rows if row["reason"] is not None]
    if lost:
        times = "" if len(lost) == len(rows) else f"in {len(lost)} of {len(rows)} imputed data sets: "
        return {**first, **dict.fromkeys(EMPTY), "std_error_ratio": None, "reason": f"{times}{lost[0]['reason']}"}
    dfs = [row["df"] for row in rows]
    complete = None if None in dfs else sum(dfs) / len(dfs)
    found = pool([row["estimate"] for row in rows], [row["std_error"] ** 2 for row in rows], complete)
    made = coefficient(found.estimate, found.std_error, found.df, plan.inference.confidence)
    error = _mixed_error(pooled[first["fixed_part"]], first["term"])
    return {**first, **made.as_json(first["term"]), "std_error_ratio": made.std_error / error if error else None}


def _mixed_error(record: Row, term: str) -> float | None:
    if record["status"] != "fitted":
        return None
    estimate = record["estimates"].get("REML") or record["estimates"]["ML"]
    return next((row["std_error"] for row in estimate["fixed"] if row["term"] == term), None)

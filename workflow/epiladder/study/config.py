"""The only door from a study file to a plan."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from epiladder.errors import PlanError
from epiladder.study.faults import Fault, faults_of, repaired, told
from epiladder.study.plan import Plan
from epiladder.study.sense import contradictions
from epiladder.study.yaml12 import Document, read

__all__ = ["Plan", "load_plan"]


def load_plan(path: Path) -> Plan:
    """Read a study file into a plan with every default filled in.

    Raises PlanError with all faults at once, a line each: unknown keys and names with the nearest known one, values
    that are not of their type, roles that contradict each other, and what this version cannot do.
    """
    path = Path(path)
    document = read(path)
    faults = [Fault(place, message) for place, _, message in document.faults]
    plan, found = _typed(document)
    faults += found
    if plan is not None:
        shaky = {name for fault in found for name in fault.variables}
        broken = {fault.place for fault in found}
        faults += [fault for fault in contradictions(plan) if not _follows(fault, shaky, broken)]
    if faults:
        raise PlanError(told(faults, document, path))
    assert plan is not None
    return plan


def _typed(document: Document) -> tuple[Plan | None, list[Fault]]:
    """The plan and the faults of its types; after faults, the plan is a repaired one that serves further checks."""
    faults: list[Fault] = []
    value = document.value
    for _ in range(4):
        try:
            return Plan.model_validate(value), faults
        except ValidationError as error:
            found = faults_of(error, Plan, value)
            faults = faults or found
            value = repaired(value, found, Plan)
    return None, faults


def _follows(fault: Fault, shaky: set[str], broken: set[tuple[str | int, ...]]) -> bool:
    """Whether a contradiction may only be the consequence of a fault that is told already.

    So may all that is about a variable with a fault, what is said of the same place, and all in a list that has lost an
    item, or in a faulty outcome.
    """
    lists = [place[:-1] for place in broken if place and isinstance(place[-1], int)]
    whole = [place for place in [*lists, ("outcome",)] if any(other[: len(place)] == place for other in broken)]
    whole += [("ladder",)] if ("ladder", "covariates") in broken else []
    is_inside = any(fault.place[: len(place)] == place for place in whole)
    return is_inside or fault.place in broken or bool(shaky & set(fault.variables))

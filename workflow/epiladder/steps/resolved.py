"""The plan of a study as every later step reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from epiladder.files import read_json

if TYPE_CHECKING:
    from epiladder.study.plan import Plan


def read_plan(results: Path) -> Plan:
    """The resolved plan of a study's results."""
    from epiladder.study.plan import Plan

    return Plan.model_validate(read_json(results / "plan.json"))

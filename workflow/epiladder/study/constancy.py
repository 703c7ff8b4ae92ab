"""Variables of a higher level: whether each has one value in a cluster, and which value most rows have where not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from epiladder.study.convert import Column
from epiladder.study.findings import SHOWN, Failure, counted
from epiladder.study.hierarchy import Clusters, varying
from epiladder.study.plan import Plan
from epiladder.study.schema import table

MOST = 3  # values of a cluster that are shown


def check_constant(plan: Plan, clusters: tuple[Clusters, ...], columns: Mapping[str, Column]) -> list[Failure]:
    """Variables of a higher level that vary within one of its clusters."""
    by_level = {one.level: one for one in clusters}
    failures = []
    for name, variable in plan.variables.items():
        around = by_level.get(variable.level)
        if around is None:
            continue
        column = columns[name]
        rows, offending = varying(around, column.keys, column.present)
        if len(rows):
            failures.append(_constant(plan, name, around, columns, rows, offending))
    return failures


def _constant(
    plan: Plan, name: str, around: Clusters, columns: Mapping[str, Column], rows: np.ndarray, offending: np.ndarray
) -> Failure:
    values = pd.Series(table({name: columns[name]})[name])
    examples = []
    for code in offending[:SHOWN]:
        counts = pd.Series(values[around.codes == code]).value_counts(dropna=True).to_dict()
        found = [f"{_shown(value)} in {counted(int(rows), 'row')}" for value, rows in counts.items() if rows]
        listed = ", ".join(found[:MOST])
        listed += ", ..." if len(found) > MOST else ""
        examples.append(f"{around.level} {around.labels[code]} has {listed}")
    many = counted(len(offending), around.level)
    says = f"`{name}` is a variable of the level `{around.level}`, but varies within {many}"
    mend = (
        "Mend the cells (the value of most rows stands first), or say at which level it is measured "
        f"(`variables: {name}: level`; units: {plan.unit.name})."
    )
    short = f"{name}: varies within the {around.level}"
    return Failure("constant_in_cluster", name, says, mend, rows, around.level, len(offending), tuple(examples), short)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).removesuffix(" 00:00:00")

"""What predicts a variable: every other one at its level or around it, means by cluster, and products with the outcome.

Means by cluster let relations between clusters differ from those within (Grund, Luedtke and Robitzsch 2018). For a
product `a:b` of the ladder, `a` is also predicted by the outcome times `b`, so that a relation which the analysis lets
differ may differ in the imputations too; the product itself is made of the imputed values afterwards (passively).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from epiladder.imputation.nest import Nest
from epiladder.imputation.variable import OUTCOME, Variable
from epiladder.study.term import parse_term
from epiladder.study.terms import derived, known_names

if TYPE_CHECKING:
    from epiladder.study.plan import Plan

MEAN = "mean of {}"
MEAN_OF_OUTCOME = MEAN.format(OUTCOME.removeprefix("."))
PRODUCT = "outcome times "
ENOUGH = 4  # clusters, or units, for each predictor that varies between them


@dataclass(frozen=True)
class Asked:
    """What a plan's ladder asks of a variable: its partners in products, and the levels over which its slope varies.

    around: partners that do not vary within the variable's own clusters or units.
    """

    partners: tuple[str, ...]
    slopes: tuple[int, ...]
    around: tuple[str, ...] = ()


def asked(plan: Plan, name: str) -> Asked:
    """Partners and slopes of a variable, whatever of it (deviation, mean, transformation) stands in the term."""
    made = {column: variable for column, (variable, _) in derived(plan).items()}

    def names(text: str) -> list[str]:
        return [made.get(found, found) for found in parse_term(text, known_names(plan)).names]

    ladder = plan.ladder
    terms = [names(text) for block in ladder.covariates for text in block.terms]
    terms += [[found for text in entry for found in names(text)] for entry in ladder.cross_level]
    partners = dict.fromkeys(other for term in terms if name in term for other in term if other != name)
    levels = [level.name for level in plan.levels]
    over = [one.over for one in ladder.random_slopes if name in names(one.of)]
    over += [plan.variables[other].level for other in partners]  # a relation that depends on the cluster differs by it
    slopes = tuple(dict.fromkeys(levels.index(level) for level in over if level in levels))
    at = {one: plan.variables[one].level for one in (name, *partners)}
    depth = {one: levels.index(level) if level in levels else len(levels) for one, level in at.items()}
    around = tuple(one for one in partners if depth[one] <= depth[name])
    return Asked(tuple(partners), slopes, around)


@dataclass(frozen=True)
class Column:
    """A predictor: what it is, the level at which it varies, and its values there."""

    words: str
    level: int
    values: np.ndarray


def predictors(
    target: Variable, variables: Sequence[Variable], state: Mapping[str, np.ndarray], nest: Nest, wanted: Asked
) -> tuple[list[Column], list[str]]:
    """The columns that predict a variable, and in words those for which there are too few clusters.

    state: completed values of every variable. The first columns of a level are kept: the outcome's mean, variables of
    the level in the plan's order, then means of products and of inner variables.
    """
    own = _own(target, variables, state, nest, wanted)
    means = _means(target, own, nest)
    means.sort(key=lambda column: (column.words != MEAN_OF_OUTCOME, PRODUCT not in column.words))
    first = sum(column.words == MEAN_OF_OUTCOME for column in means)
    columns = [column for column in (*means[:first], *own, *means[first:]) if column.level <= target.level]
    room = {level: nest.size(level) // ENOUGH for level in range(nest.units + 1)}
    room[target.level] = int((~target.gaps).sum()) // ENOUGH
    kept, left = [], []
    for column in columns:
        fits = room[column.level] > 0
        room[column.level] -= 1
        if fits:
            kept.append(column)
        else:
            left.append(column.words)
    return kept, left


def _own(
    target: Variable, variables: Sequence[Variable], state: Mapping[str, np.ndarray], nest: Nest, wanted: Asked
) -> list[Column]:
    """Every other variable at its own level, and the outcome times the partners."""
    columns, of = [], {}
    for one in variables:
        if one.name == target.name:
            continue
        of[one.name] = one.columns(state[one.name])
        columns += [Column(_called(one), one.level, values) for values in of[one.name]]
    outcome = of[OUTCOME][0]
    for one in variables:
        if one.name in wanted.partners and one.name in of:
            for values in of[one.name]:
                product = outcome * nest.spread(values, one.level, nest.units)
                columns.append(Column(f"{PRODUCT}{one.name}", nest.units, product))
    return columns


def _called(one: Variable) -> str:
    return one.name.removeprefix(".")


def _means(target: Variable, own: Sequence[Column], nest: Nest) -> list[Column]:
    """Means by cluster of the columns that vary within clusters of the target's level, or of those around it."""
    found = []
    for level in range(min(target.level, nest.units - 1), -1, -1):
        for column in own:
            if column.level > level:
                found.append(Column(MEAN.format(column.words), level, nest.means(column.values, column.level, level)))
    return found


def of_scatter(
    target: Variable, variables: Sequence[Variable], state: Mapping[str, np.ndarray], nest: Nest, wanted: Asked
) -> np.ndarray | None:
    """Columns (n, k) on which a number's residual variance depends: partners of its level or around it, and squares."""
    found = []
    for one in variables:
        if one.name in wanted.around:
            for column in one.columns(state[one.name]):
                values = nest.spread(column, one.level, target.level)
                found.append(values[:, None])
                if one.kind == "number":
                    found.append((values * values - np.mean(values * values))[:, None])
    return np.hstack(found) if found else None


def matrix(target: Variable, columns: Sequence[Column], nest: Nest) -> np.ndarray:
    """The intercept and the columns, (n, 1 + k), for each cluster or unit of the target's level."""
    x = np.empty((nest.size(target.level), len(columns) + 1), order="F")
    x[:, 0] = 1.0
    for i, column in enumerate(columns, start=1):
        x[:, i] = nest.spread(column.values, column.level, target.level)
    return x

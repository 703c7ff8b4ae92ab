"""The only door to the engine: a model and its data in, estimates by each criterion out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine import approximate_result, gaussian_result
from epiladder.engine.adequacy import adequacy
from epiladder.engine.approximate import (
    Arrival,
    Detail,
    Nodes,
    arrive,
    arrive_finely,
    arrive_nested,
    evaluate,
    lies_far_out,
    nested_rule,
)
from epiladder.engine.general import General, Outcome, make_general
from epiladder.engine.optimise import optimise
from epiladder.engine.problem import Level, make_problem
from epiladder.engine.quadrature import Rule, rule
from epiladder.engine.result import Estimates
from epiladder.engine.search import Point
from epiladder.engine.separation import FAR, separation
from epiladder.engine.single_level import single_level
from epiladder.errors import LikelihoodError, SeparationError
from epiladder.study.reach import MOST_PLACES

LADDER_OF_NODES = (3, 5, 7, 9, 11, 15, 21, 31, 51)
MANY_PLACES, COARSE = 50, 5  # nodes of a cluster from which searches begin with so many a dimension
SETTLED = 1e-6  # change of the log-likelihood, from one number of nodes to the next, at which it has settled


@dataclass(frozen=True)
class Approximation:
    """How a likelihood is computed: exact, laplace, or quadrature with so many nodes a dimension."""

    method: str
    nodes: int | None = None


@contextmanager
def _in_words() -> Iterator[None]:
    """What arithmetic has to say of a likelihood, said as an error of ours; overflows on the way are no news."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield
    except (FloatingPointError, np.linalg.LinAlgError) as error:
        raise LikelihoodError(f"The likelihood cannot be evaluated ({error}).") from None


EXACT, LAPLACE = Approximation("exact"), Approximation("laplace", 1)


@_in_words()
def fit_gaussian(
    cross: Crossproducts, model: Model, criteria: tuple[str, ...] = ("ML", "REML"), modes: bool = True
) -> dict[str, Estimates]:
    """Fit a Gaussian model by ML, REML or both. modes: whether the clusters' conditional modes are wanted as well.

    Raises LikelihoodError, in words, where the model is not identified or no likelihood can be evaluated.
    """
    problem = make_problem(cross, model)
    _refuse_too_few_rows(problem.n_rows, problem.n_fixed)
    _refuse_unidentified(problem.levels, problem.n_rows)
    fits: dict[str, Estimates] = {}
    start = None
    for criterion in criteria:
        optimum = optimise(problem, criterion, start)
        start = optimum.solution.theta
        fits[criterion] = gaussian_result.estimates(problem, optimum, modes)
    return fits


@_in_words()
def fit_general(
    cross: Crossproducts,
    model: Model,
    columns: Mapping[str, np.ndarray],
    outcome: Outcome,
    approximation: Approximation,
    modes: bool = True,
    judged: bool = False,
) -> Estimates:
    """Fit a model that is not Gaussian, by maximum likelihood as approximated.

    columns: each design column (N,), rows sorted as in the cross-products. modes: whether the clusters' conditional
    modes are wanted as well; judged: whether Laplace's approximation is to be judged by quadrature. Raises
    LikelihoodError in words.
    """
    problem = make_general(cross, model, columns, outcome)
    _refuse_too_few_rows(problem.n_rows, problem.n_fixed)
    for level in problem.levels:
        _refuse_one_cluster(level)
    if not problem.levels:
        approximation = EXACT
    elif approximation.method == "quadrature" and not _reaches(problem, approximation.nodes or 1):
        raise LikelihoodError(
            "Quadrature is for one level of clusters, or two with random intercepts alone; this rung has more. "
            "Write `approximation: laplace` or `approximation: auto` in the plan."
        )
    arrival = _arrive(problem, approximation, cross)
    found = approximate_result.estimates(problem, arrival, approximation.method, approximation.nodes, modes)
    if judged and approximation.method == "laplace":
        return replace(found, adequacy=adequacy(problem, arrival))
    return found


@_in_words()
def settle(
    cross: Crossproducts, model: Model, columns: Mapping[str, np.ndarray], outcome: Outcome
) -> tuple[Approximation, list[tuple[int, float]]]:
    """The number of nodes at which the log-likelihood settles, with each (nodes, log-likelihood) on the way.

    Laplace where quadrature cannot be had: beyond two levels, with slopes at two, or with too many random effects a
    cluster. Judged at Laplace's optimum.
    """
    problem = make_general(cross, model, columns, outcome)
    if not _reaches(problem, LADDER_OF_NODES[0]):
        return LAPLACE, []
    point = _arrive(problem, LAPLACE, cross).point
    tried = [(1, -float(point.value) / 2)]
    for nodes in (k for k in LADDER_OF_NODES if _reaches(problem, k)):
        found = -float(evaluate(problem, point.place, point.detail, _nodes(problem, nodes, point)).value) / 2
        tried.append((nodes, found))
        if abs(found - tried[-2][1]) < SETTLED:
            break
    return Approximation("quadrature", tried[-1][0]), tried


def _reaches(problem: General, nodes: int) -> bool:
    """Whether quadrature can be had: one level, or two with an intercept each, and not too many places."""
    effects = [len(level.terms) for level in problem.levels]
    if len(effects) == 1:
        return nodes ** effects[0] <= MOST_PLACES
    return effects == [1, 1] and nodes**2 <= MOST_PLACES


def _nodes(problem: General, nodes: int, point: Point[Detail]) -> Nodes:
    if len(problem.levels) == 2:
        return nested_rule(problem, nodes, point)
    return rule(nodes, len(problem.levels[0].terms))


def _arrive(problem: General, approximation: Approximation, cross: Crossproducts) -> Arrival:
    beta, alone = single_level(problem)
    if problem.outcome.bounded and any(np.abs(beta @ part.x + part.offset).max() > FAR for part in problem.stretches):
        _refuse_separated(problem, cross)
    if approximation.method != "quadrature" or approximation.nodes is None:
        return arrive(problem, None, beta, alone)
    if len(problem.levels) == 1:
        nodes, effects = approximation.nodes, len(problem.levels[0].terms)
        if nodes**effects <= MANY_PLACES:
            return arrive(problem, rule(nodes, effects), beta, alone)
        return _arrive_finely(problem, rule(nodes, effects), rule(COARSE, effects), beta, alone)
    first = arrive(problem, None, beta, alone)
    return arrive_nested(problem, approximation.nodes, first)


def _arrive_finely(problem: General, fine: Rule, coarse: Rule, beta: np.ndarray, alone: np.ndarray) -> Arrival:
    """By way of a coarse rule's optimum, unless that ran away, as it may where the fine one's does not."""
    found = arrive(problem, coarse, beta, alone)
    if not lies_far_out(problem, found.point):
        try:
            return arrive_finely(problem, fine, found)
        except LikelihoodError:
            pass
    return arrive(problem, fine, beta, alone, far=False)


def _refuse_separated(problem: General, cross: Crossproducts) -> None:
    solved = np.concatenate([part.x for part in problem.stretches], axis=1)
    raw = np.ascontiguousarray((solved.T @ problem.x_to_raw).T).round(12)
    found = separation(raw, problem.outcome.y, problem.outcome.trials, problem.names)
    if found:
        several = len(found.names) > 1
        who = f"{', '.join(found.names)} {'together tell' if several else 'tells'}"
        message = (
            f"The outcome is separated: {who} events from non-events without a fault in some rows, so "
            f"{'these coefficients have' if several else 'its coefficient has'} no finite estimate. "
            f"Merge categories, or leave {'one' if several else 'it'} out."
        )
        raise SeparationError(message, cross.levels[-1], _clusters_with(found.rows, cross), len(cross.sizes))


def _clusters_with(rows: np.ndarray, cross: Crossproducts) -> tuple[str, ...]:
    """Labels of the innermost clusters that hold any of the rows marked."""
    first_rows = np.cumsum(cross.table_rows) - cross.table_rows
    return tuple(map(str, cross.labels[-1][np.logical_or.reduceat(rows, first_rows)]))


def _refuse_too_few_rows(n_rows: int, n_fixed: int) -> None:
    if n_rows <= n_fixed:
        raise LikelihoodError(
            f"There are {n_rows} rows for {n_fixed} fixed effects; more rows than effects are needed."
        )


def _refuse_one_cluster(level: Level) -> None:
    if level.n_clusters < 2:
        raise LikelihoodError(f"There is only one cluster of level {level.name}; a variance needs at least two.")


def _refuse_unidentified(levels: Sequence[Level], n_rows: int) -> None:
    """Counts that leave nothing to tell a variance from the residual one."""
    for level in levels:
        _refuse_one_cluster(level)
        n_effects = level.n_clusters * len(level.terms)
        if n_effects >= n_rows:
            raise LikelihoodError(
                f"Level {level.name} has {n_effects} random effects for {n_rows} rows "
                f"({level.n_clusters} clusters times {len(level.terms)}): they cannot be told from the residual. "
                f"Leave the level or its random slope out of the plan."
            )

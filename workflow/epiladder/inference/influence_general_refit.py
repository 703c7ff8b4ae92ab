"""Leaving one cluster out of a model that is not Gaussian: one Newton step for every cluster, refits of the worst.

The step starts at the optimum with all clusters in, from Laplace's approximation of each cluster's share; the few
refits use the study's own approximation, from where the step ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.approximate import PLACED, Detail, Nodes, evaluate, nested_rule, unpack
from epiladder.engine.covariance import raw_covariance
from epiladder.engine.fit import COARSE, MANY_PLACES, Approximation
from epiladder.engine.general import General
from epiladder.engine.quadrature import rule
from epiladder.engine.search import ARRIVED, Objective, Point, curvature, descend, finish, minimise, positive_inverse
from epiladder.engine.stretch import stretches
from epiladder.errors import LikelihoodError
from epiladder.inference.influence_deleted import ONE_STEP, Deleted, Whole, crossing, nothing_known, with_answers
from epiladder.inference.influence_gaussian import LOST
from epiladder.inference.influence_general import UnitShares, place_of, unit_shares
from epiladder.inference.influence_units import LeftOut, left_out, remainder_size, remainders, taken, units_of

COST = 100_000  # rows times nodes that the refits of a level may come to, once each
FEWEST, MOST = 2, 30  # clusters of a level that are refitted
LARGEST = 10_000_000  # rows that may stand side by side as remainders
AFFORDABLE = 500_000  # rows times parameters of remainders whose Hessians are differenced
FLAT = 1e-10
PLACINGS = 8


@dataclass(frozen=True)
class _Step:
    """place: (C, n). hessian: (C, n, n). deviance: (C,), without the terms that no parameter enters. sound: (C,)."""

    place: np.ndarray
    hessian: np.ndarray
    deviance: np.ndarray
    sound: np.ndarray


def leave_one_out(
    cross: Crossproducts,
    model: Model,
    problem: General,
    level: str,
    estimate: dict[str, Any],
    chosen: Approximation,
    alpha: float = 0.05,
) -> Deleted:
    """Every cluster of a level left out in turn. estimate: the rung's recorded estimates, with all clusters in.

    alpha: clusters that take a p-value across it are refitted as well, as many again. Raises LikelihoodError, in words,
    where there are too many rows for it.
    """
    out, place = left_out(cross, level), place_of(problem, estimate)
    step = _one_step(cross, model, problem, out, place)
    stepped = _stepped(cross, problem, out, estimate, step)
    many = _affordable(problem, chosen)
    worst = {*map(int, stepped.order()[:many]), *crossing(stepped, alpha)[:many]}

    def refit(c: int) -> Whole | None:
        if not step.sound[c]:
            return None
        stay = np.flatnonzero(out.mask(c, cross.products.shape[1]))
        return _refit(chosen_rows(problem, cross, taken(cross, stay), stay), chosen, step, c, stepped.whole)

    return with_answers(stepped, sorted(worst), refit)


def _affordable(problem: General, chosen: Approximation) -> int:
    """How many refits a level is given."""
    places = (chosen.nodes or 1) ** sum(len(level.terms) for level in problem.levels)
    return min(MOST, max(FEWEST, COST // (problem.n_rows * places)))


def _one_step(cross: Crossproducts, model: Model, problem: General, out: LeftOut, place: np.ndarray) -> _Step:
    base = unit_shares(problem, place, problem.at_rest())
    curved = _differences(problem, place, base)
    gradient = -base.gradient[:, out.outermost].T
    deviance = base.deviance.sum() - base.deviance[out.outermost]
    hessian = np.repeat(curved.sum(axis=0)[None], len(out.inside), axis=0)
    rest, which = _rest(cross, problem, out)
    if rest is None:
        hessian -= curved[out.outermost]
    else:
        remaining = unit_shares(rest, place, rest.at_rest())
        gradient[which] += remaining.gradient.T
        deviance[which] += remaining.deviance
        if rest.n_rows * len(place) <= AFFORDABLE:
            hessian -= curved[out.outermost]
            hessian[which] += _differences(rest, place, remaining)
    move = -np.einsum("cij,cj->ci", _inverses(hessian), gradient)
    deviance = deviance + 0.5 * np.einsum("ci,ci->c", move, gradient)
    return _Step(place + move, hessian, deviance, _sound(cross, model, out))


def _rest(cross: Crossproducts, problem: General, out: LeftOut) -> tuple[General | None, np.ndarray]:
    """Each cluster's outermost cluster without it, side by side as units; None for outermost clusters."""
    if out.level == cross.levels[0]:
        return None, np.empty(0, dtype=int)
    if remainder_size(cross, out) * cross.table_rows.mean() > LARGEST:
        raise LikelihoodError(f"there are too many rows around each {out.level} to leave each out in turn")
    rest = remainders(cross, out)
    return (
        (None, rest.which) if rest.cross is None else (chosen_rows(problem, cross, rest.cross, rest.index), rest.which)
    )


def chosen_rows(problem: General, cross: Crossproducts, chosen: Crossproducts, index: np.ndarray) -> General:
    """The problem on the rows of chosen innermost clusters, in the basis of the whole. chosen: their cross-products."""
    many = cross.table_rows[index].astype(int)
    firsts = (np.cumsum(cross.table_rows) - cross.table_rows).astype(int)[index]
    begin = np.cumsum(many) - many
    rows = np.arange(int(many.sum())) - np.repeat(begin - firsts, many)
    parts = problem.stretches

    def column(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        return np.concatenate(values)[rows] if isinstance(values[0], np.ndarray) else values[0]

    x = np.concatenate([part.x for part in parts], axis=1)[:, rows]
    z = [np.concatenate(found, axis=1)[:, rows] for found in zip(*(part.z for part in parts), strict=True)]
    starts = [begin[chosen.starts(level.name)] for level in problem.levels]
    cut = stretches(column("y"), column("trials"), column("offset"), column("weights"), x, z, starts)
    return replace(problem, stretches=cut, n_rows=len(rows))


def _differences(problem: General, place: np.ndarray, base: UnitShares) -> np.ndarray:
    """Each unit's share of the Hessian, (U, n, n), by one-sided differences of its gradient."""
    columns = []
    for i in range(len(place)):
        h = 1e-5 * max(1e-2, abs(place[i]))
        moved = place.copy()
        moved[i] += h
        columns.append((unit_shares(problem, moved, base.modes).gradient - base.gradient) / h)
    found = np.array(columns).transpose(2, 0, 1)
    return (found + found.transpose(0, 2, 1)) / 2


def _inverses(hessian: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(hessian)
    curved = values > FLAT * np.maximum(values[:, -1:], 1e-300)
    inverse = np.where(curved, 1 / np.where(curved, values, 1.0), 0.0)
    return np.einsum("cij,cj,ckj->cik", vectors, inverse, vectors)


def _sound(cross: Crossproducts, model: Model, out: LeftOut) -> np.ndarray:
    """Whether every fixed column still varies without each cluster, (C,)."""
    p = len(model.fixed)
    totals = units_of(cross, model).totals[:p, :p]
    moments = totals.sum(axis=-1)[..., None] - totals[..., out.outermost]
    rest = remainders(cross, out) if out.level != cross.levels[0] else None
    if rest is not None and rest.cross is not None:
        moments[..., rest.which] += units_of(rest.cross, model).totals[:p, :p]
    values = np.linalg.eigvalsh(np.moveaxis(moments, -1, 0))
    return values[:, 0] > LOST * values[:, -1]


def _stepped(cross: Crossproducts, problem: General, out: LeftOut, estimate: dict[str, Any], step: _Step) -> Deleted:
    """The one step in the user's units."""
    whole = _recorded(estimate)
    empty = nothing_known(cross, out.level, whole, len(step.place))
    p, back = problem.n_fixed, np.linalg.inv(problem.x_to_raw)
    covariance = 2 * _inverses(step.hessian)[:, :p, :p]
    places = [unpack(problem, place) for place in step.place]
    by_level = [
        np.array([raw_covariance(level, place.factors[k], 1.0) for place in places])
        for k, level in enumerate(problem.levels)
    ]
    dispersion = np.array([place.dispersion for place in places]) if problem.outcome.dispersed else None
    found = replace(
        empty,
        method=np.where(step.sound, ONE_STEP, empty.method).astype(object),
        beta=step.place[:, :p] @ back.T,
        errors=np.sqrt(np.maximum(np.einsum("pi,cij,pj->cp", back, covariance, back, optimize=True), 0.0)),
        df=np.full((len(places), p), np.inf),
        variances=tuple(reversed(by_level)),
        deviance=step.deviance,
        dispersion=dispersion,
    )
    for part in (found.beta, found.errors, found.deviance, *found.variances):
        part[~step.sound] = np.nan
    return found


def _recorded(estimate: dict[str, Any]) -> Whole:
    fixed, random = estimate["fixed"], estimate["random"]
    return Whole(
        tuple(row["term"] for row in fixed),
        np.array([row["estimate"] for row in fixed]),
        np.array(estimate["fixed_covariance"]),
        tuple((part["level"], tuple(part["terms"])) for part in random),
        tuple(np.array(part["covariance"]) for part in random),
        None,
        estimate["dispersion"],
        np.full(len(fixed), np.inf),
        estimate["deviance"],
    )


def _refit(problem: General, chosen: Approximation, step: _Step, c: int, whole: Whole) -> Whole | None:
    """An exact refit from the one step; None where it cannot be had."""
    try:
        point, hessian = _arrive(problem, chosen, step.place[c], step.hessian[c])
    except LikelihoodError:
        return None
    p, back, parts = problem.n_fixed, np.linalg.inv(problem.x_to_raw), unpack(problem, point.place)
    covariance = 2 * _inverses(hessian[None])[0, :p, :p]
    levels = [raw_covariance(level, factor, 1.0) for level, factor in zip(problem.levels, parts.factors, strict=True)]
    return replace(
        whole,
        beta=back @ parts.beta,
        covariance=back @ covariance @ back.T,
        variances=tuple(reversed(levels)),
        dispersion=parts.dispersion if problem.outcome.dispersed else None,
        deviance=float(step.deviance[c]),
    )


def _arrive(
    problem: General, chosen: Approximation, place: np.ndarray, hessian: np.ndarray
) -> tuple[Point[Detail], np.ndarray]:
    """The optimum near a place, and the Hessian there; of nested quadrature, nodes are placed anew until it stays."""
    at_rest = evaluate(problem, place, problem.at_rest(), None)
    if chosen.method != "quadrature" or chosen.nodes is None:
        return _minimised(problem, None, at_rest, hessian)
    if len(problem.levels) == 1:
        effects = len(problem.levels[0].terms)
        fine = rule(chosen.nodes, effects)
        if chosen.nodes**effects <= MANY_PLACES:
            return _minimised(problem, fine, at_rest, hessian)
        return _finely(problem, fine, *_minimised(problem, rule(COARSE, effects), at_rest, hessian))
    point, before = at_rest, np.inf
    for _ in range(PLACINGS):
        nodes = nested_rule(problem, chosen.nodes, point)
        point, hessian = _minimised(problem, nodes, point, hessian)
        if abs(point.value - before) < PLACED:
            break
        before = point.value
    return point, hessian


def _finely(
    problem: General, nodes: Nodes, begin: Point[Detail], hessian: np.ndarray
) -> tuple[Point[Detail], np.ndarray]:
    """From a coarse rule's optimum: each look is dear, so that the last Newton step is taken without another."""
    objective = _objective(problem, nodes, begin)
    point = descend(objective, begin.place, hessian)
    end = curvature(objective, point)
    if end.decrement > ARRIVED:
        point, end = finish(objective, point)
        return point, end.hessian
    return replace(point, place=point.place - positive_inverse(end.hessian) @ point.gradient), end.hessian


def _minimised(
    problem: General, nodes: Nodes, begin: Point[Detail], hessian: np.ndarray
) -> tuple[Point[Detail], np.ndarray]:
    """Search from a point with a first Hessian."""
    point, end = minimise(_objective(problem, nodes, begin), begin.place, hessian)
    return point, end.hessian


def _objective(problem: General, nodes: Nodes, begin: Point[Detail]) -> Objective[Detail]:
    """Each evaluation starts where the last one left the modes, the first at a point."""
    last = [begin.detail]

    def at(place: np.ndarray) -> Point[Detail]:
        point = evaluate(problem, place, last[0], nodes)
        last[0] = point.detail
        return point

    return Objective(at)

"""The Gaussian likelihood without each cluster in turn, all at one theta, and one Newton step from there for all.

The profiled deviance without a cluster and its gradient are exact, from the shares that clusters add (see
`influence_units`); the Hessian is that gradient's difference. One Newton step is the first-order answer to leaving out
(Pregibon 1981 for generalised linear models; Christensen, Pearson and Johnson 1992 for variances).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from epiladder.design.crossproducts import Crossproducts
from epiladder.design.model import Model
from epiladder.engine.covariance import factors_of
from epiladder.engine.elimination import LevelProjection
from epiladder.engine.problem import Problem
from epiladder.inference.influence_units import LeftOut, Shares, Units, remainders, shares, units_of

RUN = 1 << 13
LOST = 1e-9  # smallest eigenvalue of X'V^-1X over the largest, below which a coefficient cannot be estimated
FLAT = 1e-8


@dataclass(frozen=True)
class Without:
    """The criterion without each cluster, at one theta. Clusters come last: deviance (C,), gradient (n, C), beta

    (p, C), variance (C,) of the solved outcome, unscaled (p, p, C), the inverse of X'V^-1X. sound: (C,), whether all
    coefficients can be estimated without it.
    """

    deviance: np.ndarray
    gradient: np.ndarray
    beta: np.ndarray
    variance: np.ndarray
    unscaled: np.ndarray
    sound: np.ndarray


@dataclass(frozen=True)
class Leaving:
    """The likelihood with each of a level's clusters left out."""

    whole: Units
    out: LeftOut
    rest: Units | None
    which: np.ndarray

    @classmethod
    def of(cls, cross: Crossproducts, model: Model, out: LeftOut) -> Leaving:
        """From cross-products that hold the model's columns."""
        rest = remainders(cross, out)
        return cls(units_of(cross, model), out, None if rest.cross is None else units_of(rest.cross, model), rest.which)

    @property
    def problem(self) -> Problem:
        """The problem with all clusters in."""
        return self.whole.problem

    def rows(self) -> np.ndarray:
        """Rows that stay, (C,)."""
        rows = self.problem.n_rows - self.whole.rows[self.out.outermost]
        if self.rest is not None:
            rows[self.which] += self.rest.rows
        return rows

    def at(self, theta: np.ndarray, criterion: str) -> Without:
        """Evaluate without each cluster."""
        factors = factors_of(self.problem.levels, theta)
        own = shares(self.whole, factors)
        rest = None if self.rest is None else shares(self.rest, factors)
        tail = self._less(own.tail, None if rest is None else rest.tail)
        logs = self._less(own.log_determinant, None if rest is None else rest.log_determinant)
        return self._profiled(tail, logs, criterion, factors, own, rest)

    def _less(self, own: np.ndarray, rest: np.ndarray | None) -> np.ndarray:
        """The sum over units, less each cluster's unit, plus what is left of that unit."""
        found = own.sum(axis=-1)[..., None] - own[..., self.out.outermost]
        if rest is not None:
            found[..., self.which] += rest
        return found

    def _profiled(
        self,
        tail: np.ndarray,
        logs: np.ndarray,
        criterion: str,
        factors: list[np.ndarray],
        own: Shares,
        rest: Shares | None,
    ) -> Without:
        problem, p = self.problem, self.problem.n_fixed
        moments = np.moveaxis(tail[:p, :p], -1, 0)
        values = np.linalg.eigvalsh(moments)
        sound = values[:, 0] > LOST * values[:, -1]
        unscaled = np.linalg.inv(np.where(sound[:, None, None], moments, np.eye(p)))
        beta = np.einsum("cij,jc->ic", unscaled, tail[:p, p])
        degrees = self.rows() - (p if criterion == "REML" else 0)
        sound &= degrees > 0
        variance = (tail[p, p] - np.einsum("ic,ic->c", beta, tail[:p, p])) / np.maximum(degrees, 1)
        sound &= variance > 0
        variance = np.where(sound, variance, 1.0)
        deviance = logs + degrees * (1 + np.log(2 * np.pi * variance * problem.y_scale**2))
        if criterion == "REML":
            deviance += np.log(np.where(sound[:, None], values, 1.0)).sum(axis=1)
            deviance += 2 * float(np.linalg.slogdet(problem.x_to_raw)[1])
        restricted = unscaled if criterion == "REML" else None
        gradient = self._gradient(factors, own, rest, beta, variance, restricted)
        return Without(deviance, gradient, beta, variance, np.moveaxis(unscaled, 0, -1), sound)

    def _gradient(
        self,
        factors: list[np.ndarray],
        own: Shares,
        rest: Shares | None,
        beta: np.ndarray,
        variance: np.ndarray,
        unscaled: np.ndarray | None,
    ) -> np.ndarray:
        """The profiled deviance's gradient in theta, (n, C): see `engine.gaussian.slopes`."""
        weights = np.vstack([-beta, np.ones(beta.shape[1])])
        rows = []
        for k, (level, factor) in enumerate(zip(self.problem.levels, factors, strict=True)):
            slope = _of_all(own.projections[k], weights, variance, unscaled)
            slope -= self._removed(k, own.projections[k], weights, variance, unscaled)
            if self.rest is not None and rest is not None:
                firsts, sizes = self.rest.firsts[k], _sizes(self.rest.firsts[k], rest.projections[k].zz.shape[-1])
                unit = np.repeat(self.which, sizes)
                each = np.arange(len(unit))
                slope[..., self.which] += _summed(rest.projections[k], each, unit, firsts, weights, variance, unscaled)
            rows.append(2 * np.einsum("abc,bd->adc", slope, factor)[level.mask])
        return np.concatenate(rows)

    def _removed(
        self,
        k: int,
        projection: LevelProjection,
        weights: np.ndarray,
        variance: np.ndarray,
        unscaled: np.ndarray | None,
    ) -> np.ndarray:
        """The part of each cluster's whole unit, (q, q, C)."""
        firsts = self.whole.firsts[k]
        sizes = _sizes(firsts, projection.zz.shape[-1])[self.out.outermost]
        begin = np.cumsum(sizes) - sizes
        unit = np.repeat(np.arange(len(sizes)), sizes)
        each = np.arange(len(unit)) - begin[unit] + firsts[self.out.outermost][unit]
        return _summed(projection, each, unit, begin, weights, variance, unscaled)


def _sizes(firsts: np.ndarray, n_clusters: int) -> np.ndarray:
    return np.diff(np.append(firsts, n_clusters))


def _of_all(
    projection: LevelProjection, weights: np.ndarray, variance: np.ndarray, unscaled: np.ndarray | None
) -> np.ndarray:
    """sum over all clusters of zz - r r'/s2 - zx (X'V^-1X)^-1 zx', under each left-out cluster's own beta and s2."""
    q, p, _ = projection.zx.shape
    columns = np.concatenate([projection.zx, projection.zy[:, None]], axis=1).reshape(q * (p + 1), -1)
    moments = (columns @ columns.T).reshape(q, p + 1, q, p + 1)
    half = np.einsum("aibj,ic->abjc", moments, weights)
    slope = projection.zz.sum(axis=-1)[..., None] - np.einsum("abjc,jc->abc", half, weights) / variance
    if unscaled is not None:
        slope -= np.einsum("aibj,cij->abc", moments[:, :p, :, :p], unscaled)
    return slope


def _summed(
    projection: LevelProjection,
    each: np.ndarray,
    unit: np.ndarray,
    begin: np.ndarray,
    weights: np.ndarray,
    variance: np.ndarray,
    unscaled: np.ndarray | None,
) -> np.ndarray:
    """The same summed over chosen clusters: `each` names them, `unit` whose beta holds, `begin` where a sum begins."""
    q = len(projection.zz)
    terms = np.empty((q, q, len(each)))
    for first in range(0, len(each), RUN):
        part = slice(first, first + RUN)
        at, of = each[part], unit[part]
        zx = projection.zx[:, :, at]
        scores = projection.zy[:, at] + np.einsum("aij,ij->aj", zx, weights[:-1, of])
        terms[:, :, part] = projection.zz[:, :, at] - scores[:, None] * scores[None] / variance[of]
        if unscaled is not None:
            terms[:, :, part] -= np.einsum("aij,jik,bkj->abj", zx, unscaled[of], zx, optimize=True)
    return np.add.reduceat(terms, begin, axis=2)


@dataclass(frozen=True)
class Step:
    """One Newton step without each cluster. hessian: (C, n, n). theta: (C, n). deviance: (C,) after the step.

    beta (C, p), variance (C,) and errors (C, p), squared standard errors, go along with theta to first order; df:
    (C, p), Satterthwaite's. All in the problem's basis, errors in raw units.
    """

    theta: np.ndarray
    hessian: np.ndarray
    deviance: np.ndarray
    beta: np.ndarray
    variance: np.ndarray
    errors: np.ndarray
    df: np.ndarray
    sound: np.ndarray


def one_step(leaving: Leaving, theta: np.ndarray, criterion: str) -> Step:
    """From the optimum with all clusters in."""
    base = leaving.at(theta, criterion)
    back = np.linalg.inv(leaving.problem.x_to_raw) * leaving.problem.y_scale
    moves = [_differences(leaving, theta, criterion, i, back, base) for i in range(len(theta))]
    n_clusters, n = len(base.deviance), len(theta)
    hessian = np.array([move[0] for move in moves]).reshape(n, n, n_clusters).transpose(2, 0, 1)
    hessian = (hessian + hessian.transpose(0, 2, 1)) / 2
    inverse = _inverses(hessian)
    step = -np.einsum("cij,jc->ci", inverse, base.gradient)
    gained = 0.5 * np.einsum("ci,ic->c", step, base.gradient)
    errors = _errors(base, back)
    by_beta, by_log, by_errors = (np.array([move[k] for move in moves]) for k in (1, 2, 3))
    along = by_errors.reshape(n, *errors.shape)
    doubt = np.einsum("icp,cij,jcp->cp", along, 2 * inverse, along)
    degrees = leaving.rows() - (leaving.problem.n_fixed if criterion == "REML" else 0)
    doubt += 2 * errors**2 / np.maximum(degrees, 1)[:, None]
    return Step(
        theta=theta + step,
        hessian=hessian,
        deviance=base.deviance + gained,
        beta=base.beta.T + np.einsum("ipc,ci->cp", by_beta.reshape(n, *base.beta.shape), step),
        variance=base.variance * np.exp(np.einsum("ic,ci->c", by_log.reshape(n, n_clusters), step)),
        errors=np.maximum(errors + np.einsum("icp,ci->cp", along, step), errors / 100),
        df=2 * errors**2 / doubt,
        sound=base.sound,
    )


def _errors(found: Without, back: np.ndarray) -> np.ndarray:
    """Squared standard errors of the raw coefficients, (C, p)."""
    return np.einsum("pi,ijc,pj,c->cp", back, found.unscaled, back, found.variance, optimize=True)


def _differences(
    leaving: Leaving, theta: np.ndarray, criterion: str, i: int, back: np.ndarray, base: Without
) -> tuple[np.ndarray, ...]:
    """Derivatives by one entry of theta: of the gradient (n, C), beta (p, C), log variance (C,) and errors (C, p).

    Of inner levels, whose shares cost more, by one-sided differences.
    """
    h = 1e-4 * max(1e-2, abs(theta[i]))
    move = np.zeros(len(theta))
    move[i] = h
    high = leaving.at(theta + move, criterion)
    low, width = (base, h) if leaving.rest is not None else (leaving.at(theta - move, criterion), 2 * h)
    return tuple(
        (up - down) / width
        for up, down in (
            (high.gradient, low.gradient),
            (high.beta, low.beta),
            (np.log(high.variance), np.log(low.variance)),
            (_errors(high, back), _errors(low, back)),
        )
    )


def _inverses(hessian: np.ndarray) -> np.ndarray:
    """Inverses over the directions that are curved upwards, cluster by cluster."""
    values, vectors = np.linalg.eigh(hessian)
    curved = values > FLAT * np.maximum(values[:, -1:], 1e-300)
    inverse = np.where(curved, 1 / np.where(curved, values, 1.0), 0.0)
    return np.einsum("cij,cj,ckj->cik", vectors, inverse, vectors)

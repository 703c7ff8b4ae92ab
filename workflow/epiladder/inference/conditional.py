"""Conditional likelihood given each cluster's total: coefficients within clusters, and no parameter for any cluster.

Binary outcomes with the logit link (Chamberlain 1980) and Poisson counts (Hausman, Hall and Griliches 1984). Clusters
whose outcomes are all alike, or whose count is zero, tell nothing and drop out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from epiladder.inference.event_sums import Derivatives, EventSums, work
from epiladder.inference.regression import within_deviations

STEPS, HALVINGS = 60, 30
CONTENT = 1e-18  # Newton decrement, relative to the log-likelihood, at which the search is content
ENDLESS = 1e-7  # share of the information at no effect below which a direction has no finite maximum
DEPENDENT = 1e-7  # share of a column, less what others say within clusters, below which nothing is left of it
STRONG = 0.1  # share of a direction that makes a covariate part of it
MOST_WORK = 5e8  # numbers made in one evaluation of the logit's likelihood: half a minute in all

Likelihood = Callable[[np.ndarray], Derivatives]


@dataclass(frozen=True)
class Conditional:
    """kept: (p,), the columns that have a coefficient. coefficients, covariance: of these, from the information.

    clusters, dropped: how many there are, and how many of them tell nothing.
    """

    kept: np.ndarray
    coefficients: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    clusters: int
    dropped: int


def conditional_logit(
    y: np.ndarray, x: np.ndarray, names: Sequence[str], offset: np.ndarray | None, codes: np.ndarray
) -> Conditional:
    """y (N,): zeros and ones. x: (N, p), of p names. offset: (N,) or None. codes (N,): clusters, from zero.

    Raises ValueError, in words, where there is no finite maximum or the rows are too many.
    """
    totals, sizes = np.bincount(codes, y).astype(int), np.bincount(codes)
    telling = (totals > 0) & (totals < sizes)
    if work(sizes[telling], totals[telling], x.shape[1]) > MOST_WORK:
        rarer = int(np.minimum(totals, sizes - totals).max())
        raise ValueError(
            f"the conditional likelihood of {int(sizes[telling].sum())} rows with up to {rarer} events (or non-events, "
            "if fewer) in a cluster takes too long"
        )
    return _fit(y, x, names, offset, codes, telling, EventSums)


def conditional_poisson(
    y: np.ndarray, x: np.ndarray, names: Sequence[str], offset: np.ndarray | None, codes: np.ndarray
) -> Conditional:
    """y (N,): counts; the rest as in `conditional_logit`."""
    return _fit(y, x, names, offset, codes, np.bincount(codes, y) > 0, _Shares)


class _Shares:
    """Counts given their cluster's total are multinomial: its log-likelihood, but for a constant."""

    def __init__(self, y: np.ndarray, z: np.ndarray, offset: np.ndarray, starts: np.ndarray) -> None:
        self.y, self.z, self.offset, self.starts = y, z, offset, starts
        self.sizes = np.diff(np.append(starts, len(y)))
        self.totals = np.add.reduceat(y, starts)

    def __call__(self, place: np.ndarray) -> Derivatives:
        eta = self.z @ place + self.offset
        eta -= np.repeat(np.maximum.reduceat(eta, self.starts), self.sizes)
        rates = np.exp(eta)
        sums = np.add.reduceat(rates, self.starts)
        mean = rates * np.repeat(self.totals / sums, self.sizes)
        value = float(self.y @ eta - self.totals @ np.log(sums))
        centres = np.add.reduceat(self.z * mean[:, None], self.starts) / self.totals[:, None]
        apart = self.z - np.repeat(centres, self.sizes, axis=0)
        return Derivatives(value, (self.y - mean) @ self.z, (apart * mean[:, None]).T @ apart)


def _fit(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    offset: np.ndarray | None,
    codes: np.ndarray,
    telling: np.ndarray,
    likelihood: Callable[..., Likelihood],
) -> Conditional:
    if not telling.any():
        raise ValueError("outcomes are alike within every cluster")
    which = np.flatnonzero(telling[codes])
    which = which[np.argsort(codes[which], kind="stable")]
    deviations = within_deviations(x[which], np.unique(codes[which], return_inverse=True)[1])
    kept = _independent(deviations, np.linalg.norm(x[which], axis=0))
    own = [name for name, mark in zip(names, kept, strict=True) if mark]
    if not own:
        return Conditional(kept, np.empty(0), np.empty((0, 0)), 0.0, len(telling), int((~telling).sum()))
    z, root = np.linalg.qr(deviations[:, kept])
    scale = float(np.sqrt(len(which)))
    starts = np.flatnonzero(np.append(True, np.diff(codes[which]) != 0))
    shifts = np.zeros(len(which)) if offset is None else offset[which]
    place, found, endless = _climb(likelihood(y[which], z * scale, shifts, starts), len(own))
    back = np.linalg.inv(root / scale)
    if endless is not None:
        raise ValueError(_without_end(own, np.abs(back @ endless) * deviations[:, kept].std(axis=0)))
    covariance = back @ np.linalg.inv(found.information) @ back.T
    return Conditional(kept, back @ place, covariance, found.value, len(telling), int((~telling).sum()))


def _without_end(names: list[str], parts: np.ndarray) -> str:
    """parts: (p,), each covariate's part in the direction along which the likelihood rises without end."""
    strong = [name for name, part in zip(names, parts, strict=True) if part > STRONG * parts.max()]
    tells = "tell" if len(strong) > 1 else "tells"
    return f"no finite maximum: within clusters {' and '.join(strong)} {tells} outcomes apart without a fault"


def _independent(deviations: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Columns (p,) that vary within clusters otherwise than those before them do. sizes: (p,), of the raw columns."""
    kept = np.zeros(deviations.shape[1], dtype=bool)
    for i, column in enumerate(deviations.T):
        before = deviations[:, kept]
        rest = column - before @ np.linalg.lstsq(before, column, rcond=None)[0] if kept.any() else column
        kept[i] = np.linalg.norm(rest) > DEPENDENT * max(sizes[i], 1e-300)
    return kept


def _climb(likelihood: Likelihood, p: int) -> tuple[np.ndarray, Derivatives, np.ndarray | None]:
    """Newton's method from no effect; the last is a direction (p,) in which there is no end, where there is one."""
    place = np.zeros(p)
    found = likelihood(place)
    least = ENDLESS * np.linalg.eigvalsh(found.information)[0]
    for _ in range(STEPS):
        step = np.linalg.solve(found.information, found.score)
        if found.score @ step < CONTENT * (1 + abs(found.value)):
            return place, found, None
        place, found = _next(likelihood, place, step, found)
        if np.linalg.eigvalsh(found.information)[0] < least:
            return place, found, step
    raise ValueError("the maximum of the conditional likelihood was not found")


def _next(
    likelihood: Likelihood, place: np.ndarray, step: np.ndarray, found: Derivatives
) -> tuple[np.ndarray, Derivatives]:
    """The step, halved while the likelihood would fall."""
    expected, rounding = float(found.score @ step), 1e-12 * (1 + abs(found.value))
    for halving in range(HALVINGS):
        size = 0.5**halving
        moved = likelihood(place + size * step)
        if moved.value >= found.value + 1e-4 * size * expected - rounding:
            return place + size * step, moved
    raise ValueError("the maximum of the conditional likelihood was not found")

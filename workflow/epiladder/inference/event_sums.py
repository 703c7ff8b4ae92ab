"""The conditional logit's likelihood: all ways in which a cluster's events could have fallen on its rows, summed.

The sum over subsets is an elementary symmetric function, which a recursion over rows makes (Gail, Lubin and Rubinstein
1981); its derivatives are moments of the events' covariates, carried along. The terms are kept as probabilities: given
the total, any common shift of a cluster's log odds changes nothing, so one is chosen for which the total is expected.
Nothing overflows then, and what underflows does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

NUMBERS_A_BATCH = 1 << 17  # numbers that clusters of one batch carry, so that they stay in the processor's cache
ALIKE = 1.3  # ratio of numbers of events within a batch
ROUNDING = 42.0  # minus the log of a probability that is lost in rounding
SHIFTS = 60
NEARLY = 0.1  # events by which the expected total may miss: any shift is right, this one is good for the digits


@dataclass(frozen=True)
class Derivatives:
    """A log-likelihood with its score (p,) and information (p, p)."""

    value: float
    score: np.ndarray
    information: np.ndarray


def work(sizes: np.ndarray, events: np.ndarray, p: int) -> float:
    """How many numbers one evaluation makes at most: for each row the numbers of events that matter, by moments."""
    rarer = np.minimum(events, sizes - events)
    band = np.minimum(rarer + 1.0, 2 * _width(rarer * (1 - rarer / sizes) / 2))
    return float((sizes * band).sum() * (1 + p + p * (p + 1) / 2))


@dataclass(frozen=True)
class _Batch:
    """Clusters of like numbers of events, the largest first. rows: (n, J), and -1 where there are no more.

    active: (n,), how many clusters have a row more. sizes, events: (J,).
    """

    rows: np.ndarray
    active: np.ndarray
    sizes: np.ndarray
    events: np.ndarray


class EventSums:
    """The log-likelihood by place. y (n,): zeros and ones, sorted by cluster. z (n, p). offset (n,). starts (J,)."""

    def __init__(self, y: np.ndarray, z: np.ndarray, offset: np.ndarray, starts: np.ndarray) -> None:
        self.starts, self.sizes = starts, np.diff(np.append(starts, len(y)))
        events = np.add.reduceat(y, starts).astype(int)
        flipped = 2 * events > self.sizes
        sign = np.where(flipped, -1.0, 1.0)
        turned = np.repeat(sign, self.sizes)
        self.y = np.where(turned < 0, 1 - y, y)
        self.z, self.offset = z * turned[:, None], offset * turned
        self.events = np.where(flipped, self.sizes - events, events)
        self.observed = self.y @ self.z
        p = z.shape[1]
        self.pairs = np.array(list(combinations_with_replacement(range(p), 2))).T
        self.batches = _batches(self.sizes, self.starts, self.events, 1 + p + self.pairs.shape[1])

    def __call__(self, place: np.ndarray) -> Derivatives:
        """At coefficients (p,)."""
        eta = self.z @ place + self.offset
        shift = self._shift(eta)
        eta += np.repeat(shift, self.sizes)
        chance = _expit(eta)
        value = float(self.y @ eta - np.logaddexp(0.0, eta).sum())
        score, information = self.observed.copy(), np.zeros((len(place), len(place)))
        for batch in self.batches:
            whole, first, second = self._moments(batch, chance)
            value -= float(np.log(whole).sum())
            mean = first / whole
            score -= mean.sum(axis=1)
            spread = second / whole - mean[self.pairs[0]] * mean[self.pairs[1]]
            information[self.pairs[0], self.pairs[1]] += spread.sum(axis=1)
        return Derivatives(value, score, np.triu(information) + np.triu(information, 1).T)

    def _shift(self, eta: np.ndarray) -> np.ndarray:
        """What makes each cluster's expected total nearly its own, (J,): Newton's method between bounds."""
        aim = np.log(self.events / (self.sizes - self.events))
        low = aim - np.maximum.reduceat(eta, self.starts)
        high = aim - np.minimum.reduceat(eta, self.starts)
        shift = (low + high) / 2
        for _ in range(SHIFTS):
            chance = _expit(eta + np.repeat(shift, self.sizes))
            short = self.events - np.add.reduceat(chance, self.starts)
            if np.abs(short).max() < NEARLY:
                break
            low, high = np.where(short > 0, shift, low), np.where(short > 0, high, shift)
            moved = shift + short / np.maximum(np.add.reduceat(chance * (1 - chance), self.starts), 1e-12)
            shift = np.where((moved > low) & (moved < high), moved, (low + high) / 2)
        return shift

    def _moments(self, batch: _Batch, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """P(total), E[T; total] (p, J) and E[TT'; total] (pairs, J) of each cluster, T summing z over its events.

        With one row more, by whether it has the event: P(k) <- (1 - c) P(k) + c P(k - 1), and likewise the moments.
        """
        left, right = self.pairs
        p, most = self.z.shape[1], int(batch.events.max())
        n_clusters = len(batch.events)
        whole = np.zeros((most + 2, n_clusters))  # the first entry stands for fewer than no events
        whole[1] = 1.0
        first = np.zeros((p, most + 2, n_clusters))
        second = np.zeros((len(left), most + 2, n_clusters))
        chances = np.where(batch.rows >= 0, chance[batch.rows], 0.0)
        bands = zip(batch.rows, batch.active, *_bands(batch, chances), strict=True)
        for i, (rows, active, low, high) in enumerate(bands):
            c, z = chances[i, :active], self.z[rows[:active]].T[:, None]
            old, new = np.s_[low : high + 1, :active], np.s_[low + 1 : high + 2, :active]
            had = c * whole[old]
            once = c * first[:, *old] + z * had
            twice = c * second[:, *old] + z[left] * once[right] + z[right] * (c * first[left, *old])
            for moments, more in ((whole[new], had), (first[:, *new], once), (second[:, *new], twice)):
                moments *= 1 - c
                moments += more
        at = batch.events + 1, np.arange(n_clusters)
        return whole[at], first[:, *at], second[:, *at]


def _bands(batch: _Batch, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most events so far, (n,) each, that matter after each row of a batch; chances: (n, J).

    Others cannot lead to the total, or do so with a probability below rounding: as sums of independent events the
    total so far and what is still to come keep within Bernstein's (1924) bound of their expectation.
    """
    here = batch.rows >= 0
    ahead = np.maximum(batch.sizes - np.arange(1, len(chances) + 1)[:, None], 0)
    so_far = np.arange(1, len(chances) + 1)[:, None]
    expected, variance = np.cumsum(chances, axis=0), np.cumsum(chances * (1 - chances), axis=0)
    width = _width(np.minimum(variance, variance[-1] - variance)) + NEARLY
    low = np.maximum(np.maximum(batch.events - ahead, 0), np.floor(expected - width))
    high = np.minimum(np.minimum(so_far, batch.events), np.ceil(expected + width))
    least = np.where(here, low, np.inf).min(axis=1)
    most = np.where(here, high, -np.inf).max(axis=1)
    return least.astype(int), most.astype(int)


def _width(variance: np.ndarray) -> np.ndarray:
    """How far a sum of independent events lies from its expectation with a probability of exp(-ROUNDING) at most."""
    return ROUNDING / 3 + np.sqrt((ROUNDING / 3) ** 2 + 2 * ROUNDING * np.maximum(variance, 0))


def _expit(eta: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * eta)


def _batches(sizes: np.ndarray, starts: np.ndarray, events: np.ndarray, moments: int) -> list[_Batch]:
    """Clusters sorted by their events, cut where these grow or a batch is full, and the largest first in each."""
    order = np.argsort(events, kind="stable")
    batches, first = [], 0
    while first < len(order):
        most = int(events[order[first]] * ALIKE) + 1
        room = max(1, NUMBERS_A_BATCH // (moments * (most + 2)))
        last = min(first + room, int(np.searchsorted(events[order], most, side="right")))
        chosen = order[first:last]
        chosen = chosen[np.argsort(-sizes[chosen], kind="stable")]
        places = np.arange(int(sizes[chosen[0]]))[:, None]
        here = places < sizes[chosen]
        rows = np.where(here, starts[chosen] + places, -1)
        batches.append(_Batch(rows, here.sum(axis=1), sizes[chosen], events[chosen]))
        first = last
    return batches

"""Means of the response over normal random effects, by Gauss-Hermite quadrature, and their derivatives.

With h the inverse link and u standard normal, the marginal mean of a row is E h(eta + sqrt(v) u), v being z'Sigma z
summed over levels (Zeger, Liang and Albert 1988; Hedeker, du Toit, Demirtas and Gibbons 2018). Its derivative by eta is
E h'(eta + sqrt(v) u), and by v half of E h''(eta + sqrt(v) u). The log link has the closed form exp(eta + v/2).
"""

from __future__ import annotations

import functools

import numpy as np

NODES = ((0.5, 21), (2.0, 51), (np.inf, 101))  # up to a variance; the wider the law, the more nodes for six digits
LARGEST = 700.0


def rule(variance: float) -> tuple[np.ndarray, np.ndarray]:
    """Places and weights of the standard normal law, enough of them for random effects of this variance."""
    return _hermite(next(number for limit, number in NODES if variance <= limit))


@functools.cache
def _hermite(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    places, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return places, weights / weights.sum()


def inverse_link(link: str, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """h, h' and h'' at eta, each of eta's shape."""
    if link == "identity":
        return eta, np.ones_like(eta), np.zeros_like(eta)
    if link == "log":
        mean = np.exp(np.minimum(eta, LARGEST))
        return mean, mean, mean
    if link == "logit":
        from scipy.special import expit

        p = expit(eta)
        slope = p * (1 - p)
        return p, slope, slope * (1 - 2 * p)
    if link == "probit":
        from scipy.special import ndtr

        slope = np.exp(-eta * eta / 2) / np.sqrt(2 * np.pi)
        return ndtr(eta), slope, -eta * slope
    t = np.exp(np.minimum(eta, LARGEST))
    rest = np.exp(-t)
    return -np.expm1(-t), t * rest, t * rest * (1 - t)


def mean_response(link: str, eta: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """E h(eta + sqrt(v) u) of each row, (N,)."""
    return averaged(link, eta, variance)[0]


def averaged(link: str, eta: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The marginal mean of each row and its derivatives by eta and by v, (N,) each."""
    if link == "log":
        mean = np.exp(np.minimum(eta + variance / 2, LARGEST))
        return mean, mean, mean / 2
    if link == "identity":
        return eta, np.ones_like(eta), np.zeros_like(eta)
    if link == "probit":
        whole = np.sqrt(1 + variance)
        mean, slope, _ = inverse_link(link, eta / whole)
        return mean, slope / whole, -slope * eta / (2 * whole**3)
    spread = np.sqrt(variance)
    out = [np.zeros_like(eta) for _ in range(3)]
    for place, weight in zip(*rule(float(variance.max())), strict=True):
        for total, part in zip(out, inverse_link(link, eta + place * spread), strict=True):
            total += weight * part
    return out[0], out[1], out[2] / 2


def joint_mean(link: str, eta: float, shared: float, apart: float) -> float:
    """E[h(eta + s + a) h(eta + s + b)], s of the shared variance, a and b independent of what is not shared."""
    places, weights = rule(shared)
    inner = mean_response(link, eta + places * np.sqrt(shared), np.full(len(places), apart))
    return float(weights @ inner**2)

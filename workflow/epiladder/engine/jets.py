"""Jets: matrices with their first and second derivatives by a few parameters, and the rules of calculus for them.

A jet maps () to the value, (r,) to the derivative by parameter r and (r, s), r <= s, to the second one; what is not
there is zero. Every array is a batch of matrices, (..., rows, columns), or of scalars where a rule says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Jet = dict[tuple[int, ...], np.ndarray]


def plus(left: Jet, right: Jet, sign: float = 1.0) -> Jet:
    """left + sign * right."""
    found = dict(left)
    for key, value in right.items():
        found[key] = found[key] + sign * value if key in found else sign * value
    return found


def each(jet: Jet, linear: Callable[[np.ndarray], np.ndarray]) -> Jet:
    """A linear map of a jet: of its value and of every derivative."""
    return {key: linear(value) for key, value in jet.items()}


def product(left: Jet, right: Jet, times: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.matmul) -> Jet:
    """The product rule, to the second order, for any bilinear `times`."""
    found: Jet = {}
    for a, x in left.items():
        for b, y in right.items():
            if len(a) + len(b) > 2:
                continue
            part = times(x, y)
            if len(a) == len(b) == 1 and a == b:
                part = 2 * part  # of the two orders in which a parameter meets itself there is one here
            key = tuple(sorted(a + b))
            found[key] = found[key] + part if key in found else part
    return found


def inverse(jet: Jet) -> Jet:
    """The inverse: d(A^-1) = -A^-1 dA A^-1, and once more."""
    value = np.linalg.inv(jet[()])
    turned = {key: value @ derivative for key, derivative in jet.items() if key}
    found: Jet = {(): value}
    for key, first in turned.items():
        found[key] = found.get(key, 0.0) - first @ value
    singles = [key for key in turned if len(key) == 1]
    for a in singles:
        for b in singles:
            key = tuple(sorted(a + b))
            part = turned[a] @ turned[b] @ value * (2.0 if a == b else 1.0)
            found[key] = found.get(key, 0.0) + part
    return found


def log_determinant(jet: Jet, inverted: np.ndarray) -> Jet:
    """log|A| of each matrix: d = tr(A^-1 dA). inverted: A^-1, (..., n, n)."""
    turned = {key: inverted @ derivative for key, derivative in jet.items() if key}
    found: Jet = {(): np.linalg.slogdet(jet[()])[1]}
    for key, first in turned.items():
        found[key] = np.trace(first, axis1=-2, axis2=-1)
    singles = sorted(key for key in turned if len(key) == 1)
    for i, a in enumerate(singles):
        for b in singles[i:]:
            key = a + b
            found[key] = found.get(key, 0.0) - np.einsum("...ij,...ji->...", turned[a], turned[b])
    return found

"""A regression to be answered in several ways: its rows in memory, and a method's answer per coefficient."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from epiladder.inference.fixed import Coefficient, coefficient


@dataclass(frozen=True)
class Regression:
    """Rows in memory: outcome (N,), X (N, p) with the intercept first, outermost and innermost cluster codes (N,).

    trials, offset: (N,), or None. family, link: the plan's. Frequency weights are spelled out as repeated rows.
    """

    outcome: np.ndarray
    names: tuple[str, ...]
    x: np.ndarray
    outer: np.ndarray
    inner: np.ndarray
    confidence: float
    family: str = "gaussian"
    link: str = "identity"
    trials: np.ndarray | None = None
    offset: np.ndarray | None = None

    def taken(self, which: np.ndarray) -> Regression:
        """Some rows, by index, as often as they are named."""
        return replace(
            self,
            outcome=self.outcome[which],
            x=self.x[which],
            outer=self.outer[which],
            inner=self.inner[which],
            trials=None if self.trials is None else self.trials[which],
            offset=None if self.offset is None else self.offset[which],
        )


@dataclass(frozen=True)
class Answer:
    """A method's coefficients by name, or the reason why it has none; reasons: for single coefficients.

    note: what a reader must know of the rows that the method uses.
    """

    coefficients: dict[str, Coefficient]
    reasons: dict[str, str] = field(default_factory=dict)
    note: str | None = None


def answer(
    names: tuple[str, ...] | list[str],
    estimates: np.ndarray,
    errors: np.ndarray,
    df: float | np.ndarray | None,
    confidence: float,
) -> Answer:
    """An answer from estimates and standard errors, in the order of names. df: one for all, or of each."""
    dfs = [None] * len(names) if df is None else np.broadcast_to(df, len(names)).tolist()
    rows = {
        name: coefficient(float(estimate), float(error), own, confidence)
        for name, estimate, error, own in zip(names, estimates, errors, dfs, strict=True)
    }
    return Answer(rows)


def within_deviations(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Deviations of columns (N, k) from their means in each cluster."""
    counts = np.bincount(codes)
    sums = np.column_stack([np.bincount(codes, column, len(counts)) for column in values.T])
    return values - (sums / counts[:, None])[codes]


def varying(x: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Which columns vary within clusters, (p,)."""
    return (within**2).sum(axis=0) > 1e-10 * np.maximum((x**2).sum(axis=0), 1e-300)

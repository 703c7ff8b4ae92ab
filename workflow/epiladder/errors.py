"""Every error that epiladder raises on purpose, each with the exit code that the contract gives it.

A message says what is wrong, where, and how to mend it; the command line prints it without a traceback.
"""

from __future__ import annotations


class EpiladderError(Exception):
    """An error that a user can act on. Subclasses fix the exit code."""

    exit_code = 1


class PlanError(EpiladderError):
    """The plan is wrong, or its file is not there."""

    exit_code = 2


class DataError(EpiladderError):
    """The data break the plan: columns, types, nesting, rank, one cluster, a constant outcome."""

    exit_code = 3


class LikelihoodError(EpiladderError):
    """A likelihood that cannot be evaluated."""

    exit_code = 4


class SeparationError(LikelihoodError):
    """Events that covariates tell from non-events. clusters: the innermost level and those of its clusters where."""

    def __init__(self, message: str, level: str, clusters: tuple[str, ...], n_clusters: int) -> None:
        super().__init__(message)
        self.level, self.clusters, self.n_clusters = level, clusters, n_clusters


class DiskError(EpiladderError):
    """A file that cannot be read or written: disk full, no permission, not there."""

    exit_code = 5


class VerifyDifference(EpiladderError):
    """`verify` found that something differs from its record."""

    exit_code = 6

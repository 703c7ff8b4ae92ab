"""The result of an estimation: values only, in the user's units, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Convergence:
    """How the search ended. status: converged, boundary or failed; message: the same in a sentence."""

    status: str
    message: str
    max_scaled_gradient: float
    evaluations: int


@dataclass(frozen=True)
class LevelEstimate:
    """The covariance matrix (q, q) of one level's random effects, on the scale of the linear predictor."""

    level: str
    terms: tuple[str, ...]
    covariance: np.ndarray
    n_free: int


@dataclass(frozen=True)
class LevelModes:
    """Conditional modes (J, q) of one level, their conditional covariances (J, q, q), and each cluster alone.

    alone: least-squares deviations (J, q) of the cluster by itself from the fixed part, NaN where it cannot have them;
    alone_variance: (J, q).
    """

    level: str
    terms: tuple[str, ...]
    modes: np.ndarray
    covariances: np.ndarray
    alone: np.ndarray
    alone_variance: np.ndarray


@dataclass(frozen=True)
class Uncertainty:
    """What degrees of freedom are made of.

    parameter_covariance: (n, n), of theta and the log residual variance. derivatives: (n, p, p), of the fixed effects'
    covariance matrix by each of those parameters.
    """

    parameter_covariance: np.ndarray
    derivatives: np.ndarray


RESIDUAL, DISPERSION = "residual variance", "dispersion"


@dataclass(frozen=True)
class Variation:
    """Covariance parameters in raw units, outermost level first, then the residual variance or the dispersion.

    names: (level, term, term), the level None for the last. values: (k,); covariance: (k, k); with_fixed: (k, p), their
    covariance with the fixed effects, or (k, 0) where that is zero (Gaussian).
    """

    names: tuple[tuple[str | None, str, str], ...]
    values: np.ndarray
    covariance: np.ndarray
    with_fixed: np.ndarray


@dataclass(frozen=True)
class Adequacy:
    """Laplace's approximation beside quadrature with so many nodes a dimension, both at Laplace's optimum.

    log_likelihood: quadrature's less Laplace's. distance: of the optimum that quadrature foresees, in standard errors;
    moved: (p,), that of each fixed effect. spreads, foreseen: by level, outermost first, the standard deviations (q,)
    of its effects, and what they would be.
    """

    nodes: int
    log_likelihood: float
    distance: float
    moved: np.ndarray
    spreads: tuple[np.ndarray, ...]
    foreseen: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Estimates:
    """A model estimated by one criterion. beta: (p,); beta_covariance: (p, p); levels from the outermost.

    overdispersion: for Poisson counts and events of trials, Pearson's statistic at the modes over rows less parameters;
    at most about one if the law is right, with the standard error overdispersion_error. adequacy: of Laplace's
    approximation, where it was taken and asked for.
    """

    criterion: str
    method: str
    nodes: int | None
    log_likelihood: float
    deviance: float
    n_parameters: int
    names: tuple[str, ...]
    beta: np.ndarray
    beta_covariance: np.ndarray
    levels: tuple[LevelEstimate, ...]
    residual_variance: float | None
    dispersion: float | None
    convergence: Convergence
    uncertainty: Uncertainty
    modes: tuple[LevelModes, ...] = field(default=())
    overdispersion: float | None = None
    variation: Variation | None = None
    overdispersion_error: float | None = None
    adequacy: Adequacy | None = None

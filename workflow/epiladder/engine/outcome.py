"""The engine's outcome of a family and link: its density, and the terms of the log-density that no parameter enters."""

from __future__ import annotations

import numpy as np

from epiladder.engine.general import Outcome
from epiladder.engine.response import (
    Density,
    binomial_cloglog,
    binomial_logit,
    binomial_probit,
    negative_binomial_log,
    poisson_log,
)
from epiladder.errors import LikelihoodError

DENSITIES: dict[tuple[str, str], Density] = {
    ("binomial", "logit"): binomial_logit,
    ("binomial", "probit"): binomial_probit,
    ("binomial", "cloglog"): binomial_cloglog,
    ("poisson", "log"): poisson_log,
    ("negative_binomial", "log"): negative_binomial_log,
}


def make_outcome(
    family: str,
    link: str,
    y: np.ndarray,
    trials: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> Outcome:
    """An outcome of rows (N,). trials: one each if None. offset: log exposures, none if None. weights: frequencies."""
    density = DENSITIES.get((family, link))
    if density is None:
        raise LikelihoodError(f"There is no density for the family {family} with the link {link}.")
    constants = _constants(family, y, trials)
    return Outcome(
        y=y,
        trials=1.0 if trials is None else trials,
        offset=0.0 if offset is None else offset,
        density=density,
        constant=float(constants.sum() if weights is None else (weights * constants).sum()),
        family=family,
        weights=1.0 if weights is None else weights,
    )


def _constants(family: str, y: np.ndarray, trials: np.ndarray | None) -> np.ndarray:
    """log of the binomial coefficient, or minus the log of y factorial."""
    if family == "binomial" and trials is None:
        return np.zeros(len(y))
    from scipy.special import gammaln

    if trials is not None:
        return gammaln(trials + 1) - gammaln(y + 1) - gammaln(trials - y + 1)
    return -gammaln(y + 1)

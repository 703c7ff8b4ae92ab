"""Diagnostics of the rung that is read: residuals by level, dispersion, zeros, normality, spread by cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from epiladder.design.load import Designed
from epiladder.design.outcome import WEIGHT
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.general import make_general
from epiladder.engine.result import Estimates
from epiladder.errors import LikelihoodError
from epiladder.inference.diagnostics_checks import (
    VISIBLE,
    against_normal,
    by_fitted,
    of_modes,
    spread,
)
from epiladder.inference.diagnostics_simulated import Fitted, simulated
from epiladder.inference.estimate import outcome_of
from epiladder.inference.influence_general import place_of

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]


def diagnosed(plan: Plan, designed: Designed, rung: str, fit: Record) -> Record:
    """The record diagnostics.json of a rung. fit: its record."""
    head = {"study": plan.id, "rung": rung, "family": plan.outcome.family}
    if fit["status"] != "fitted":
        return {**head, "reason": f"The rung was not fitted: {fit['message']}"}
    try:
        found = (
            _gaussian(plan, designed, rung)
            if plan.outcome.family == "gaussian"
            else _general(plan, designed, rung, fit)
        )
    except LikelihoodError as error:
        return {**head, "reason": str(error)}
    return {**head, "reason": None, **found}


def _least(plan: Plan) -> int:
    """How many rows a number of a picture must stand for."""
    return 1 if plan.disclosure.public else max(1, plan.disclosure.minimum_count)


def _gaussian(plan: Plan, designed: Designed, rung: str) -> Record:
    model, cross, columns, least = designed.model(rung), designed.cross, designed.columns(rung), _least(plan)
    fit = fit_gaussian(cross, model, ("REML",))["REML"]
    fitted = fitted_values(designed, fit, columns)
    weights = columns.get(WEIGHT, np.ones(len(fitted)))
    residuals = (columns[model.outcome] - fitted) / np.sqrt(fit.residual_variance or 1.0)
    shape = against_normal(residuals, weights, least)
    flagged = shape["distance"] > max(shape["limit"], VISIBLE)
    confidence = plan.inference.confidence
    none = {"reason": "a Gaussian outcome has a variance of its own", "flagged": False}
    return {
        "residuals": {"kind": "conditional", "of": shape["count"], **shape, "flagged": flagged, "visible": VISIBLE},
        "fitted": by_fitted(fitted, residuals, weights, least),
        "dispersion": none,
        "zeros": none,
        "modes": [
            of_modes(part.level, term, part.modes[:, t], part.covariances[:, t, t], level.covariance[t, t], least)
            for part, level in zip(fit.modes, fit.levels, strict=True)
            for t, term in enumerate(part.terms)
        ],
        "spread": spread(cross, model, fit.beta, confidence)
        if model.random
        else {"reason": "the rung has no clusters", "flagged": False},
    }


def fitted_values(designed: Designed, fit: Estimates, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Fixed part and conditional modes of each row, (N,)."""
    cross = designed.cross
    fitted = np.zeros(int(cross.table_rows.sum()))
    for name, value in zip(fit.names, fit.beta, strict=True):
        fitted += value * columns[name]
    first_rows = np.cumsum(cross.table_rows) - cross.table_rows
    for part in fit.modes:
        starts = first_rows[cross.starts(part.level)].astype(int)
        many = np.diff(np.append(starts, len(fitted)))
        for t, term in enumerate(part.terms):
            fitted += np.repeat(part.modes[:, t], many) * columns[term]
    return fitted


def _general(plan: Plan, designed: Designed, rung: str, fit: Record) -> Record:
    columns, least = designed.columns(rung), _least(plan)
    problem = make_general(designed.cross, designed.model(rung), columns, outcome_of(plan, designed, columns))
    if not problem.levels:
        raise LikelihoodError("The rung that is read has no random effects; diagnostics are of mixed models.")
    place = place_of(problem, fit["estimates"]["ML"])
    fitted = Fitted.of(problem, place, plan.outcome.family, str(plan.outcome.link))
    seed = [plan.inference.seed, crc32(plan.id.encode()), crc32(rung.encode()), crc32(b"diagnostics")]
    y, trials, weights = (fitted.column(name) for name in ("y", "trials", "weights"))
    mean = fitted.laws.mean(fitted.eta())
    expected = trials * mean if plan.outcome.family == "binomial" else mean
    residuals = (y - expected) / np.sqrt(np.maximum(fitted.laws.variance(trials, mean), 1e-300))
    return {
        **simulated(fitted, seed, least),
        "fitted": by_fitted(mean, residuals, weights, max(least, 5)),
        "modes": [of_modes(*one, least) for one in fitted.effects()],
        "spread": {"reason": "outside Gaussian models the variance follows from the mean", "flagged": False},
    }

"""What the likelihood itself says of the rung that is read: ratio tests of its terms, and profile intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.design.load import Designed
from epiladder.design.spec import INTERCEPT
from epiladder.engine.fit import Approximation
from epiladder.engine.given import Parameters
from epiladder.engine.surface import Surface, gaussian_surface, general_surface
from epiladder.errors import LikelihoodError
from epiladder.inference.estimate import outcome_of
from epiladder.inference.profile import profile_rows
from epiladder.inference.term_ratios import term_ratios

if TYPE_CHECKING:
    from epiladder.study.config import Plan

Record = dict[str, Any]
MANY = 5_000  # clusters of the innermost level up to which a Gaussian profile costs seconds and is not asked for
IMPUTED = "a likelihood belongs to one data set; over imputed ones coefficients are pooled and tested by Rubin's rules"
NOT_FITTED = "the rung that is read was not fitted"
NOT_ASKED = "the plan does not ask for it (`inference: {profile: true}`)"


def likelihood_tests(plan: Plan, designed: Designed, fit: Record, approximation: Record) -> tuple[Record, Record]:
    """terms.json and profile.json of one rung's fit; where there are none, the reason in words."""
    head = {"study": plan.id, "rung": fit["rung"]}
    terms: Record = {**head, "method": "likelihood_ratio", "criterion": "ML", "tests": [], "reason": None}
    confidence = plan.inference.confidence
    profile: Record = {**head, "criterion": "ML", "confidence": confidence, "rows": [], "reason": None}
    reason = NOT_FITTED if fit["status"] != "fitted" else IMPUTED if plan.data.imputation is not None else None
    if reason is not None:
        return {**terms, "reason": reason}, {**profile, "reason": reason}
    try:
        surface = _surface(plan, designed, fit, approximation)
    except LikelihoodError as error:
        return {**terms, "reason": str(error)}, {**profile, "reason": str(error)}
    gaussian = plan.outcome.family == "gaussian"
    spec, model = designed.spec(fit["rung"]), designed.model(fit["rung"])
    columns = {term: tuple(designed.stored["terms"][term]) for term in spec.fixed if term != INTERCEPT}
    terms["tests"] = term_ratios(surface, columns, (designed.cross, model) if gaussian else None)
    few = gaussian and designed.cross.products.shape[1] <= MANY
    if plan.inference.profile or few:
        return terms, {**profile, "rows": profile_rows(surface, confidence)}
    return terms, {**profile, "reason": NOT_ASKED}


def _surface(plan: Plan, designed: Designed, fit: Record, approximation: Record) -> Surface:
    found, rung = fit["estimates"]["ML"], fit["rung"]
    at = Parameters(
        np.array([row["estimate"] for row in found["fixed"]]),
        tuple(np.array(part["covariance"]) for part in found["random"]),
        found["residual_variance"] or 1.0,
        found["dispersion"],
    )
    if plan.outcome.family == "gaussian":
        return gaussian_surface(designed.cross, designed.model(rung), at)
    columns = designed.columns(rung)
    chosen = Approximation(approximation["method"], approximation["nodes"])
    return general_surface(
        designed.cross, designed.model(rung), columns, outcome_of(plan, designed, columns), chosen, at
    )

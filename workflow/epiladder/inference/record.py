"""A fitted rung as the contract's JSON, and its conditional modes as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.columns import numbers, texts
from epiladder.design.crossproducts import Crossproducts
from epiladder.design.spec import Spec
from epiladder.engine.result import Adequacy, Estimates, LevelEstimate, LevelModes, Variation
from epiladder.inference.criteria import aic, bic
from epiladder.inference.fixed import coefficients
from epiladder.inference.kenward_roger import KenwardRoger
from epiladder.inference.term_tests import TermColumns, term_tests

if TYPE_CHECKING:
    import pyarrow as pa

    from epiladder.study.config import Plan


def fit_record(
    plan: Plan,
    spec: Spec,
    cross: Crossproducts,
    fits: dict[str, Estimates],
    terms: TermColumns,
    warnings: list[str] | None = None,
    adjusted: KenwardRoger | None = None,
) -> dict[str, Any]:
    """The contract's fit of one rung that was fitted.

    terms: the columns of each fixed term. warnings: cautions beside those of convergence. adjusted: Kenward and Roger's
    inference for the REML fit, where the plan asks for it.
    """
    record = _head(plan, spec, cross)
    record["estimates"] = {
        criterion: _estimates(plan, cross, fit, terms, adjusted if criterion == "REML" else None)
        for criterion, fit in fits.items()
    }
    overdispersion = fits["ML"].overdispersion
    ends = [fit.convergence for fit in fits.values()]
    said = list(dict.fromkeys(end.message for end in ends if end.message != "Converged."))
    message = " ".join(said) or "Converged."
    cautions = list(dict.fromkeys([*said, *(warnings or [])]))
    return {**record, "status": "fitted", "message": message, "warnings": cautions, "overdispersion": overdispersion}


def refusal_record(plan: Plan, spec: Spec, cross: Crossproducts, message: str) -> dict[str, Any]:
    """The contract's fit of a rung that could not be fitted, with the reason."""
    record = _head(plan, spec, cross)
    return {
        **record,
        "estimates": {},
        "status": "not_fitted",
        "message": message,
        "warnings": [message],
        "overdispersion": None,
    }


def _head(plan: Plan, spec: Spec, cross: Crossproducts) -> dict[str, Any]:
    return {
        "study": plan.id,
        "rung": spec.rung,
        "formula": spec.formula,
        "family": plan.outcome.family,
        "link": plan.outcome.link,
        "n_rows": cross.n_rows,
        "levels": [{"name": level, "n_clusters": len(cross.starts(level))} for level in cross.levels],
    }


def _estimates(
    plan: Plan, cross: Crossproducts, fit: Estimates, terms: TermColumns, adjusted: KenwardRoger | None
) -> dict[str, Any]:
    likelihood = fit.criterion != "REML"
    n_clusters = len(cross.starts(cross.levels[0]))
    return {
        "method": fit.method,
        "nodes": fit.nodes,
        "log_likelihood": fit.log_likelihood,
        "deviance": fit.deviance,
        "n_parameters": fit.n_parameters,
        "aic": aic(fit) if likelihood else None,
        "bic": bic(fit, cross.n_rows, n_clusters, len(cross.levels)) if likelihood else None,
        **_fixed_part(plan, fit, terms, adjusted),
        "random": [
            {"level": level.level, "terms": list(level.terms), "covariance": _symmetric(level.covariance)}
            for level in fit.levels
        ],
        "covariance_parameters": covariance_parameters(fit.variation),
        "residual_variance": fit.residual_variance,
        "dispersion": fit.dispersion,
        "convergence": dict(fit.convergence.__dict__),
        "adequacy": _adequacy(fit.adequacy),
    }


def _adequacy(found: Adequacy | None) -> dict[str, Any] | None:
    """Laplace's approximation judged by quadrature at its optimum; null where another method was taken."""
    if found is None:
        return None
    return {"nodes": found.nodes, "log_likelihood": found.log_likelihood, "standard_errors": found.distance}


def _fixed_part(plan: Plan, fit: Estimates, terms: TermColumns, adjusted: KenwardRoger | None) -> dict[str, Any]:
    """Coefficients, tests of terms and covariance matrix by one choice of degrees of freedom.

    Kenward and Roger's is for REML; beside it a fit by maximum likelihood has Satterthwaite's.
    """
    method = plan.inference.degrees_of_freedom if fit.residual_variance is not None else "none"
    if method == "kenward_roger" and adjusted is None:
        method = "satterthwaite"
    rows = coefficients(fit, method, plan.inference.confidence, adjusted)
    made = {
        "degrees_of_freedom": method,
        "fixed": [row.as_json(name) for name, row in zip(fit.names, rows, strict=True)],
        "fixed_covariance": fit.beta_covariance.tolist(),
        "tests": [test.as_json() for test in term_tests(fit, method, terms, adjusted)],
    }
    if adjusted is None:
        return made
    errors = np.sqrt(np.diag(adjusted.unadjusted)).tolist()
    made["fixed"] = [{**row, "std_error_unadjusted": error} for row, error in zip(made["fixed"], errors, strict=True)]
    unadjusted = _symmetric(adjusted.unadjusted)
    return {**made, "fixed_covariance": _symmetric(adjusted.covariance), "fixed_covariance_unadjusted": unadjusted}


def covariance_parameters(found: Variation | None) -> dict[str, Any] | None:
    """Variances, covariances and the residual variance or dispersion with their standard errors (delta method).

    parameters: one row each, outermost level first. covariance: (k, k). with_fixed: (k, p), with the fixed effects;
    empty rows where that covariance is zero by theory (Gaussian).
    """
    if found is None:
        return None
    errors = np.sqrt(np.clip(np.diag(found.covariance), 0, None))
    rows = [
        {"level": level, "terms": [a, b], "estimate": float(value), "std_error": float(error)}
        for (level, a, b), value, error in zip(found.names, found.values, errors, strict=True)
    ]
    return {
        "parameters": rows,
        "covariance": _symmetric(found.covariance),
        "with_fixed": found.with_fixed.tolist(),
    }


def _symmetric(matrix: np.ndarray) -> list[list[float]]:
    return ((matrix + matrix.T) / 2).tolist()


def modes_table(cross: Crossproducts, fit: Estimates | None) -> pa.Table:
    """level, cluster, rows, term, mode, std_error, alone, alone_std_error, shrinkage; one row a cluster and term.

    shrinkage: one less the conditional variance over the variance, the weight that the cluster's own data carry; null
    where the variance is zero. alone: the cluster's own least-squares deviation from the fixed part, or null.
    """
    import pyarrow as pa

    parts = [part for pair in _pairs(fit) for part in _modes_of_level(cross, *pair)]
    texts_of = {name: texts([value for part in parts for value in part[name]]) for name in ("level", "cluster", "term")}
    rows = numbers(np.concatenate([np.empty(0, dtype=np.int64), *(part["rows"] for part in parts)]))
    floats = {name: numbers(np.concatenate([np.empty(0), *(part[name] for part in parts)])) for name in FLOATS}
    columns = {**texts_of, "rows": rows, **floats}
    return pa.Table.from_arrays([columns[name] for name in MODES], names=list(MODES))


FLOATS = ("mode", "std_error", "alone", "alone_std_error", "shrinkage")
MODES = ("level", "cluster", "rows", "term", *FLOATS)


def _pairs(fit: Estimates | None) -> list[tuple[LevelModes, LevelEstimate]]:
    return list(zip(fit.modes, fit.levels, strict=True)) if fit is not None else []


def _modes_of_level(cross: Crossproducts, modes: LevelModes, level: LevelEstimate) -> list[dict[str, Any]]:
    """One dict of columns a term."""
    labels = [str(label) for label in cross.cluster_labels(level.level)]
    sizes = np.rint(cross.cluster_sizes(level.level)).astype(np.int64)
    made = []
    for t, term in enumerate(level.terms):
        variance = level.covariance[t, t]
        conditional = np.clip(modes.covariances[:, t, t], 0, None)
        made.append(
            {
                "level": [level.level] * len(labels),
                "cluster": labels,
                "rows": sizes,
                "term": [term] * len(labels),
                "mode": modes.modes[:, t],
                "std_error": np.sqrt(conditional),
                "alone": modes.alone[:, t],
                "alone_std_error": np.sqrt(modes.alone_variance[:, t]),
                "shrinkage": 1 - conditional / variance if variance > 0 else np.full(len(labels), np.nan),
            }
        )
    return made

"""Standard practice for Gaussian outcomes: least squares, its sandwich, estimating equations, fixed effects."""

from __future__ import annotations

import warnings

import numpy as np

from epiladder.inference.bias_reduced import bias_reduced
from epiladder.inference.regression import Answer, Regression, answer, varying, within_deviations


def ordinary(data: Regression) -> Answer:
    """Ordinary least squares, as if rows were independent."""
    from statsmodels.regression.linear_model import OLS

    fit = OLS(data.outcome, data.x).fit()
    return answer(data.names, fit.params, fit.bse, float(fit.df_resid), data.confidence)


def cluster_robust(data: Regression) -> Answer:
    """Least squares with the sandwich over the outermost clusters (CR1 of Stata), t with clusters less one."""
    from statsmodels.regression.linear_model import OLS

    n_clusters = int(data.outer.max()) + 1
    fit = OLS(data.outcome, data.x).fit(cov_type="cluster", cov_kwds={"groups": data.outer})
    return answer(data.names, fit.params, fit.bse, float(n_clusters - 1), data.confidence)


def cluster_robust_cr2(data: Regression) -> Answer:
    """Least squares with the bias-reduced sandwich over the outermost clusters, t with Satterthwaite's df of each."""
    from statsmodels.regression.linear_model import OLS

    fit = OLS(data.outcome, data.x).fit()
    errors, dfs = bias_reduced(data.x, np.asarray(fit.resid), np.ones(len(data.outcome)), data.outer)
    return answer(data.names, fit.params, errors, dfs, data.confidence)


def gee_exchangeable(data: Regression) -> Answer:
    """Generalised estimating equations, exchangeable within the outermost clusters (Liang and Zeger 1986)."""
    from statsmodels.genmod.cov_struct import Exchangeable
    from statsmodels.genmod.generalized_estimating_equations import GEE

    model = GEE(data.outcome, data.x, groups=data.outer, cov_struct=Exchangeable())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = model.fit(maxiter=200)
    if fit is None or not fit.converged:
        raise ValueError("the estimating equations did not converge")
    return answer(data.names, fit.params, fit.bse, None, data.confidence)


def fixed_effects(data: Regression) -> Answer:
    """No pooling: an intercept for each innermost cluster; what does not vary within them cannot be estimated."""
    from statsmodels.regression.linear_model import OLS

    within = within_deviations(data.x, data.inner)
    outcome = within_deviations(data.outcome[:, None], data.inner)[:, 0]
    varies = varying(data.x, within)
    n_clusters = int(data.inner.max()) + 1
    df = float(len(outcome) - n_clusters - varies.sum())
    reasons = {name: "does not vary within clusters" for name, kept in zip(data.names, varies, strict=True) if not kept}
    if not varies.any() or df <= 0:
        return Answer({}, {name: reasons.get(name, "no rows are left within clusters") for name in data.names})
    fit = OLS(outcome, within[:, varies]).fit()
    names = [name for name, kept in zip(data.names, varies, strict=True) if kept]
    found = answer(names, fit.params, fit.bse * np.sqrt(fit.df_resid / df), df, data.confidence)
    return Answer(found.coefficients, reasons)

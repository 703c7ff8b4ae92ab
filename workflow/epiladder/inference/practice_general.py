"""Standard practice for binary and count outcomes: generalised linear models and their kin, mostly by statsmodels.

Ordinary, cluster-robust and estimating equations are population-average; conditional likelihood is cluster-specific.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from epiladder.inference.bias_reduced import bias_reduced
from epiladder.inference.conditional import Conditional, conditional_logit, conditional_poisson
from epiladder.inference.regression import Answer, Regression, answer

MOST_ROWS = 200_000  # single events beyond which tables of events and trials are not spelled out


def family_of(data: Regression) -> Any:
    """statsmodels' family and link; Poisson stands for the negative binomial, which shares its mean."""
    from statsmodels.genmod import families
    from statsmodels.genmod.families import links

    if data.family == "binomial":
        named = {"logit": links.Logit, "probit": links.Probit, "cloglog": links.CLogLog}
        return families.Binomial(named[data.link]())
    return families.Poisson()


def _generalised_linear(data: Regression, **covariance: Any) -> Any:
    """The single-level model; for the negative binomial its dispersion is estimated with it."""
    if data.family == "negative_binomial":
        from statsmodels.discrete.discrete_model import NegativeBinomial

        model = NegativeBinomial(data.outcome, data.x, offset=data.offset)
        return model.fit(disp=False, maxiter=200, **covariance)
    from statsmodels.genmod.generalized_linear_model import GLM

    outcome = data.outcome
    if data.trials is not None:
        outcome = np.column_stack([data.outcome, data.trials - data.outcome])
    return GLM(outcome, data.x, family=family_of(data), offset=data.offset).fit(tol=1e-12, maxiter=100, **covariance)


def ordinary(data: Regression) -> Answer:
    """A generalised linear model, as if rows were independent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = _generalised_linear(data)
    return _head(data, fit)


def cluster_robust(data: Regression) -> Answer:
    """The same with the sandwich over the outermost clusters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = _generalised_linear(data, cov_type="cluster", cov_kwds={"groups": data.outer})
    return _head(data, fit)


def cluster_robust_cr2(data: Regression) -> Answer:
    """The same with the bias-reduced sandwich and Satterthwaite's df of each coefficient.

    The model is taken as linear at its fit: variances, slopes and a dispersion are held.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = _generalised_linear(data)
    estimates = np.asarray(fit.params)[: len(data.names)]
    family = family_of(data)
    mean = family.link.inverse(data.x @ estimates + (0.0 if data.offset is None else data.offset))
    variance = family.variance(mean)
    if data.family == "negative_binomial":
        variance = mean + float(fit.params[-1]) * mean**2
    trials = np.ones(len(mean)) if data.trials is None else data.trials
    design = data.x / family.link.deriv(mean)[:, None]
    errors, dfs = bias_reduced(design, data.outcome / trials - mean, variance / trials, data.outer)
    return answer(data.names, estimates, errors, dfs, data.confidence)


def _head(data: Regression, fit: Any) -> Answer:
    p = len(data.names)
    return answer(data.names, np.asarray(fit.params)[:p], np.asarray(fit.bse)[:p], None, data.confidence)


def gee_exchangeable(data: Regression) -> Answer:
    """Estimating equations, exchangeable within the outermost clusters (Liang and Zeger 1986), Poisson for counts."""
    from statsmodels.genmod.cov_struct import Exchangeable
    from statsmodels.genmod.generalized_estimating_equations import GEE

    rows = _single_events(data)
    model = GEE(
        rows.outcome, rows.x, groups=rows.outer, family=family_of(rows), cov_struct=Exchangeable(), offset=rows.offset
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = model.fit(maxiter=200)
    if fit is None or not fit.converged:
        raise ValueError("the estimating equations did not converge")
    return _head(data, fit)


def fixed_effects(data: Regression) -> Answer:
    """Conditional likelihood given each innermost cluster's total: no pooling without incidental parameters.

    Chamberlain (1980) for the logit; Hausman, Hall and Griliches (1984) for counts. Other links have none.
    """
    if data.link not in ("logit", "log"):
        raise ValueError(f"there is no conditional likelihood for the {data.link} link")
    if data.family == "negative_binomial":
        raise ValueError("there is no conditional likelihood of this form for the negative binomial")
    rows = _single_events(data)
    fit = conditional_logit if data.link == "logit" else conditional_poisson
    found = fit(rows.outcome, rows.x, data.names, rows.offset, rows.inner)
    names = [name for name, kept in zip(data.names, found.kept, strict=True) if kept]
    reasons = {name: "does not vary within clusters" for name in data.names if name not in names}
    made = answer(names, found.coefficients, np.sqrt(np.diag(found.covariance)), None, data.confidence)
    return replace(made, reasons=reasons, note=_dropped(found, data.link))


def _dropped(found: Conditional, link: str) -> str | None:
    """Which clusters tell nothing of what varies within them."""
    if not found.dropped:
        return None
    why = "have all outcomes alike" if link == "logit" else "have no event"
    return f"{found.dropped} of {found.clusters} innermost clusters {why}, tell nothing and drop out"


def _single_events(data: Regression) -> Regression:
    """Events of trials as rows of one trial each."""
    if data.trials is None:
        return data
    if data.trials.sum() > MOST_ROWS:
        raise ValueError(f"there are more than {MOST_ROWS} trials to be spelled out")
    trials, events = data.trials.astype(int), data.outcome.astype(int)
    which = np.repeat(np.arange(len(trials)), trials)
    order = np.arange(len(which)) - np.repeat(np.cumsum(trials) - trials, trials)
    return replace(data.taken(which), outcome=(order < events[which]).astype(float), trials=None)

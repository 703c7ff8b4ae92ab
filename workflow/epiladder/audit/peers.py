"""Other engines that can fit a rung: statsmodels, which is always there, and the package glmm where it is installed.

Each takes the same columns as our engine and answers with the log-likelihood and the fixed part; one that cannot fit a
model raises CannotError with the reason in words.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from epiladder.design.model import Model
from epiladder.design.spec import INTERCEPT

MOST_ROWS = 20_000  # rows beyond which MixedLM takes longer than an auditor waits


class CannotError(Exception):
    """An engine cannot fit this model; the message says why."""


@dataclass(frozen=True)
class Task:
    """A rung to be fitted by maximum likelihood. y: (N,). x: (N, p). columns: by name. clusters: codes (N,) by level,
    unlike in unlike parents. trials, offset, weights: (N,) or None. nodes: of the quadrature; 1 is Laplace, None exact.
    """

    family: str
    link: str
    model: Model
    y: np.ndarray
    x: np.ndarray
    columns: dict[str, np.ndarray]
    clusters: dict[str, np.ndarray]
    trials: np.ndarray | None
    offset: np.ndarray | None
    weights: np.ndarray | None
    nodes: int | None


@dataclass(frozen=True)
class Reply:
    """What an engine found. estimates, errors: (p,), the fixed part; errors None where it gives none."""

    engine: str
    log_likelihood: float
    estimates: np.ndarray
    errors: np.ndarray | None


def fit(task: Task) -> Reply:
    """The first engine that can fit the task; raises CannotError with what each of them said."""
    engines = _single_level if not task.model.random else _mixed
    said = []
    for engine in engines():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return engine(task)
        except CannotError as reason:
            said.append(str(reason))
        except (ValueError, ArithmeticError, RuntimeError, np.linalg.LinAlgError) as error:
            said.append(f"{engine.__name__.strip('_')} failed: {error}")
    raise CannotError("; ".join(said))


def _single_level() -> list[Callable[[Task], Reply]]:
    return [_generalised_linear]


def _mixed() -> list[Callable[[Task], Reply]]:
    return [_glmm, _mixed_linear] if importlib.util.find_spec("glmm") else [_no_glmm, _mixed_linear]


def _no_glmm(task: Task) -> Reply:
    raise CannotError("the package glmm is not installed")


def _generalised_linear(task: Task) -> Reply:
    """statsmodels' OLS, GLM or negative binomial."""
    if task.family == "gaussian":
        return _least_squares(task)
    if task.family == "negative_binomial":
        return _negative_binomial(task)
    from statsmodels.genmod import families
    from statsmodels.genmod.families import links
    from statsmodels.genmod.generalized_linear_model import GLM

    named = {"logit": links.Logit, "probit": links.Probit, "cloglog": links.CLogLog, "log": links.Log}
    kind = families.Binomial if task.family == "binomial" else families.Poisson
    y = task.y if task.trials is None else np.column_stack([task.y, task.trials - task.y])
    model = GLM(y, task.x, family=kind(named[task.link]()), offset=task.offset, freq_weights=task.weights)
    found = model.fit(tol=1e-12, maxiter=200)
    return Reply("statsmodels GLM", float(found.llf), found.params, found.bse)


def _least_squares(task: Task) -> Reply:
    from statsmodels.regression.linear_model import OLS

    which = _spelled(task)
    found = OLS(task.y[which], task.x[which]).fit()
    n, p = task.x[which].shape
    return Reply("statsmodels OLS", float(found.llf), found.params, found.bse * np.sqrt((n - p) / n))


def _negative_binomial(task: Task) -> Reply:
    from statsmodels.discrete.discrete_model import NegativeBinomial

    which = _spelled(task)
    offset = None if task.offset is None else task.offset[which]
    found = NegativeBinomial(task.y[which], task.x[which], offset=offset).fit(disp=False, maxiter=500, gtol=1e-8)
    p = task.x.shape[1]
    return Reply("statsmodels NegativeBinomial", float(found.llf), np.asarray(found.params)[:p], None)


def _spelled(task: Task) -> np.ndarray:
    """Rows as often as their weight says."""
    times = np.ones(len(task.y), dtype=int) if task.weights is None else task.weights.astype(int)
    return np.repeat(np.arange(len(task.y)), times)


def _glmm(task: Task) -> Reply:
    """glmm, a Rust engine by other hands."""
    glmm = importlib.import_module("glmm")
    if task.weights is not None:
        raise CannotError("glmm has no frequency weights")
    names = {column: f"x{at}" for at, column in enumerate(task.model.fixed) if column != INTERCEPT}
    data = {name: task.columns[column] for column, name in names.items()}
    data |= {f"g{number}": task.clusters[part.level] for number, part in enumerate(task.model.random)}
    data["y"] = task.y if task.trials is None else task.y / task.trials
    gaussian = task.family == "gaussian"
    found = glmm.fit(
        data,
        _formula(task.model, names),
        family=task.family.replace("_", ""),
        link=task.link,
        weights=task.trials,
        offset=task.offset,
        satterthwaite=False,
        **({"reml": False} if gaussian else {"nagq": task.nodes or 1}),
    )
    if not gaussian and (found.objective_nodes or 1) != (task.nodes or 1):
        raise CannotError(f"glmm cannot take {task.nodes} nodes for this model")
    if not found.converged:
        raise CannotError("glmm did not converge")
    return Reply("glmm", float(found.loglik), np.asarray(found.beta), np.asarray(found.se))


def _formula(model: Model, names: dict[str, str]) -> str:
    """The model in lme4's notation, columns under other names."""
    parts = ["1", *names.values()]
    for number, part in enumerate(model.random):
        if any(name not in names for name in part.names if name != INTERCEPT):
            raise CannotError("glmm takes no varying coefficient that the fixed part has not")
        for block in part.blocks:
            slopes = [names[name] for name in block if name != INTERCEPT]
            parts.append(f"({' + '.join(['1' if INTERCEPT in block else '0', *slopes])} | g{number})")
    return f"y ~ {' + '.join(parts)}"


def _mixed_linear(task: Task) -> Reply:
    """statsmodels' MixedLM: random effects of the outermost level, variance components of intercepts within."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    _refuse_mixed_linear(task)
    outer, *inner = task.model.random
    groups = task.clusters[outer.level]
    z = np.column_stack([task.columns[name] for name in outer.names])
    model = MixedLM(task.y, task.x, groups=groups, exog_re=z, exog_vc=_components(task, groups) if inner else None)
    found = model.fit(reml=False, free=_free(task, outer.blocks, len(inner)), gtol=1e-8, maxiter=500)
    return Reply(
        "statsmodels MixedLM", float(found.llf), np.asarray(found.fe_params), _least_squares_errors(model, found)
    )


def _least_squares_errors(model: Any, found: Any) -> np.ndarray:
    """Standard errors of generalised least squares at MixedLM's variances, (p,).

    Its own are from the Hessian of all parameters together, another estimator of the same: lme4's leave them apart.
    """
    covariance, components = np.asarray(found.cov_re), np.atleast_1d(np.asarray(found.vcomp))
    information = np.zeros((model.k_fe, model.k_fe))
    for at, x in enumerate(model.exog_li):
        z = model.exog_re_li[at]
        v = z @ covariance @ z.T + found.scale * np.eye(len(x))
        for variance, matrices in zip(components, model.exog_vc.mats, strict=True):
            v += variance * matrices[at] @ matrices[at].T
        information += x.T @ np.linalg.solve(v, x)
    return np.sqrt(np.diag(np.linalg.inv(information)))


def _refuse_mixed_linear(task: Task) -> None:
    if task.family != "gaussian":
        raise CannotError("statsmodels has no likelihood for mixed models of binary outcomes or counts")
    if task.weights is not None:
        raise CannotError("MixedLM has no frequency weights")
    if len(task.y) > MOST_ROWS:
        raise CannotError(f"MixedLM takes too long with more than {MOST_ROWS} rows")
    if any(part.names != (INTERCEPT,) for part in task.model.random[1:]):
        raise CannotError("MixedLM cannot let slopes vary below the outermost level")


def _free(task: Task, blocks: tuple[tuple[str, ...], ...], n_components: int) -> Any:
    """Which covariances are free: those within a block; None where there is one block."""
    from statsmodels.regression.mixed_linear_model import MixedLMParams

    if len(blocks) == 1:
        return None
    block_of = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])
    together = (block_of[:, None] == block_of).astype(float)
    fixed: Any = np.ones(task.x.shape[1])
    return MixedLMParams.from_components(fixed, together, vcomp=np.ones(n_components))


def _components(task: Task, groups: np.ndarray) -> Any:
    """Intercepts of the inner levels: of each outermost cluster, a column of ones and zeros for each inner one."""
    from statsmodels.regression.mixed_linear_model import VCSpec

    rows_of = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    levels = [part.level for part in task.model.random[1:]]
    matrices = [
        [(codes[rows][:, None] == np.unique(codes[rows])).astype(float) for rows in rows_of]
        for codes in (task.clusters[level] for level in levels)
    ]
    names = [[[str(at) for at in range(matrix.shape[1])] for matrix in built] for built in matrices]
    return VCSpec(levels, names, matrices)

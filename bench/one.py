"""One case fitted by one engine in a process of its own, whose memory is its own: prints seconds and the likelihood.

`python -m bench.one ENGINE CASE FILE ROWS REPEATS`; FILE holds the columns as doubles, one after the other.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.cases import CASES, FIXED, Case

Columns = dict[str, np.ndarray]
ORDER = ("g", "h", *FIXED[1:], "o", "y")


def epiladder(case: Case, columns: Columns) -> float:
    """Cross-products and the fit, from rows in memory; without clusters' modes, which the peers do not make either."""
    from epiladder.design.crossproducts import cluster_starts, crossproducts
    from epiladder.design.model import Model, RandomColumns
    from epiladder.engine.fit import LAPLACE, Approximation, fit_gaussian, fit_general
    from epiladder.engine.outcome import make_outcome

    levels = ["h", "g"] if case.nested else ["g"]
    starts = cluster_starts([columns["g"]])
    fixed = {"(Intercept)": np.ones(len(columns["y"])), **{name: columns[name] for name in FIXED[1:]}}
    labels = [columns[level][starts] for level in levels]
    cross = crossproducts([*fixed, "y"], [*fixed.values(), columns["y"]], starts, levels, labels)
    random = [RandomColumns("h", (("(Intercept)",),))] * case.nested + [RandomColumns("g", (case.effects,))]
    model = Model("y", FIXED, tuple(random))
    if case.family == "gaussian":
        return fit_gaussian(cross, model, ("ML",), modes=False)["ML"].log_likelihood
    link = "log" if case.family == "poisson" else "logit"
    outcome = make_outcome(case.family, link, columns["y"], offset=columns["o"] if case.exposed else None)
    method = Approximation("quadrature", case.nodes) if case.nodes else LAPLACE
    return fit_general(cross, model, fixed, outcome, method, modes=False).log_likelihood


def glmm(case: Case, columns: Columns) -> float:
    """The Rust engine of the package glmm."""
    import glmm as peer

    used = {name: columns[name] for name in ORDER if (case.exposed or name != "o") and (case.nested or name != "h")}
    choices = {"reml": False} if case.family == "gaussian" else {"nagq": case.nodes or 1}
    return float(peer.fit(used, case.formula, family=case.family, satterthwaite=False, **choices).loglik)


def statsmodels(case: Case, columns: Columns) -> float:
    """MixedLM, which is for Gaussian outcomes alone."""
    import warnings

    from statsmodels.regression.mixed_linear_model import MixedLM

    x = np.column_stack([np.ones(len(columns["y"])), *(columns[name] for name in FIXED[1:])])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(MixedLM(columns["y"], x, columns["g"], exog_re=x[:, : len(case.effects)]).fit(reml=False).llf)


ENGINES: dict[str, Callable[[Case, Columns], float]] = {
    "epiladder": epiladder,
    "glmm": glmm,
    "statsmodels": statsmodels,
}


def peak_memory() -> float:
    """Megabytes that this process has held at most, the data with it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Fit once on few rows for the imports' sake, then as often as asked."""
    engine, name, file, rows, repeats = sys.argv[1:]
    case = next(case for case in CASES if case.name == name)
    values = np.fromfile(file).reshape(len(ORDER), int(rows))
    columns = dict(zip(ORDER, values, strict=True))
    columns |= {level: columns[level].astype(np.int64) for level in ("g", "h")}
    few = 40 * case.in_cluster
    ENGINES[engine](case, {name: column[:few].copy() for name, column in columns.items()})
    seconds, reached = [], float("nan")
    for _ in range(int(repeats)):
        started = time.process_time()
        reached = ENGINES[engine](case, columns)
        seconds.append(time.process_time() - started)
    print(json.dumps({"seconds": seconds, "log_likelihood": reached, "megabytes": peak_memory()}))


if __name__ == "__main__":
    main()

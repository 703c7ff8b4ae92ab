"""The fuzz: our log-likelihood against glmm's (PyPI, 0.6.2, frozen) on small awkward data sets, counted and printed.

`python tests/laws/fuzz.py` goes through all of them; `test_fuzz` through a part. A fit is worse when its log-likelihood
lies more than 1e-5 below; refusals in words are counted by their first words.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from epiladder.design.crossproducts import crossproducts
from epiladder.design.model import Model, RandomColumns
from epiladder.engine.fit import LAPLACE, fit_gaussian, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.errors import LikelihoodError
from fuzz_data import MODELS, draw

FROZEN = Path(__file__).parents[1] / "golden" / "references" / "fuzz.json"
WORSE = 1e-5


def log_likelihood(seed: int, model: str) -> tuple[float, str]:
    """Our log-likelihood (ML or Laplace) and convergence status; raises LikelihoodError in words."""
    family, rows = draw(seed)
    starts = np.flatnonzero(np.append(True, rows["g"][1:] != rows["g"][:-1]))
    columns = {"(Intercept)": np.ones(len(rows["y"])), "x": rows["x"], "w": rows["w"]}
    cross = crossproducts([*columns, "y"], [*columns.values(), rows["y"]], starts, ["g"], [rows["g"][starts]])
    chosen = Model("y", tuple(columns), (RandomColumns("g", (MODELS[model],)),))
    if family == "gaussian":
        fit = fit_gaussian(cross, chosen, ("ML",))["ML"]
    else:
        fit = fit_general(cross, chosen, columns, make_outcome("binomial", "logit", rows["y"]), LAPLACE)
    return fit.log_likelihood, fit.convergence.status


def compare(most: int) -> tuple[Counter[str], list[str]]:
    """Counts of how we fared on the first `most` cases, and a line for each that is worse."""
    counts: Counter[str] = Counter()
    worse = []
    for case in json.loads(FROZEN.read_text(encoding="utf-8"))[:most]:
        try:
            ours, status = log_likelihood(case["seed"], case["model"])
        except LikelihoodError as error:
            counts[f"refused: {' '.join(str(error).split()[:4])}"] += 1
            continue
        counts[status] += 1
        theirs = case["log_likelihood"]
        if theirs is None:
            counts["the peer has none"] += 1
        elif ours < theirs - WORSE:
            counts["worse"] += 1
            worse.append(f"seed {case['seed']} {case['model']}: {ours - theirs:.3g} ({status})")
        else:
            counts["better" if ours > theirs + WORSE else "same"] += 1
    return counts, worse


if __name__ == "__main__":
    found, lines = compare(10**6)
    print(dict(found), *lines, sep="\n")
    sys.exit(bool(lines))

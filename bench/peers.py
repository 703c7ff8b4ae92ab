"""The same fit by statsmodels and, where Rscript with lme4 is there, by lme4: seconds and log-likelihoods."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.simulate import FIXED, Simulated

R_PROGRAM = Path(__file__).with_name("lme4.R")


@dataclass(frozen=True)
class Timed:
    """Seconds of each repeat, and the log-likelihood reached."""

    seconds: tuple[float, ...]
    log_likelihood: float

    @property
    def median(self) -> float:
        """Median seconds."""
        return statistics.median(self.seconds)


def statsmodels(data: Simulated) -> float:
    """MixedLM by ML with its defaults; returns the log-likelihood."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    x = np.column_stack([np.ones(data.n_rows), *(data.columns[name] for name in FIXED[1:])])
    model = MixedLM(data.columns["y"], x, data.cluster, exog_re=x[:, :2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(model.fit(reml=False).llf)


def has_lme4() -> bool:
    """Whether R with lme4 is installed."""
    if not shutil.which("Rscript"):
        return False
    asked = ["Rscript", "-e", "quit(status = !requireNamespace('lme4', quietly = TRUE))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def lme4(data: Simulated, repeats: int) -> Timed:
    """lmer by ML with its defaults, timed inside R around the call alone."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "columns.bin"
        names = [*FIXED[1:], "y"]
        np.column_stack([data.cluster.astype(float), *(data.columns[name] for name in names)]).T.tofile(table)
        command = ["Rscript", str(R_PROGRAM), str(table), str(data.n_rows), str(repeats)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout)
    return Timed(tuple(found["seconds"]), found["log_likelihood"])

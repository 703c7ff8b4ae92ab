"""Each engine in a process of its own: what a fit took, and what it reached."""

from __future__ import annotations

import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.cases import Case, draw
from bench.one import ORDER

R_PROGRAM = Path(__file__).with_name("lme4.R")


@dataclass(frozen=True)
class Timed:
    """Processor seconds of each repeat, the log-likelihood reached, and the most memory held, in megabytes."""

    seconds: tuple[float, ...]
    log_likelihood: float
    megabytes: float

    @property
    def median(self) -> float:
        """Median seconds."""
        return statistics.median(self.seconds)


def available() -> tuple[str, ...]:
    """The peers that are installed here."""
    peers = [name for name in ("glmm", "statsmodels") if importlib.util.find_spec(name)]
    return (*peers, *(["lme4"] if _has_lme4() else []))


def _has_lme4() -> bool:
    if not shutil.which("Rscript"):
        return False
    asked = ["Rscript", "-e", "quit(status = !requireNamespace('lme4', quietly = TRUE))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@contextmanager
def written(case: Case, n_rows: int) -> Iterator[Path]:
    """The case's columns in a file that every engine reads."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "columns.bin"
        columns = draw(case, n_rows)
        with file.open("wb") as stream:
            for name in ORDER:
                columns[name].astype(np.float64).tofile(stream)
        yield file


DONE: dict[tuple[str, Case, int], Timed] = {}  # what this run has timed already


def one_fit(engine: str, case: Case, n_rows: int) -> float | None:
    """Processor seconds of a fit, timed now if this run has not yet; None where the engine is not here, or fails."""
    if (engine, case, n_rows) not in DONE and engine in available():
        with written(case, n_rows) as file:
            run(engine, case, file, n_rows, 1)
    found = DONE.get((engine, case, n_rows))
    return found.median if found else None


def run(engine: str, case: Case, file: Path, n_rows: int, repeats: int) -> Timed | None:
    """Fit in a child process; None where it does not come to an end."""
    given = [str(file), str(n_rows), str(repeats)]
    if engine == "lme4":
        command = ["Rscript", str(R_PROGRAM), *given, case.family, case.formula, str(case.nodes or 1)]
    else:
        command = [sys.executable, "-m", "bench.one", engine, case.name, *given]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        print(f"  {engine} failed: {(answer.stderr.strip().splitlines() or ['no word'])[-1]}")
        return None
    found = json.loads(answer.stdout.splitlines()[-1])
    DONE[engine, case, n_rows] = Timed(tuple(found["seconds"]), found["log_likelihood"], found["megabytes"])
    return DONE[engine, case, n_rows]

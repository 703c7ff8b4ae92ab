"""The workflow's own cost: a dry run, the default run from a warm environment, one rung's job and one report."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
SMALL = "sleep-deprivation"
REPORTED = "high-school-and-beyond"


def snakemake(folder: Path, *arguments: str) -> float:
    """Seconds of a run of the bundled studies in `folder`."""
    command = [str(PROGRAMS / "snakemake"), "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    started = time.perf_counter()
    answer = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"The run failed:\n{answer.stdout}\n{answer.stderr}")
    return time.perf_counter() - started


def processor_seconds(*arguments: str) -> float:
    """Processor seconds, of itself and its children, of one command of epiladder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(PROGRAMS / "epiladder"), *arguments]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(repeats: int) -> dict[str, list[float]]:
    """Seconds by what was run: `dry run`, `default run`, `rung` and `report` (processor time)."""
    measured: dict[str, list[float]] = {"dry run": [], "default run": [], "rung": [], "report": []}
    with tempfile.TemporaryDirectory() as name:
        for _ in range(repeats):
            shutil.rmtree(name)
            Path(name).mkdir()
            measured["dry run"].append(snakemake(Path(name), "--dry-run"))
            measured["default run"].append(snakemake(Path(name), "--cores", "2"))
        small, reported = (str(Path(name) / "results" / study) for study in (SMALL, REPORTED))
        rung, report = ("fit", "--results", small, "--rung", "random_slope"), ("report", "--results", reported)
        measured["rung"] = [processor_seconds(*rung) for _ in range(5)]
        measured["report"] = [processor_seconds(*report, "--out", f"{name}/report") for _ in range(3)]
    return measured

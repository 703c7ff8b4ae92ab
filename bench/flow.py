"""The workflow's own cost: a dry run, the default run from a warm environment, one rung's job of a small study."""

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


def snakemake(folder: Path, *arguments: str) -> float:
    """Seconds of a run of the bundled studies in `folder`."""
    command = [str(PROGRAMS / "snakemake"), "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    started = time.perf_counter()
    answer = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"The run failed:\n{answer.stdout}\n{answer.stderr}")
    return time.perf_counter() - started


def rung_processor_seconds(results: Path, rung: str = "random_slope") -> float:
    """Processor seconds, of itself and its children, of one rung's command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(PROGRAMS / "epiladder"), "fit", "--results", str(results), "--rung", rung]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(repeats: int) -> dict[str, list[float]]:
    """Seconds by what was run: `dry run`, `default run`, `rung` (processor time)."""
    measured: dict[str, list[float]] = {"dry run": [], "default run": [], "rung": []}
    with tempfile.TemporaryDirectory() as name:
        for _ in range(repeats):
            shutil.rmtree(name)
            Path(name).mkdir()
            measured["dry run"].append(snakemake(Path(name), "--dry-run"))
            measured["default run"].append(snakemake(Path(name), "--cores", "2"))
        results = Path(name) / "results" / SMALL
        measured["rung"] = [rung_processor_seconds(results) for _ in range(5)]
    return measured

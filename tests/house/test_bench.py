"""The benchmarks are programs that nobody runs daily: they import, and the whole ladder runs on few rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "bench").glob("*.py") if not path.stem.startswith("__"))


def run(program: str) -> str:
    """What the program prints, run where the benchmarks are."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_benchmark_imports():
    run("; ".join(f"import bench.{name}" for name in MODULES))


def test_the_ladder_of_the_benchmark_runs_and_compares():
    assert int(run("from bench.ladder import measure; print(measure(2_000)[1])")) > 0

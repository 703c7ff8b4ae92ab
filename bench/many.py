"""Many small studies in one invocation: what the plan of jobs costs, and a whole run, as their number grows.

The plan of jobs (a dry run) is timed for 10, 100 and 1,000 studies, a whole run for the sizes that can be had in
minutes; each in a process of its own, so that its largest memory is its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = Path(sys.executable).parent / "snakemake"
PLANNED, WHOLE = (10, 100, 1000), (10, 100)
CLUSTERS, IN_CLUSTER = 12, 10
STUDY = """\
id: study-{number}
title: A small study
data: {{path: table-{number}.csv}}
unit: patient
levels: [ward]
outcome: {{variable: y}}
variables:
  y: {{type: number}}
  x: {{type: number}}
ladder:
  covariates: [x]
  random_slopes: [{{of: x, over: ward}}]
"""


def write(folder: Path, n_studies: int) -> None:
    """Studies of 120 rows each, and the configuration that names them all."""
    import numpy as np

    rng = np.random.default_rng(20)
    (folder / "config").mkdir(parents=True)
    names = [f"study-{number}.yaml" for number in range(n_studies)]
    for number, name in enumerate(names):
        ward = np.repeat(np.arange(CLUSTERS), IN_CLUSTER)
        x = rng.normal(size=len(ward))
        y = rng.normal(size=CLUSTERS)[ward] + (0.5 + 0.3 * rng.normal(size=CLUSTERS)[ward]) * x
        y += rng.normal(size=len(ward))
        rows = [f"w{w},{a:.4f},{b:.4f}" for w, a, b in zip(ward, x, y, strict=True)]
        (folder / f"table-{number}.csv").write_text("\n".join(["ward,x,y", *rows]) + "\n", encoding="utf-8")
        (folder / name).write_text(STUDY.format(number=number), encoding="utf-8")
    listed = "".join(f"  - {name}\n" for name in names)
    (folder / "config" / "config.yaml").write_text(f"studies:\n{listed}", encoding="utf-8")


def run(folder: Path, *arguments: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds with its jobs, and the largest memory in GB of Snakemake, of one invocation."""
    command = [str(PROGRAM), "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder), "--quiet", "all"]
    started = time.perf_counter()
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen([*command, *arguments], stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"The run failed:\n{(folder / 'said.txt').read_text(encoding='utf-8')[-2000:]}")
    seconds = time.perf_counter() - started
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024**2


def table(long: bool) -> None:
    """A line for each number of studies: the plan of jobs, and the whole run where it was made."""
    print("Many small studies in one invocation (two cores; seconds by the clock, of the processor; memory)")
    print(f"  {'studies':>8}  {'what':14}{'seconds':>10}{'processor':>11}{'a study':>10}{'memory':>10}")
    cases = [("plan of jobs", number, ("--dry-run",)) for number in (PLANNED if long else PLANNED[:2])]
    cases += [("whole run", number, ("--cores", "2")) for number in (WHOLE if long else ())]
    for what, number, arguments in cases:
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), number)
            seconds, processor, memory = run(Path(name), *arguments)
        print(
            f"  {number:>8,}  {what:14}{seconds:>10.1f}{processor:>11.1f}{processor / number:>10.3f}{memory:>7.2f} GB",
            flush=True,
        )

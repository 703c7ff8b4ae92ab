"""Runs of the workflow as a user would call it, and what came of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).parent / "snakemake"
STUDY = """\
# yaml-language-server: $schema=../workflow/schemas/study.schema.json
id: wards
title: Stress on wards
data: {path: wards.csv}
unit: nurse
levels: [ward]
outcome: {variable: stress, family: gaussian}
variables:
  stress: {type: number, min: -20, max: 20}
  age: {type: number, level: nurse, centre: grand_mean}
  training: {type: category, categories: [control, training], level: ward}
ladder:
  covariates: [age, training]
  random_slopes: [{of: age, over: ward}]
  cross_level: [[age, training]]
disclosure: public
report: {authors: [Ada Byron, Karl Gauss]}
"""
RUNGS = ["single_level.null", "single_level", "null", "random_intercept", "random_slope", "cross_level"]
TIMED = ("logs", "benchmarks", "runs")


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and what the terminal showed."""

    code: int
    said: str

    @property
    def rules(self) -> set[str]:
        """Rules that ran, or would have run."""
        return set(re.findall(r"^(?:local)?rule (\w+):$", self.said, flags=re.MULTILINE)) - {"default"}


def write_study(folder: Path, n_wards: int = 14) -> Path:
    """A small study with slopes that differ; returns its study file."""
    rng = np.random.default_rng(3)
    lines = ["ward,age,training,stress"]
    for ward in range(n_wards):
        trained, level, slope = ward % 2, rng.normal(scale=0.8), 0.1 + rng.normal(scale=0.1)
        for age in rng.integers(20, 60, 12):
            stress = 3 + level + slope * (age - 40) - 0.5 * trained + rng.normal()
            lines.append(f"w{ward},{age},{['control', 'training'][trained]},{stress:.4f}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wards.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return folder / "study.yaml"


def command(directory: Path, *arguments: str, studies: str | None = "study.yaml") -> list[str]:
    """The command line of a run in `directory`, from wherever it is called."""
    config = ["--config", f"studies=[{studies}]"] if studies else []
    return [str(PROGRAM), "--snakefile", str(ROOT / "Snakefile"), "--directory", str(directory), *arguments, *config]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a user who has not activated .venv."""
    path = os.pathsep.join(item for item in os.environ["PATH"].split(os.pathsep) if item != str(PROGRAM.parent))
    return {**os.environ, "PATH": path, **changes}


def run(directory: Path, *arguments: str, studies: str | None = "study.yaml", cwd: Path | None = None) -> Outcome:
    """Run the workflow in `directory`; without arguments for real, on one core."""
    directory.mkdir(parents=True, exist_ok=True)
    where = cwd or directory
    answer = subprocess.run(
        command(directory, *(arguments or ("--cores", "1")), studies=studies),
        cwd=where,
        env=environment(PWD=str(where)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(answer.returncode, answer.stdout)


def dry_run(directory: Path, studies: str | None = "study.yaml", cwd: Path | None = None) -> Outcome:
    """What a run would do: every rule named."""
    return run(directory, "--dry-run", "--quiet", "host", studies=studies, cwd=cwd)


def copy(finished: Path, folder: Path) -> Path:
    """A finished run's folder, with its times and records, somewhere else."""
    return shutil.copytree(finished, folder)


def contents(directory: Path) -> dict[str, bytes]:
    """Every output by its path, but for side records and the manifest, which hold times."""
    files = [*directory.glob("results/*/**/*"), *directory.glob("reports/*/**/*")]
    kept = [path for path in files if path.is_file() and path.relative_to(directory).parts[2] not in TIMED]
    made = [path for path in kept if path.name != "manifest.json" and not path.name.startswith(".")]
    return {str(path.relative_to(directory)): path.read_bytes() for path in made}

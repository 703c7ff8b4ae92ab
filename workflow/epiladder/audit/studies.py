"""The studies of a run: which study files the configuration names, where they lie, and what each one makes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from epiladder.audit.baseline import baseline_of
from epiladder.audit.expand import expanded_files
from epiladder.audit.plan_lock import lock_file
from epiladder.errors import PlanError
from epiladder.study.addresses import refuse_no_plugin
from epiladder.study.blind import blinded
from epiladder.study.config import load_plan
from epiladder.study.gaps import data_sets
from epiladder.study.plan import Plan
from epiladder.study.resampling import CHUNKS, chunks
from epiladder.study.sources import files_there
from epiladder.study.terms import rung_ids

KEYS = ("studies", "expand", "container", "pathvars", "blind", "bootstrap_jobs")
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Study:
    """A study of the run: its file as Snakemake shall see it, its plan, and the most jobs that its bootstrap takes."""

    file: Path
    plan: Plan
    bootstrap_jobs: int = CHUNKS

    @property
    def id(self) -> str:
        """The study's id, which names its folders."""
        return self.plan.id

    @property
    def rungs(self) -> tuple[str, ...]:
        """The rungs that the plan makes, in the ladder's order."""
        return rung_ids(self.plan)

    @property
    def imputations(self) -> tuple[int, ...]:
        """Numbers of the imputed data sets; none where nothing is imputed."""
        return data_sets(self.plan)

    @property
    def chunks(self) -> tuple[int, ...]:
        """Numbers of the chunks over which the bootstrap is scattered; none where it is done in one go."""
        return chunks(self.plan, self.bytes, self.bootstrap_jobs)

    @cached_property
    def data(self) -> tuple[Path, ...]:
        """Its data files, as far as they are there: the validation rule reports the others."""
        return files_there(self.plan.data, self.file.parent)

    @cached_property
    def bytes(self) -> int:
        """Of its data files, as far as they are there; asked by every job, and looked up once."""
        return sum(path.stat().st_size for path in self.data)

    @property
    def lock(self) -> tuple[Path, ...]:
        """The lock of its plan, where there is one."""
        return tuple(path for path in (lock_file(self.file),) if path.is_file())

    def baseline(self, results: Path) -> Path | None:
        """The results folder that it is compared with, if any."""
        return baseline_of(self.file, self.plan.baseline, results / self.id)

    def memory(self, attempt: int = 1) -> int:
        """Megabytes that a job of this study may need: Snakemake's own, and the table some thirty times over."""
        return attempt * int(1000 + 30 * self.bytes / MEGABYTE)

    def minutes(self, attempt: int = 1) -> int:
        """Minutes that a job of this study may take: mostly waiting for a file system; half a minute a megabyte."""
        return attempt * int(10 + self.bytes / MEGABYTE / 2)


def studies_of(config: Mapping[str, Any], repository: Path, results: Path = Path("results")) -> dict[str, Study]:
    """The studies that a configuration names, and those that it spreads one into, by id.

    `repository` is searched last, so that the shipped configuration works from any folder. Derived study files are
    written into `results`. Raises PlanError for an unknown key, a study file that is not there or is wrong, and two
    studies of one id.
    """
    _refuse_unknown(config)
    blind = is_true(config.get("blind"))
    folders = (Path(), Path(os.environ.get("PWD", ".")), repository)
    files = [find(name, folders) for name in _names(config.get("studies"), bool(config.get("expand")))]
    if config.get("expand"):
        files += expanded_files(config["expand"], lambda name: find(name, folders), results)
    jobs = whole_number(config.get("bootstrap_jobs"))
    studies: dict[str, Study] = {}
    for file in files:
        plan = load_plan(file)
        study = Study(file, blinded(plan) if blind or plan.blind.on else plan, jobs)
        if study.id in studies:
            other = studies[study.id].file
            raise PlanError(
                f"{other} and {file} have the same id `{study.id}`, so their results would share a folder. "
                "Give one of them another id."
            )
        refuse_no_plugin(plan.data)
        baseline_of(file, plan.baseline, Path())  # one that is named and not there is refused before any job
        studies[study.id] = study
    return studies


def is_true(value: Any) -> bool:
    """A switch of the configuration. Raises PlanError for what is neither true nor false."""
    if value is None or str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise PlanError(f"The configuration's `blind` is true or false, not `{value}`.")


def whole_number(value: Any) -> int:
    """How many jobs a bootstrap is scattered over at the most. Raises PlanError for what is no number from 1."""
    if value is None:
        return CHUNKS
    if isinstance(value, bool) or not str(value).isdecimal() or int(value) < 1:
        raise PlanError(f"The configuration's `bootstrap_jobs` is a whole number from 1, not `{value}`.")
    return int(value)


def settings_file(repository: Path) -> Path:
    """The configuration: `config/config.yaml` of the working directory, or else the shipped one."""
    own = Path("config") / "config.yaml"
    return own if own.is_file() else repository / own


def find(name: str, folders: Iterable[Path]) -> Path:
    """The study file called `name` in the first of the folders that has it, the working directory being `.`."""
    tried = []
    for folder in folders:
        candidate = (folder / Path(name).expanduser()).absolute()
        if candidate.is_dir():
            candidate = candidate / "study.yaml"
        if candidate.is_file():
            return _short(candidate)
        tried.append(str(candidate))
    places = "\n".join(f"  {place}" for place in dict.fromkeys(tried))
    raise PlanError(f"{name}: there is no such study file. Looked for\n{places}\nGive its path from where you stand.")


def _short(file: Path) -> Path:
    """The path from the working directory when the file lies under it, so that records do not hold whole paths."""
    try:
        return Path(os.path.normpath(file)).relative_to(Path.cwd())
    except ValueError:
        return Path(os.path.normpath(file))


def _names(studies: Any, expands: bool) -> list[str]:
    if studies is None and expands:
        return []
    names = [studies] if isinstance(studies, (str, os.PathLike)) else studies
    if not isinstance(names, (list, tuple)) or not names or not all(isinstance(n, (str, os.PathLike)) for n in names):
        raise PlanError(
            "The configuration names no studies. Write `studies: [path/to/study.yaml]` in config/config.yaml, "
            "or call with `--config studies=[path/to/study.yaml]`."
        )
    return [str(name) for name in dict.fromkeys(names)]


def _refuse_unknown(config: Mapping[str, Any]) -> None:
    for key in config:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, n=1)
            meant = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(f'`{known}`' for known in KEYS)}."
            raise PlanError(f"The configuration has an unknown key `{key}`: {meant}")


def put_on_path() -> None:
    """Let commands find the programs of the running interpreter, whether its environment is active or not."""
    folder = str(Path(sys.executable).parent)
    if os.environ.get("PATH", "").split(os.pathsep)[0] != folder:
        os.environ["PATH"] = os.pathsep.join([folder, os.environ.get("PATH", "")])

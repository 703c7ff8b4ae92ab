"""The manifest: the last output of a study, which says what was run, on what, with what, and hashes what came out."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

from epiladder.audit import environment
from epiladder.audit.digests import BASES, code
from epiladder.audit.provenance import fingerprint
from epiladder.files import read_json
from epiladder.study.addresses import copies, kept_in
from epiladder.study.gaps import data_sets
from epiladder.study.plan import Plan
from epiladder.study.terms import rung_ids

SIDE_RECORDS = ("logs", "benchmarks", "runs", "baseline")
MEASURES = {"s": "seconds", "cpu_time": "processor_seconds", "max_rss": "memory_mb"}


def manifest(study_path: Path, results: Path, reports: Path) -> dict[str, Any]:
    """The record of a study's run, as the contract has it.

    `inputs` are shown from the study file's folder, `outputs` from the working directory. Raises DiskError when a
    file that it should hash cannot be read.
    """
    record = read_json(results / "provenance.json")
    plan = read_json(results / "plan.json")
    resolved = Plan.model_validate(plan)
    rungs, number = rung_ids(resolved), numbers(resolved, _records(results, "bootstrap"))
    found = (path for path in sorted((results / "runs").glob("*.json")) if not _is_left(path, results, rungs, number))
    own = (path for path in _of_plan(found, rungs) if resolved.report.pdf or path.stem != "pdf")
    runs = [*_fetched(resolved, kept_in(results)), *(run_of(path, results) for path in own)]
    return {
        **record,
        "study_file": study_path.name,
        "folders": {name: _shown(path) for name, path in _folders(study_path, results, reports).items()},
        "plan": plan,
        "inputs": _with_rows(record["inputs"], read_json(results / "data" / "accounting.json")),
        "outputs": [_output(path, reports) for path in sorted(outputs(results, reports, rungs, number))],
        "side_records": [{**fingerprint(path, Path()), "label": "restricted"} for path in side_records(results)],
        "code": {rule: code(rule) for rule in BASES},
        "environment": environment.everything_installed(),
        "python": environment.python(),
        "blas": environment.blas(),
        "runs": runs,
        "seeds": _seeds(resolved, rungs),
        "convergence": convergence(results, rungs),
        "findings": [
            {key: one[key] for key in ("check", "severity", "rows") if key in one}
            for one in read_json(results / "validation.json")["findings"]
        ],
        "started": min((run["started"] for run in runs if run.get("started")), default=None),
        "ended": max((run["ended"] for run in runs if run.get("ended")), default=None),
    }


def _fetched(plan: Plan, kept: Path) -> Iterator[dict[str, Any]]:
    """How each copy of what lies at an address came here."""
    for path in copies(plan.data, kept).values():
        record = path.parent / "runs" / "fetch.json"
        if record.is_file():
            yield {
                **read_json(record),
                "rule": f"fetch.{path.parent.name[:12]}",
                "measured": _measured(Path(f"{path}.tsv")),
            }


def side_records(results: Path) -> Iterator[Path]:
    """Logs, measurements and closing records of every job but this last one, which is not done when they are hashed."""
    for folder in SIDE_RECORDS[:3]:
        for path in sorted((results / folder).glob("*")):
            if path.is_file() and path.stem != "manifest" and not path.name.startswith("."):
                yield path


def numbers(plan: Plan, runs: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Of imputed data sets, and of chunks of the bootstrap's replicates: as many as its command was told.

    runs: records of commands, the bootstrap's among them.
    """
    commands = (run["command"] for run in runs if "bootstrap" in run.get("command", [])[1:2])
    told = dict(pairwise(next(commands, [])))
    return len(data_sets(plan)), int(told.get("--chunks", 0))


def _records(results: Path, verb: str) -> list[dict[str, Any]]:
    path = results / "runs" / f"{verb}.json"
    return [read_json(path)] if path.is_file() else []


def outputs(results: Path, reports: Path, rungs: tuple[str, ...], number: tuple[int, int]) -> Iterator[Path]:
    """Every output of the study but the manifest: no side records, nothing that the plan no longer makes.

    number: of imputed data sets, and of chunks of the bootstrap's replicates.
    """
    made = (path for path in results.rglob("*") if path.is_file() and path != results / "manifest.json")
    kept = [path for path in made if path.relative_to(results).parts[0] not in SIDE_RECORDS]
    kept = [path for path in kept if not _is_left(path, results, rungs, number)]
    fits = [path for path in kept if path.parent.name == "fits"]
    yield from (path for path in kept if path not in fits and not path.name.startswith("."))
    yield from _of_plan(fits, rungs)
    yield from (path for path in reports.rglob("*") if path.is_file() and not path.name.startswith("."))


def _is_left(path: Path, results: Path, rungs: tuple[str, ...], number: tuple[int, int]) -> bool:
    """Whether a file is of a data set, or of a rung's fits on data sets, that an older plan asked for."""
    parts = path.relative_to(results).parts
    words = path.name.split(".")
    n_data_sets, n_chunks = number
    if parts[0] == "bootstrap":
        return int(words[0]) > n_chunks
    if parts[0] == "runs" and words[0] == "resample":
        return int(words[1]) > n_chunks
    if parts[0] == "imputed":
        return int(parts[1]) > n_data_sets
    if parts[0] == "fits" and len(parts) == 3:
        return parts[1] not in rungs or int(words[0]) > n_data_sets
    if parts[0] == "runs" and words[0] in ("impute", "fit-imputed"):
        return int(words[1]) > n_data_sets
    return n_data_sets == 0 and path.name in ("imputation.json", "gather.json", "pool.json")


def _of_plan(paths: Iterable[Path], rungs: tuple[str, ...]) -> Iterator[Path]:
    """The files that are of no rung (`validate.json`), or of a rung of the plan (`null.json`, `fit.null.json`)."""
    for path in paths:
        name = path.name.removesuffix(".json").removesuffix(".parquet").removesuffix(".modes")
        rung = name.removeprefix("fit.")
        if rung in rungs or (path.parent.name == "runs" and not name.startswith("fit.")):
            yield path


def _folders(study_path: Path, results: Path, reports: Path) -> dict[str, Path]:
    return {"study": study_path.parent, "results": results, "reports": reports}


def _shown(path: Path) -> str:
    return Path(os.path.relpath(path)).as_posix()


def _with_rows(inputs: list[dict[str, Any]], account: dict[str, Any]) -> list[dict[str, Any]]:
    """The inputs, and the rows read where one file of data holds them all; several are read as one table."""
    data = [one for one in inputs[1:] if not one["path"].endswith(".lock.json")]
    rows = account["rows_read"] + account.get("rows_outside", 0) if len(data) == 1 else None
    return [{**one, "rows": rows if one in data else None} for one in inputs]


def _output(path: Path, reports: Path) -> dict[str, Any]:
    """A file's print, its rows where it is a table, and whether it may leave the house."""
    label = "releasable" if path.is_relative_to(reports) else "restricted"
    return {**fingerprint(path, Path()), "rows": _rows(path), "label": label}


def _rows(path: Path) -> int | None:
    """Rows of a table under its head; None for what is none."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            return max(sum(1 for _ in csv.reader(stream)) - 1, 0)
    if path.suffix != ".parquet":
        return None
    import pyarrow.parquet as pq

    return pq.read_metadata(path).num_rows


def _seeds(plan: Plan, rungs: tuple[str, ...]) -> dict[str, Any]:
    """What every random number grows from: SeedSequence([inference, study, rung], spawn_key=(replicate,))."""
    words = {"study": crc32(plan.id.encode()), "rungs": {rung: crc32(rung.encode()) for rung in rungs}}
    return {"inference": plan.inference.seed, **words}


def run_of(path: Path, results: Path) -> dict[str, Any]:
    """The record of one command, with what Snakemake measured of it when there is a benchmark."""
    return {**read_json(path), "rule": path.stem, "measured": _measured(results / "benchmarks" / f"{path.stem}.tsv")}


def _measured(benchmark: Path) -> dict[str, float] | None:
    try:
        with benchmark.open(encoding="utf-8", newline="") as stream:
            row = next(csv.DictReader(stream, delimiter="\t"), {})
    except OSError:
        return None
    return {name: value for key, name in MEASURES.items() if (value := _number(row.get(key))) is not None}


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def convergence(results: Path, rungs: tuple[str, ...]) -> list[dict[str, Any]]:
    """Of every rung and criterion: whether it converged, and what was said; of a rung not fitted, why."""
    rows = []
    for rung in rungs:
        fit = read_json(results / "fits" / f"{rung}.json")
        rows.append({"rung": rung, "status": fit["status"], "message": fit.get("message"), **_by_criterion(fit)})
    return rows


def _by_criterion(fit: dict[str, Any]) -> dict[str, Any]:
    estimates = fit.get("estimates") or {}
    return {
        "warnings": fit.get("warnings") or [],
        "criteria": {name: estimate["convergence"] for name, estimate in estimates.items() if estimate},
    }

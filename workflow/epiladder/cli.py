"""The command line: one subcommand a rule of the workflow, and `check` and `document`.

An error raised on purpose is printed as its message, without a traceback, and ends with its exit code.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from epiladder import __version__, steps
from epiladder.errors import DiskError, EpiladderError
from epiladder.files import write_json
from epiladder.lazily import put_off
from epiladder.trail import TRAIL

ARGUMENTS: dict[str, dict[str, Any]] = {
    "study": {"type": Path, "metavar": "study.yaml", "help": "the study file"},
    "folders": {"type": Path, "nargs": "+", "metavar": "results/study", "help": "the results folders of the studies"},
    "--results": {"type": Path, "required": True, "help": "the study's results folder"},
    "--reports": {"type": Path, "required": True, "help": "the study's reports folder"},
    "--out": {"type": Path, "required": True, "help": "the folder that receives the report"},
    "--rung": {"required": True, "help": "the rung's id"},
    "--imputation": {"type": int, "required": True, "help": "the number of the imputed data set, from 1"},
    "--chunk": {"type": int, "required": True, "help": "the number of the chunk of replicates, from 1"},
    "--of": {"type": int, "required": True, "help": "how many chunks of replicates there are"},
    "--chunks": {"type": int, "required": True, "help": "how many chunks of replicates there are; 0: draw them here"},
    "brought": {"type": Path, "metavar": "file", "help": "the file as Snakemake has brought it"},
    "--address": {"required": True, "help": "where it lies: s3://bucket/file.csv, https://host/file.csv"},
    "--sha256": {"required": True, "help": "the SHA-256 that the plan pins"},
    "place": {
        "type": Path,
        "nargs": "?",
        "default": Path("results"),
        "metavar": "results",
        "help": "the folder of all studies' results; `results` if not said",
    },
    "--follow": {"action": "store_true", "help": "go on until the run that is going on here ends"},
    "table": {"type": Path, "metavar": "table.csv", "help": "the table: any format that a study file may name"},
    "--study": {"type": Path, "metavar": "study.yaml", "help": "the study file to write; study.yaml beside the table"},
    "folder": {"type": Path, "metavar": "reports/study", "help": "the study's reports folder, or its results folder"},
    "--numbers": {"action": "store_true", "help": "derive the report and all its numbers again from the results"},
    "--refit": {"action": "store_true", "help": "fit every rung again by another engine"},
    "--baseline": {"type": Path, "default": None, "help": "results folder of an earlier run; none if not said"},
    "--blind": {"action": "store_true", "help": "permute the outcome, under an id of its own"},
    "--root": {"type": Path, "default": Path(), "help": "the project's folder"},
}

VERBS: dict[str, tuple[str, ...]] = {
    "check": ("study",),
    "draft": ("table", "--study"),
    "plan": ("study", "--results", "--blind"),
    "fetch": ("brought", "--address", "--sha256", "--results"),
    "validate": ("study", "--results", "--blind"),
    "gate": ("--results",),
    "design": ("--results",),
    "impute": ("--results", "--imputation"),
    "gather": ("--results",),
    "approximate": ("--results",),
    "fit": ("--results", "--rung"),
    "fit-imputed": ("--results", "--imputation"),
    "pool": ("--results",),
    "resample": ("--results", "--chunk", "--of"),
    "bootstrap": ("--results", "--chunks"),
    "infer": ("--results",),
    "standard-practice": ("--results",),
    "influence": ("--results",),
    "diagnose": ("--results",),
    "likelihood": ("--results",),
    "measure": ("--results",),
    "provenance": ("study", "--results"),
    "changes": ("--results", "--baseline"),
    "pdf": ("--results", "--out"),
    "report": ("--results", "--out"),
    "index": ("folders", "--out"),
    "manifest": ("study", "--results", "--reports"),
    "lock": ("study",),
    "release": ("folder",),
    "crate": ("folder",),
    "progress": ("place", "--follow"),
    "verify": ("folder", "--numbers", "--refit"),
    "document": ("--root",),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: run one verb and exit with the contract's code."""
    put_off()
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one verb; returns the exit code."""
    options = vars(_parser().parse_args(arguments))
    verb = options.pop("verb")
    started = datetime.now(UTC)
    code = _perform(verb, options)
    if "results" in options:
        code = _keep_record(verb, options, arguments, started, code)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="epiladder", description="Multilevel analysis of nested epidemiological data."
    )
    parser.add_argument("--version", action="version", version=f"epiladder {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    for verb, names in VERBS.items():
        step = getattr(steps, verb.replace("-", "_"))
        summary = " ".join((step.__doc__ or "").split())
        sub = verbs.add_parser(verb, help=summary, description=summary)
        for name in names:
            sub.add_argument(name, **ARGUMENTS[name])
    return parser


def _perform(verb: str, options: dict[str, Any]) -> int:
    try:
        said = getattr(steps, verb.replace("-", "_"))(**options)
    except EpiladderError as error:
        print(f"epiladder: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"epiladder: {error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        return DiskError.exit_code
    except Exception:
        print("epiladder: this is a bug; please report it with the lines below.", file=sys.stderr)
        traceback.print_exc()
        return 1
    if said:
        print(said)
    return 0


def _keep_record(verb: str, options: dict[str, Any], arguments: Sequence[str], started: datetime, code: int) -> int:
    """Leave what was run, and when, beside the results, for the manifest to collect."""
    one_of_many = next((options[key] for key in ("rung", "imputation", "chunk") if key in options), None)
    name = verb if one_of_many is None else f"{verb}.{one_of_many}"
    record = {
        "command": ["epiladder", *map(str, arguments)],
        "started": started.isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        "host": socket.gethostname(),
        "exit_code": code,
        "blas_threads": os.environ.get("OMP_NUM_THREADS"),
        **_resources_used(),
        "read": [_shown(path) for path in TRAIL.read],
        "written": [{"path": _shown(path), "sha256": sha} for path, sha in TRAIL.written.items()],
    }
    try:
        write_json(options["results"] / "runs" / f"{name}.json", record)
    except DiskError as error:
        print(f"epiladder: {error}", file=sys.stderr)
        return code or error.exit_code
    return code


def _resources_used() -> dict[str, float]:
    """What this command took: seconds of processor time, its children's too, and its largest size in megabytes."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = sum(used.ru_utime + used.ru_stime for used in (own, children))
    kilobytes = 1024 if sys.platform == "darwin" else 1
    return {
        "processor_seconds": round(seconds, 2),
        "memory_mb": round(max(own.ru_maxrss, children.ru_maxrss) / kilobytes / 1024, 1),
    }


def _shown(path: Path) -> str:
    return Path(os.path.relpath(path)).as_posix()

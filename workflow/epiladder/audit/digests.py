"""What each rule of the workflow rests on: the floors of code, the libraries, and the keys of the plan.

Snakemake runs a rule again when its inputs or its parameters change, but sees neither an edit of an installed package
nor a new library, and a plan is one file for all rules. These digests are parameters of the rules instead: a changed
formula, library or key runs again just the rules that rest on it (and what follows from them).
"""

from __future__ import annotations

import copy
import functools
import hashlib
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epiladder.audit import environment
from epiladder.errors import DiskError
from epiladder.files import read_json, sha256_of
from epiladder.study.plan import Plan

PACKAGE = Path(__file__).resolve().parents[1]
COMMON = (  # the door, and what every floor stands on
    *sorted(path.name for path in PACKAGE.glob("*.py")),
    "steps/__init__.py",
    "steps/resolved.py",
)
WORDS = (
    "title",
    "question",
    "notes",
    "report",
    "data.source",
    "data.licence",
    "variables.*.label",
    "baseline",
    "expanded",
    "data.sha256",
)
NOT_MODEL = ("screen", "description", "disclosure", "ladder.retain", "blind")
NOT_ROWS = (*NOT_MODEL, "estimation")
NOT_TESTS = ("inference.degrees_of_freedom",)
AFTER_FITS = ("inference.bootstrap", "inference.profile")
NOT_SEED = ("inference.confidence", "inference.degrees_of_freedom", *AFTER_FITS)
ROWS_IGNORE = (
    *WORDS,
    "data.imputation",
    "screen",
    "estimation",
    "inference",
    "ladder.retain",
)  # findings are worded by disclosure


@dataclass(frozen=True)
class Basis:
    """What a rule rests on: floors or modules of the package, libraries, and the plan's keys that it does not read."""

    code: tuple[str, ...]
    libraries: tuple[str, ...]
    unread: tuple[str, ...]


STUDY = ("study",)
DESIGN = (*STUDY, "design", "ladder")
MODEL = (*DESIGN, "engine", "inference")
ESTIMATION = (
    "criteria",
    "degrees_of_freedom",
    "estimate",
    "fixed",
    "kenward_roger",
    "record",
    "reference",
    "term_tests",
)
ESTIMATE = (
    *(*DESIGN, "engine", "inference/__init__.py"),
    *(f"inference/{name}.py" for name in ESTIMATION),
)
RESAMPLE = (
    *ESTIMATE,
    *(f"inference/{name}.py" for name in ("bootstrap", "bootstrap_correlations", "compare", "integrate")),
    *(f"inference/{name}.py" for name in ("monte_carlo", "reference", "resample")),
    *(f"inference/resample_{name}.py" for name in ("gaussian", "general", "table")),
    *(f"inference/{name}.py" for name in ("scales", "screen", "variation")),
)
TABLES = ("numpy", "pandas", "pyarrow")
NUMBERS = ("numpy", "scipy", "pyarrow")
MODELS = ("steps/models.py", "steps/designed.py")
IMPUTED = ("steps/imputed.py", "steps/designed.py")
EVERYTHING = Basis((".",), tuple(environment.libraries()), ())

BASES: Mapping[str, Basis] = {
    "plan": Basis(("steps/study.py", *STUDY), ("pydantic", "pyyaml"), ()),
    "validate": Basis(
        ("steps/study.py", *DESIGN),
        (*TABLES, "formulaic", "pandera", "pyreadstat", "scipy", "sqlalchemy"),
        tuple(key for key in ROWS_IGNORE if key != "data.sha256"),
    ),
    "gate": Basis(("steps/study.py",), (), (*ROWS_IGNORE, "description")),
    "design": Basis((*MODELS, *DESIGN), (*TABLES, "formulaic"), (*ROWS_IGNORE, "description")),
    "impute": Basis(
        (*IMPUTED, *DESIGN, "imputation"),
        (*TABLES, "formulaic", "scipy"),
        (*WORDS, *NOT_SEED, *NOT_ROWS, "data.imputation.number"),
    ),
    "gather": Basis((*IMPUTED, *DESIGN, "imputation"), ("numpy", "pandas"), (*WORDS, *NOT_SEED, *NOT_ROWS)),
    "approximate": Basis((*MODELS, *ESTIMATE), NUMBERS, (*WORDS, *NOT_MODEL, "inference")),
    "fit": Basis((*MODELS, *ESTIMATE), NUMBERS, (*WORDS, *NOT_MODEL, *AFTER_FITS)),
    "fit_imputed": Basis(
        (*IMPUTED, *ESTIMATE),
        NUMBERS,
        (*WORDS, *NOT_MODEL, *AFTER_FITS, "data.imputation"),
    ),
    "pool": Basis((*IMPUTED, *MODEL), NUMBERS, (*WORDS, *NOT_MODEL, *AFTER_FITS)),
    "resample": Basis(
        ("steps/resampled.py", *RESAMPLE), NUMBERS, (*WORDS, *NOT_ROWS, "inference.confidence", *NOT_TESTS)
    ),
    "bootstrap": Basis(("steps/resampled.py", *RESAMPLE), NUMBERS, (*WORDS, *NOT_ROWS, *NOT_TESTS)),
    "infer": Basis(("steps/inference.py", *MODEL), NUMBERS, (*WORDS, "disclosure", "estimation")),
    "standard_practice": Basis(
        ("steps/inference.py", *MODEL),
        (*NUMBERS, "pandas", "statsmodels"),
        (*WORDS, *NOT_MODEL, "estimation"),
    ),
    "influence": Basis(("steps/influence.py", "steps/first_design.py", *MODEL), NUMBERS, (*WORDS, "disclosure")),
    "diagnose": Basis(
        ("steps/diagnosis.py", "steps/first_design.py", *MODEL),
        NUMBERS,
        (*WORDS, "screen", "description", "ladder.retain"),
    ),
    "likelihood": Basis(("steps/likelihood.py", *MODEL), NUMBERS, (*WORDS, *NOT_MODEL)),
    "measure": Basis(("steps/measures.py", *MODEL), NUMBERS, (*WORDS, *NOT_MODEL, *AFTER_FITS)),
    "provenance": EVERYTHING,
    "changes": EVERYTHING,
    "report": Basis(("steps/pages.py", *MODEL, "report"), ("jinja2", "matplotlib", *NUMBERS), ()),
    "manifest": EVERYTHING,
    "pdf": Basis(("steps/pages.py", *MODEL, "report"), ("jinja2", "matplotlib", "weasyprint", *NUMBERS), ()),
}


# A copy is of no study, so no plan stands behind it.
FETCH = (
    "steps/fetched.py",
    "study/addresses.py",
    "study/pins.py",
)


def code(rule: str) -> str:
    """Digest of the files of the package that a rule runs, and of the templates beside them."""
    return code_of((*COMMON, *BASES[rule].code))


@functools.cache
def code_of(parts: tuple[str, ...]) -> str:
    """Digest of some floors or modules of the package: names and bytes, in the order of names."""
    digest = hashlib.sha256()
    for file in sorted({file for part in parts for file in sources(PACKAGE / part)}):
        digest.update(f"{file.relative_to(PACKAGE).as_posix()} {file_digest(file)}\n".encode())
    return digest.hexdigest()


@functools.cache
def file_digest(file: Path) -> str:
    """Digest of a file's bytes, read once a process."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def sources(part: Path) -> Iterable[Path]:
    """Files of a floor or module, but for what Python and editors leave behind."""
    if part.is_file():
        return [part]
    return [
        file
        for file in part.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    ]


def versions(rule: str) -> str:
    """Python and the libraries that a rule rests on, as text such as `python 3.11, numpy 2.4.6`."""
    python = ".".join(platform.python_version_tuple()[:2])
    return ", ".join(
        [f"python {python}", *(f"{name} {environment.version_of(name)}" for name in BASES[rule].libraries)]
    )


def reads_the_same(rule: str, plan: Plan, results: Path) -> bool:
    """Whether a rule reads in `plan` just what it read in the study's last run, and that run came to its end.

    Snakemake asks no job below one that runs for reasons of its own: when the plan is resolved anew, the rules that
    take it as `ancient` are passed over even where `plan_part` has changed. So these rules take it as `ancient` only
    where nothing that they read has changed since a run whose manifest holds the plan that lies there.
    """
    before = _settled_plan(results.absolute())
    return before is not None and sha256_of(_part(rule, before)) == plan_part(rule, plan)


@functools.cache
def _settled_plan(results: Path) -> dict[str, Any] | None:
    """The plan of the last run, None when there was none or it did not come to its end."""
    try:
        plan, manifest = read_json(results / "plan.json"), read_json(results / "manifest.json")
    except DiskError:
        return None
    return plan if manifest.get("plan") == plan else None


def plan_part(rule: str, plan: Plan) -> str:
    """Digest of a resolved plan without the keys that a rule does not read; a key that is new to us counts as read.

    Jobs of a study ask for the same digests again and again, and a run may be of thousands: each is made once.
    """
    if id(plan) not in _PARTS:
        _PARTS[id(plan)] = (plan, plan.model_dump(mode="json"), {})
    _, content, known = _PARTS[id(plan)]
    unread = BASES[rule].unread
    if unread not in known:
        known[unread] = sha256_of(_part(rule, content))
    return known[unread]


# By a plan's place in memory, which stays its own while the plan is kept here.
_PARTS: dict[int, tuple[Plan, dict[str, Any], dict[tuple[str, ...], str]]] = {}


def _part(rule: str, content: dict[str, Any]) -> dict[str, Any]:
    part = copy.deepcopy(content)
    for key in BASES[rule].unread:
        _drop(part, key.split("."))
    return part


def _drop(content: Any, path: list[str]) -> None:
    """Take a key out of a mapping of mappings; `*` stands for every key of its place."""
    first, *rest = path
    if not isinstance(content, dict):
        return
    if not rest:
        content.pop(first, None)
        return
    for inner in content.values() if first == "*" else (content.get(first),):
        _drop(inner, rest)

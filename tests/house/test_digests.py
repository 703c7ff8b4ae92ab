"""Each rule's digests cover what its command can reach: modules of the package, libraries, keys of the plan."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from epiladder.audit import digests
from epiladder.audit.environment import libraries
from epiladder.study.config import load_plan

ROOT = Path(__file__).resolve().parents[2]
IMPORT_NAMES = {"pyyaml": "yaml"}
STUDY = ROOT / "config" / "studies" / "high-school-and-beyond" / "study.yaml"
RULES = sorted(digests.BASES)
ABOVE = {
    "design": ("validate",),
    "impute": ("validate",),
    "gather": ("validate", "impute"),
    "approximate": ("validate", "design"),
    "fit": ("validate", "design", "approximate"),
    "fit_imputed": ("validate", "design", "approximate"),
    "pool": ("validate", "design", "fit_imputed"),
    "resample": ("validate", "design", "fit"),
    "bootstrap": ("validate", "design", "fit"),
    "infer": ("validate", "design", "fit"),
    "standard_practice": ("validate", "design", "fit"),
    "influence": ("validate", "design", "fit", "infer"),
    "diagnose": ("validate", "design", "fit", "infer"),
    "measure": ("validate", "design", "fit", "infer", "bootstrap", "likelihood"),
    "likelihood": ("validate", "design", "fit", "infer", "standard_practice"),
    "report": ("validate", "design", "fit", "infer", "standard_practice", "influence", "diagnose", "measure"),
    "pdf": ("validate", "design", "fit", "infer", "standard_practice", "influence", "diagnose", "measure"),
}


def module_file(name: str) -> Path | None:
    """File of a dotted module of the package, None for what is none."""
    path = digests.PACKAGE.joinpath(*name.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if name.split(".")[0] == "epiladder" and candidate.is_file():
            return candidate
    return None


def imports(tree: ast.AST) -> set[str]:
    """Modules that a piece of code imports, but for those that only a type checker reads."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        found |= imports(node)
    return found


@cache
def imports_of(file: Path) -> frozenset[str]:
    return frozenset(imports(ast.parse(file.read_text(encoding="utf-8"))))


def step_imports(verb: str) -> set[str]:
    """What a step and the helpers that it calls in its file import, and its file's imports of other steps."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (digests.PACKAGE / "steps").glob("*.py")]
    named = [{node.name for node in tree.body if isinstance(node, ast.FunctionDef)} for tree in trees]
    tree = next(tree for tree, names in zip(trees, named, strict=True) if verb in names)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    shared = imports(ast.Module([node for node in tree.body if not isinstance(node, ast.FunctionDef)], []))
    found = {name for name in shared if name.startswith("epiladder.steps.")}
    waiting, seen = [verb], set[str]()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        found |= imports(functions[name])
        called = {node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)}
        waiting += [other for other in called & functions.keys() if other not in seen]
    return found


def reach(verb: str) -> tuple[set[Path], set[str]]:
    """Files of the package, and foreign top-level modules, that a verb can import at any time."""
    files: set[Path] = set()
    foreign: set[str] = set()
    waiting = step_imports(verb)
    while waiting:
        name = waiting.pop()
        file = module_file(name)
        if file is None:
            foreign.add(name.split(".")[0])
        elif file not in files:
            files.add(file)
            waiting |= imports_of(file)
    return files, foreign


def covered(rule: str) -> set[Path]:
    parts = (*digests.COMMON, *digests.BASES[rule].code)
    return {file for part in parts for file in digests.sources(digests.PACKAGE / part)}


@pytest.mark.parametrize("rule", RULES)
def test_code_covers_what_the_command_reaches(rule: str) -> None:
    files, _ = reach(rule)
    missing = {file.relative_to(digests.PACKAGE).as_posix() for file in files - covered(rule)}
    assert not missing - {"audit/__init__.py"}


@pytest.mark.parametrize("rule", RULES)
def test_versions_cover_the_libraries_that_the_command_reaches(rule: str) -> None:
    """A library of a rule above needs no second mention: that rule runs again, and this one after it. What reads the
    plan (pydantic, PyYAML) shows in the digest of the plan itself."""
    _, foreign = reach(rule)
    asked = {name for name in libraries() if IMPORT_NAMES.get(name, name) in foreign}
    above = {name for other in ABOVE.get(rule, ()) for name in digests.BASES[other].libraries}
    assert not asked - set(digests.BASES[rule].libraries) - set(digests.BASES["plan"].libraries) - above


def test_an_edited_formula_changes_the_rules_above_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {rule: digests.code(rule) for rule in RULES}
    edited = digests.PACKAGE / "engine" / "gaussian.py"
    real = digests.file_digest
    monkeypatch.setattr(digests, "file_digest", lambda file: "edited" if file == edited else real(file))
    digests.code_of.cache_clear()
    changed = {rule for rule in RULES if digests.code(rule) != before[rule]}
    digests.code_of.cache_clear()
    above = {
        "resample",
        "bootstrap",
        "infer",
        "standard_practice",
        "influence",
        "diagnose",
        "likelihood",
        "measure",
        *PAPERS,
    }
    assert changed == {"approximate", "fit", "fit_imputed", "pool", *above}


PAPERS = {"pdf", "report", "provenance", "changes", "manifest"}
EDITS = {
    "title": ({"title": "Another"}, {"plan", *PAPERS}),
    "question": ({"question": "Why?"}, {"plan", *PAPERS}),
    "threshold": ({"screen": {"icc": 0.1}}, {"plan", "infer", "influence", *PAPERS}),
    "confidence": (
        {"inference": {"confidence": 0.9}},
        {
            "plan",
            "fit",
            "fit_imputed",
            "pool",
            "infer",
            "standard_practice",
            "influence",
            "diagnose",
            "likelihood",
            "measure",
            "bootstrap",
            *PAPERS,
        },
    ),
    "disclosure": (
        {"disclosure": {"public": False}},
        {"plan", "validate", "gate", "design", "diagnose", *PAPERS},
    ),
    "label": ({"variables": {"math": {"label": "Mathematics, points"}}}, {"plan", *PAPERS}),
    "expanded": ({"expanded": {"of": "other", "looks": 3}}, {"plan", *PAPERS}),
    "baseline": ({"baseline": "earlier"}, {"plan", *PAPERS}),
    "range": ({"variables": {"math": {"min": -20}}}, set(RULES)),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_key_changes_the_rules_that_read_it_alone(edit: str) -> None:
    plan = load_plan(STUDY)
    change, expected = EDITS[edit]
    edited = type(plan).model_validate(merged(plan.model_dump(mode="json"), change))
    changed = {rule for rule in RULES if digests.plan_part(rule, edited) != digests.plan_part(rule, plan)}
    assert changed == expected


def merged(content: dict, change: dict) -> dict:
    return content | {
        key: merged(content[key] or {}, value) if isinstance(value, dict) else value for key, value in change.items()
    }


def test_a_changed_library_changes_the_rules_that_rest_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {rule: digests.versions(rule) for rule in RULES}
    real = digests.environment.version_of
    monkeypatch.setattr(digests.environment, "version_of", lambda name: "999" if name == "jinja2" else real(name))
    assert {rule for rule in RULES if digests.versions(rule) != before[rule]} == {
        "pdf",
        "report",
        "provenance",
        "changes",
        "manifest",
    }

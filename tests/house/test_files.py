"""Every file that git follows keeps to the house's rules: size, docstrings, no traces of the machine it was made on."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300
LONGEST_AT_90TH_PERCENTILE = 25
MACHINE = re.compile(
    r"(?<![\w.<>-])/(?:work|tmp|home|root|Users|opt|usr/local)/\w"  # a path of somebody's machine
    r"|\b(?:localhost|127\.0\.0\.1):\d|\b10\.\d+\.\d+\.\d+\b"  # an address of a network
    r"|--(?:extra-)?index-url|--find-links|--trusted-host|files\.pythonhosted|pypi\.org|/simple/",  # a package index
)
BINARY = {".sas7bdat", ".png", ".parquet", ".ico", ".woff2"}
SELF = Path(__file__).relative_to(ROOT)


def followed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


FILES = followed()
TEXTS = [path for path in FILES if path.suffix not in BINARY]
MODULES = [path for path in FILES if path.suffix == ".py"]
PACKAGE = [path for path in MODULES if path.parts[:2] == ("workflow", "epiladder")]


def test_there_is_something_to_look_at() -> None:
    assert len(PACKAGE) > 30
    assert Path("Snakefile") in FILES


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_no_traces_of_a_machine_or_of_a_package_index(path: Path) -> None:
    if path in (SELF, Path("Makefile")):
        return
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1)
        if MACHINE.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_makefile_names_no_package_index() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for option in ("--no-emit-index-url", "--no-emit-find-links"):
        text = text.replace(option, "")
    assert not MACHINE.search(text)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_modules_say_what_lives_in_them_and_stay_small(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    if path.name != "__init__.py" or text.strip():
        assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"


def test_functions_are_short() -> None:
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in PACKAGE
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[int(0.9 * len(lengths))] <= LONGEST_AT_90TH_PERCENTILE


@pytest.mark.parametrize("path", [path for path in PACKAGE if path.suffix == ".py"], ids=str)
def test_nothing_of_the_package_knows_snakemake(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in imported if name.split(".")[0] == "snakemake"]


def test_tests_never_skip() -> None:
    mark = re.compile(r"pytest\.(?:skip|importorskip|xfail)\b|mark\.(?:skip|skipif|xfail)\b")
    tests = [path for path in MODULES if path.parts[0] == "tests" and path != SELF]
    assert not [str(path) for path in tests if mark.search((ROOT / path).read_text(encoding="utf-8"))]


def test_every_bundled_study_says_where_its_data_come_from() -> None:
    studies = sorted({path.parent for path in FILES if path.name == "study.yaml" and path.parts[0] == "config"})
    assert len(studies) >= 3
    for folder in studies:
        told = (ROOT / folder / "DATA.md").read_text(encoding="utf-8")
        assert "Taken from" in told and "licence" in told.lower()
        first = (ROOT / folder / "study.yaml").read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../../../workflow/schemas/study.schema.json"

"""What the Snakemake workflow catalog asks of a workflow, and the image's definition, hold together with the rest."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"conda", "apptainer", "apptainer+conda", "report"}


def test_the_catalogue_finds_its_files_and_knows_every_key() -> None:
    for name in ("workflow/Snakefile", "config/README.md", "README.md", "LICENSE"):
        assert (ROOT / name).is_file()
    told = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))
    assert set(told) == {"usage"} and set(told["usage"]) == {"mandatory-flags", "software-stack-deployment"}
    assert set(told["usage"]["mandatory-flags"]) == {"desc", "flags"}
    deployment = told["usage"]["software-stack-deployment"]
    assert set(deployment) == KEYS and all(isinstance(value, bool) for value in deployment.values())


def test_the_image_is_made_of_files_that_are_there_and_of_pinned_libraries() -> None:
    text = (ROOT / "container.def").read_text(encoding="utf-8")
    copied = re.findall(r"^    (\S+) /epiladder/\1$", text, flags=re.MULTILINE)
    assert {"pyproject.toml", "requirements", "workflow"} <= set(copied)
    assert all((ROOT / name).exists() for name in copied)
    installed = re.findall(r"pip install (.+)$", text, flags=re.MULTILINE)
    assert len(installed) == 3 and all("--require-hashes" in line or "--no-deps" in line for line in installed)
    assert all((ROOT / name).is_file() for line in installed for name in re.findall(r"-r (\S+)", line))

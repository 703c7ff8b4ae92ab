"""The audit floor: commits, environments, locks, and the studies that a configuration names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from epiladder.audit import environment, lock
from epiladder.audit.manifest import numbers, run_of
from epiladder.audit.repository import Commit, commit_of
from epiladder.audit.studies import Study, find, studies_of
from epiladder.errors import DiskError, PlanError
from epiladder.files import write_json

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "config" / "studies"


def git(folder: Path, *arguments: str) -> str:
    named = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    return subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package followed by git in a repository of one commit."""
    folder = tmp_path / "repository" / "package"
    folder.mkdir(parents=True)
    (folder / "module.py").write_text("one = 1\n", encoding="utf-8")
    git(folder.parent, "init", "--quiet")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "--quiet", "--message", "one")
    return folder


def test_a_clean_tree_is_told_from_a_changed_one_and_an_added_file(package: Path) -> None:
    sha = git(package, "rev-parse", "HEAD").strip()
    assert commit_of(package) == Commit(sha, True)
    (package.parent / "notes.txt").write_text("results do not soil the tree", encoding="utf-8")
    assert commit_of(package) == Commit(sha, True)
    (package / "other.py").write_text("two = 2\n", encoding="utf-8")
    assert commit_of(package) == Commit(sha, False)
    (package / "other.py").unlink()
    (package / "module.py").write_text("one = 3\n", encoding="utf-8")
    assert commit_of(package) == Commit(sha, False)


def test_without_git_or_outside_a_repository_there_is_no_commit(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commit_of(tmp_path) == Commit(None, None)
    installed = package.parent / "site-packages"
    installed.mkdir()
    assert commit_of(installed) == Commit(None, None)  # inside somebody's repository, but not followed by it
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(package) == Commit(None, None)


def test_versions_name_python_epiladder_and_every_library_asked_for() -> None:
    versions = environment.versions()
    assert {"python", "epiladder", "numpy", "snakemake", "statsmodels"} <= versions.keys()
    assert "absent" not in versions.values()
    assert environment.version_of("no-such-library") == "absent"
    assert environment.everything_installed()["numpy"] == versions["numpy"]


def test_a_held_folder_refuses_another_process_and_is_free_when_the_holder_dies(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from epiladder.audit.lock import hold;"
        f"hold(Path({str(tmp_path)!r})); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(DiskError, match=f"another run is going on here .process {holder.pid} on "):
        lock.hold(tmp_path)
    holder.kill()
    holder.communicate()
    lock.hold(tmp_path)
    lock.hold(tmp_path)  # the same process may ask twice


def test_studies_are_found_by_file_or_folder_and_carry_their_rungs() -> None:
    studies = studies_of({"studies": [str(STUDIES / "sleep-deprivation"), str(STUDIES / "language-growth")]}, ROOT)
    assert list(studies) == ["sleep-deprivation", "language-growth"]
    assert studies["sleep-deprivation"].rungs[-1] == "random_slope"
    assert studies["language-growth"].rungs[-1] == "cross_level"
    assert [path.name for path in studies["language-growth"].data] == ["egsingle.csv"]
    assert studies["language-growth"].memory(2) >= 2 * 600


@pytest.mark.parametrize("config", [{}, {"studies": None}, {"studies": []}, {"studies": [3]}])
def test_a_configuration_without_studies_says_what_to_write(config: dict) -> None:
    with pytest.raises(PlanError, match="names no studies"):
        studies_of(config, ROOT)


def test_a_site_says_over_how_many_jobs_a_bootstrap_is_scattered() -> None:
    asked = {"studies": [str(STUDIES / "cattle-pneumonia")]}
    plan = studies_of(asked, ROOT)["cattle-pneumonia"].plan
    resampled = plan.model_copy(update={"inference": plan.inference.model_copy(update={"bootstrap": 300})})
    numbers = {jobs: len(Study(Path(), resampled, jobs).chunks) for jobs in (1, 8, 200, 500)}
    assert numbers == {1: 1, 8: 8, 200: 200, 500: 300}
    assert studies_of({**asked, "bootstrap_jobs": 200}, ROOT)["cattle-pneumonia"].bootstrap_jobs == 200
    for wrong in (0, "many", True, 2.5):
        with pytest.raises(PlanError, match="`bootstrap_jobs` is a whole number from 1"):
            studies_of({**asked, "bootstrap_jobs": wrong}, ROOT)


def test_chunks_that_a_run_no_longer_made_are_told_from_its_own() -> None:
    plan = studies_of({"studies": [str(STUDIES / "cattle-pneumonia")]}, ROOT)["cattle-pneumonia"].plan
    command = ["epiladder", "bootstrap", "--results", "results/a", "--chunks", "20"]
    assert numbers(plan, [{"command": ["epiladder", "plan"]}, {"command": command}]) == (0, 20)
    assert numbers(plan, [{}]) == (0, 0)


def test_a_lookup_that_fails_names_every_place(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no such study file") as error:
        find("study.yaml", (tmp_path / "one", tmp_path / "two"))
    assert str(tmp_path / "one" / "study.yaml") in str(error.value)
    assert str(tmp_path / "two" / "study.yaml") in str(error.value)


def test_a_run_is_told_with_what_was_measured_of_it(tmp_path: Path) -> None:
    write_json(tmp_path / "runs" / "design.json", {"exit_code": 0})
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "design.tsv").write_text("s\tmax_rss\tcpu_time\n1.5\t200.25\t-\n", encoding="utf-8")
    told = run_of(tmp_path / "runs" / "design.json", tmp_path)
    assert told == {"exit_code": 0, "rule": "design", "measured": {"seconds": 1.5, "memory_mb": 200.25}}

"""The workflow under a real SLURM of two nodes on this host: the same bytes as a local run, whatever fails on the way.

`make test-cluster` runs it; it needs root and Debian's slurm-wlm and munge.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))
from runs import ROOT, command, contents, environment, run, write_study
from slurm import Cluster

HERE = (  # what this cluster has not: accounts, and a database that could be asked for finished jobs
    *("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "5"),
    *("--slurm-logdir", "slurm-logs", "--latency-wait", "20", "--jobs", "6"),
)
LONGEST = 1800


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("slurm"))
    made.start()
    yield made
    made.stop()


REPLICATES = 200
IN_ONE_JOB = 10
SMALL = ("--group-components", f"replicates={IN_ONE_JOB}", "--resources", "mem_mb=1100")
BUNDLED = ("sleep-deprivation", "high-school-and-beyond", "cattle-pneumonia")


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every output of a run without SLURM."""
    folder = tmp_path_factory.mktemp("local")
    write_study(folder)
    done = run(folder, "--cores", "2")
    assert done.code == 0, done.said
    return contents(folder)


def bundled(folder: Path) -> str:
    """Copies of bundled studies, one of them with a bootstrap of so many replicates; the configuration's list."""
    for name in BUNDLED:
        shutil.copytree(ROOT / "config" / "studies" / name, folder / name)
    study = folder / "cattle-pneumonia" / "study.yaml"
    text = study.read_text(encoding="utf-8")
    assert "inference:" in text and "bootstrap:" not in text
    study.write_text(text.replace("inference: {", f"inference: {{bootstrap: {REPLICATES}, "), encoding="utf-8")
    return ",".join(f"{name}/study.yaml" for name in BUNDLED)


def start(folder: Path, *arguments: str, studies: str = "study.yaml") -> subprocess.Popen[str]:
    """The workflow under SLURM, in a process group of its own."""
    profile = ("--workflow-profile", str(ROOT / "profiles" / "slurm"))
    return subprocess.Popen(
        command(folder, *profile, *HERE, *arguments, studies=studies),
        cwd=folder,
        env=environment(PWD=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    try:
        said, _ = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        pytest.fail(f"not done after {LONGEST} s:\n{said[-4000:]}")
    assert process.returncode == 0, said[-6000:]
    return said


def differences(one: dict[str, bytes], two: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))


def test_bundled_studies_and_a_scattered_bootstrap_are_the_same_bytes_as_on_this_computer(
    cluster: Cluster, tmp_path: Path
) -> None:
    """One replicate a chunk under SLURM, eight chunks here: but for the chunks themselves nothing differs."""
    here, there = tmp_path / "here", tmp_path / "there"
    studies = bundled(here)
    done = run(here, "--cores", "2", studies=studies)
    assert done.code == 0, done.said
    shutil.copytree(here, there, ignore=shutil.ignore_patterns("results", "reports", ".snakemake"))
    before = cluster.states()
    finish(start(there, *SMALL, "--config", f"bootstrap_jobs={REPLICATES}", f"studies=[{studies}]", studies=""))
    expected, found = parted(contents(here)), parted(contents(there))
    assert differences(expected[0], found[0]) == []
    assert len(expected[1]) == 8 and len(found[1]) == REPLICATES
    jobs = {state: n - before.get(state, 0) for state, n in cluster.states().items()}
    assert jobs.get("COMPLETED", 0) > REPLICATES // IN_ONE_JOB
    print(f"\n{len(found[0])} outputs of {', '.join(BUNDLED)} the same bytes; {REPLICATES} jobs of the bootstrap, ")
    print(f"{IN_ONE_JOB} in one of SLURM's; SLURM's jobs by state: {jobs}")


def parted(files: dict[str, bytes]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Outputs, and chunks of replicates, whose number is the site's."""
    chunks = {name: content for name, content in files.items() if Path(name).parent.name == "bootstrap"}
    return {name: content for name, content in files.items() if name not in chunks}, chunks


def test_jobs_killed_a_node_lost_and_memory_exceeded_change_nothing(
    cluster: Cluster, local: dict[str, bytes], tmp_path: Path
) -> None:
    """One job is killed, every fit has too little memory at first, and one node's daemon dies and comes back."""
    before = cluster.states()
    write_study(tmp_path)
    process = start(tmp_path, "--set-resources", "fit:mem_mb=attempt*attempt*150", "--retries", "3")
    killed = _first_running(cluster, process)
    subprocess.run(["scancel", "--signal=KILL", "--full", killed[0]], check=True)
    victim = _running_beside(cluster, process, killed[0])
    cluster.kill_node(victim[1])
    time.sleep(25)  # the controller gives a silent node up after 15 s
    cluster.start_node(victim[1])
    said = finish(process)
    assert differences(local, contents(tmp_path)) == []
    ended = {state: n - before.get(state, 0) for state, n in cluster.states().items() if n > before.get(state, 0)}
    failures = sum(n for state, n in ended.items() if state != "COMPLETED")
    assert failures >= 3, (ended, said[-3000:])
    exceeded = cluster.killed_for_memory()
    assert exceeded >= 1, said[-3000:]
    print(f"\nwith failures: job {killed} killed, node {victim[1]} lost, {exceeded} steps ended for their memory")
    print(f"jobs by state: {ended}; differences: none")


def _first_running(cluster: Cluster, process: subprocess.Popen[str]) -> tuple[str, str, str]:
    return _running_beside(cluster, process, "")


def _running_beside(cluster: Cluster, process: subprocess.Popen[str], other: str) -> tuple[str, str, str]:
    """A job that runs now, but not `other`."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        found = [job for job in cluster.running() if job[0] != other]
        if found:
            return found[0]
        assert process.poll() is None, process.communicate()[0][-4000:]
        time.sleep(0.3)
    os.killpg(process.pid, signal.SIGKILL)
    pytest.fail(f"no job ran in 240 s:\n{process.communicate()[0][-4000:]}")

"""A real SLURM on this host alone: one controller and some nodes on the loopback, without systemd, cgroups or accounts.

Needs root and Debian's `slurm-wlm` and `munge`. What `stop` ends is what `start` began, by process id. Found out by
trying: several nodes on a host need a port each; without cgroups memory is watched by polling and the job killed
(`OverMemoryKill`); a finished job must stay in the queue's memory for a while (`MinJobAge`), for without an account
database `squeue` is all that can be asked; and the job step that Snakemake starts inside a job drops SLURM's variables,
so that the configuration must lie in its default place.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

NEEDED = ("slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scancel", "munged")
CONFIGURATION = Path("/etc/slurm/slurm.conf")
MUNGE_KEY = Path("/etc/munge/munge.key")
MUNGE_RUN = Path("/run/munge")

TEXT = """\
ClusterName=epiladder
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
SlurmctldPort={port}
StateSaveLocation={state}/controller
SlurmdSpoolDir={state}/spool/%n
SlurmctldPidFile={state}/slurmctld.pid
SlurmdPidFile={state}/slurmd-%n.pid
SlurmctldLogFile={state}/log/slurmctld.log
SlurmdLogFile={state}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={state}/log/jobs.log
MinJobAge=3600
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=15
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,batch_sched_delay=0
DefMemPerCPU=500
"""


class Cluster:
    """A controller and nodes `n1`, `n2`, ... whose files lie in `state`."""

    def __init__(self, state: Path, nodes: int = 2) -> None:
        self.state = state
        self.nodes = [f"n{at}" for at in range(1, nodes + 1)]
        self.began_munge = False

    def start(self) -> None:
        """Start everything and wait until every node is idle. Raises RuntimeError in words where that cannot be."""
        absent = [name for name in NEEDED if shutil.which(name) is None]
        if absent or os.geteuid() != 0:
            raise RuntimeError(f"needs root and Debian's slurm-wlm and munge (absent: {', '.join(absent) or 'none'})")
        if CONFIGURATION.is_file() and not CONFIGURATION.is_symlink():
            raise RuntimeError(f"{CONFIGURATION} is there: this host is of a cluster, and is left alone")
        for name in ("controller", "spool", "log"):
            (self.state / name).mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o755)
        self._munge()
        (self.state / "slurm.conf").write_text(self._configuration(), encoding="ascii")
        CONFIGURATION.parent.mkdir(parents=True, exist_ok=True)
        CONFIGURATION.unlink(missing_ok=True)
        CONFIGURATION.symlink_to(self.state / "slurm.conf")
        _call("slurmctld", "-f", str(self.state / "slurm.conf"))
        for node in self.nodes:
            self.start_node(node)
        self._wait_until_idle()

    def start_node(self, node: str) -> None:
        """Start a node's daemon."""
        _call("slurmd", "-f", str(self.state / "slurm.conf"), "-N", node)

    def kill_node(self, node: str) -> None:
        """Kill a node's daemon as a crash would."""
        os.kill(self._pid(f"slurmd-{node}.pid"), signal.SIGKILL)

    def running(self) -> list[tuple[str, str, str]]:
        """Jobs that run now: id, node, and what Snakemake says of it (the rule)."""
        said = _call("squeue", "--noheader", "--states=RUNNING", "--format=%A|%N|%k")
        return [tuple(line.strip().split("|", 2)) for line in said.splitlines()]  # type: ignore[misc]

    def states(self) -> dict[str, int]:
        """How many jobs ended in which state, from SLURM's own record."""
        found: dict[str, int] = {}
        log = self.state / "log" / "jobs.log"
        for line in log.read_text(encoding="utf-8").splitlines() if log.is_file() else ():
            state = next(word.removeprefix("JobState=") for word in line.split() if word.startswith("JobState="))
            found[state] = found.get(state, 0) + 1
        return found

    def killed_for_memory(self) -> int:
        """Steps that SLURM ended because they took more memory than they had asked for, by its own daemons."""
        logs = (self.state / "log").glob("slurm*.log")
        text = "".join(log.read_text(encoding="utf-8", errors="replace") for log in logs)
        return len(set(re.findall(r"(Step\S+|Job\S+|job \d+) exceeded memory limit", text)))

    def stop(self) -> None:
        """End what `start` began."""
        with contextlib.suppress(subprocess.CalledProcessError, FileNotFoundError):
            _call("scancel", "--user=root")
        names = [*(f"slurmd-{node}.pid" for node in self.nodes), "slurmctld.pid"]
        for name in names:
            with contextlib.suppress(OSError, ValueError):
                os.kill(self._pid(name), signal.SIGTERM)
        if self.began_munge:
            with contextlib.suppress(OSError, ValueError):
                os.kill(int((MUNGE_RUN / "munged.pid").read_text(encoding="ascii")), signal.SIGTERM)
        if CONFIGURATION.is_symlink() and CONFIGURATION.readlink() == self.state / "slurm.conf":
            CONFIGURATION.unlink()

    def _pid(self, name: str) -> int:
        return int((self.state / name).read_text(encoding="ascii").strip())

    def _munge(self) -> None:
        """The service by which SLURM's parts trust each other."""
        if subprocess.run(["munge", "-n"], capture_output=True, check=False).returncode == 0:
            return
        MUNGE_RUN.mkdir(parents=True, exist_ok=True)
        shutil.chown(MUNGE_RUN, "munge", "munge")
        MUNGE_RUN.chmod(0o755)
        if not MUNGE_KEY.is_file() or not MUNGE_KEY.stat().st_size:
            MUNGE_KEY.write_bytes(os.urandom(128))
            shutil.chown(MUNGE_KEY, "munge", "munge")
            MUNGE_KEY.chmod(0o400)
        _call("runuser", "-u", "munge", "--", "munged")
        self.began_munge = True

    def _configuration(self) -> str:
        host = socket.gethostname().partition(".")[0]
        lines = [TEXT.format(host=host, port=_free_port(), state=self.state)]
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        memory = int(0.8 * total) // len(self.nodes)
        cores = os.cpu_count() or 1
        for node in self.nodes:
            place = f"NodeHostname={host} NodeAddr=127.0.0.1 Port={_free_port()}"
            lines.append(f"NodeName={node} {place} CPUs={cores} RealMemory={memory} State=UNKNOWN\n")
        lines.append(f"PartitionName=main Nodes={','.join(self.nodes)} Default=YES MaxTime=24:00:00 State=UP\n")
        return "".join(lines)

    def _wait_until_idle(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            with contextlib.suppress(subprocess.CalledProcessError):
                said = _call("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N")
                if len(said.split()) == len(self.nodes):
                    return
            time.sleep(0.5)
        log = (self.state / "log" / "slurmctld.log").read_text(encoding="utf-8")
        self.stop()
        raise RuntimeError(f"the nodes did not become idle in 90 s. The controller says:\n{log[-2000:]}")


def _call(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

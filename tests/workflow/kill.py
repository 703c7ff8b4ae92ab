"""A run killed at random moments and resumed each time: its end is the bytes of the undisturbed run.

`make test-kill` kills 50 times; `python tests/workflow/kill.py 10 3` kills 10 times, with seed 3. Each time the main
process and all its jobs get SIGKILL after a random part of the time that an undisturbed run takes; the same folder is
then started again, until it has been killed often enough, or it is done and begins anew.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runs import command, contents, environment, run, write_study


def start(folder: Path) -> subprocess.Popen[bytes]:
    """The workflow in a process group of its own."""
    return subprocess.Popen(
        command(folder, "--cores", "2"),
        cwd=folder,
        env=environment(PWD=str(folder)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def killed_after(folder: Path, seconds: float) -> bool:
    """Start, and kill after so many seconds; False where the run ended before."""
    process = start(folder)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    if process.returncode != 0:
        raise SystemExit(f"a resumed run failed with code {process.returncode} in {folder}")
    return False


def compare(expected: dict[str, bytes], folder: Path) -> None:
    """Stop with the names of files that are not the same."""
    found = contents(folder)
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        raise SystemExit(f"not the bytes of the undisturbed run: {', '.join(wrong)}")


def main(kills: int, seed: int) -> None:
    """Kill so many times, and compare each finished folder with an undisturbed run."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as base:
        whole = Path(base) / "whole"
        write_study(whole)
        began = time.monotonic()
        done = run(whole, "--cores", "2")
        if done.code != 0:
            raise SystemExit(done.said)
        length = time.monotonic() - began
        expected = contents(whole)
        print(f"undisturbed: {length:.0f} s, {len(expected)} outputs")
        made, ended = 0, 0
        while made < kills:
            folder = Path(base) / "killed"
            shutil.rmtree(folder, ignore_errors=True)
            write_study(folder)
            while made < kills and killed_after(folder, rng.uniform(0.5, 0.7 * length)):
                made += 1
            again = run(folder, "--cores", "2")
            if again.code != 0:
                raise SystemExit(again.said)
            compare(expected, folder)
            ended += 1
        print(f"killed {made} times at random moments, {ended} folders brought to their end: no differences")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50, int(sys.argv[2]) if len(sys.argv) > 2 else 1)

"""One finished run of a small study, made once for all workers of a test session."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from runs import Outcome, run, write_study


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Folder of a finished run, study and data beside it. To be copied, not changed."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "finished"
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "results" / "wards" / "manifest.json").is_file():
            write_study(folder)
            first = run(folder)
            assert first.code == 0, first.said
            (shared / "finished.txt").write_text(first.said, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def said(finished: Path) -> Outcome:
    """What that run showed in the terminal."""
    return Outcome(0, (finished.parent / "finished.txt").read_text(encoding="utf-8"))

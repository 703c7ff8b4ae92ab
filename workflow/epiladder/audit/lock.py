"""One run at a time in a folder: a lock that the system lets go of when its process ends, however it ends.

Snakemake's own lock is a file that a killed run leaves behind, so that the next run refuses to start until somebody
says `--unlock`. This one needs no such word.
"""

from __future__ import annotations

import fcntl
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from epiladder.errors import DiskError

HELD: dict[Path, IO[str]] = {}


def is_held(folder: Path) -> bool:
    """Whether a run, of this process or of another, goes on in the folder."""
    path = (folder / ".snakemake" / "epiladder.lock").absolute()
    try:
        with path.open(encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def hold(folder: Path) -> None:
    """Hold the folder until this process ends. Raises DiskError, naming the other run, when somebody holds it."""
    path = (folder / ".snakemake" / "epiladder.lock").absolute()
    if path in HELD:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise DiskError(f"{path}: cannot be written ({error.strerror}). Use another --directory.") from None
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.seek(0)
        raise DiskError(
            f"{folder.absolute()}: another run is going on here ({stream.read().strip() or 'just started'}). "
            "Wait for its end, or run in another --directory."
        ) from None
    except OSError:  # a file system without locks
        return
    try:
        stream.truncate(0)
        stream.write(f"process {os.getpid()} on {socket.gethostname()} since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n")
        stream.flush()
    except OSError as error:
        raise DiskError(
            f"{path}: cannot be written ({error.strerror}). Free space, or use another --directory."
        ) from None
    HELD[path] = stream

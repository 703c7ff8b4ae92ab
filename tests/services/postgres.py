"""A PostgreSQL server of one's own, from the system's package: started in a folder that goes away, with a password."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER, WORD = "registrar", "pass:w@rd/1"


@dataclass(frozen=True)
class Server:
    """Where it listens."""

    port: int


@contextmanager
def server() -> Iterator[Server]:
    """Start a server and stop it. Fails, and does not skip, where the package is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert found, "PostgreSQL is not installed (Debian's package postgresql); `make test-database` needs it"
    home = Path(tempfile.mkdtemp(prefix="epiladder-postgres-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = home / "password"
    words.write_text(WORD, encoding="utf-8")
    if os.geteuid() == 0:
        for path in (home, words):
            shutil.chown(path, "postgres")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
    try:
        _call(found[-1] / "initdb", "-D", home / "data", "-U", USER, "-A", "scram-sha-256", f"--pwfile={words}")
        _call(found[-1] / "pg_ctl", "-D", home / "data", "-o", options, "-l", home / "log", "-w", "start")
        yield Server(port)
    finally:
        _call(found[-1] / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop", check=False)
        shutil.rmtree(home, ignore_errors=True)


def _call(*command: object, check: bool = True) -> None:
    """PostgreSQL refuses to run as root, so root becomes the package's own user."""
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*become, *map(str, command)], check=check, stdout=subprocess.DEVNULL, cwd="/")

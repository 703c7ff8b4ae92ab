"""Whether a table fits in memory, asked before it is read: a machine that runs out kills the run without a word."""

from __future__ import annotations

from pathlib import Path

from epiladder.errors import DataError

GIGABYTE = 1024**3


def refuse_too_large(path: Path, needed: int) -> None:
    """Raise DataError, in words, where `needed` bytes are more than the machine has free."""
    free = available()
    if free is None or needed <= free:
        return
    raise DataError(
        f"{path}: needs about {needed / GIGABYTE:.1f} GB of memory to be read, and {free / GIGABYTE:.1f} GB are free. "
        "Keep just the columns that the plan names, save the table as Parquet (which is read column by column), or run "
        "on a machine with more memory."
    )


def available() -> int | None:
    """Bytes that a process may still take: the system's figure, or less where a limit is set; None if not known."""
    found = [value for value in (_system(), _limit()) if value is not None]
    return min(found) if found else None


def _system() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), None)


def _limit() -> int | None:
    """What is left of the control group's limit, as clusters and containers set it."""
    group = Path("/sys/fs/cgroup")
    try:
        most = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if most == "max" else max(0, int(most) - used)

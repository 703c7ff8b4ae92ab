"""The commit that the code came from, and whether the tree was clean; without git, or outside a repository, nothing."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Commit:
    """A commit's hash, and whether the files that git follows, and the package's folder, were as committed."""

    sha: str | None
    clean: bool | None


def commit_of(package: Path) -> Commit:
    """The commit of the repository that holds `package`; both parts None when git does not follow its files."""
    if not _git(package, "ls-files", "--", "."):
        return Commit(None, None)
    sha = _git(package, "rev-parse", "HEAD")
    changed = _git(package, "status", "--porcelain", "--untracked-files=no", "--", ":/")
    added = _git(package, "ls-files", "--others", "--exclude-standard", "--", ".")
    return Commit(sha or None, None if changed is None or added is None else not (changed or added))


@dataclass(frozen=True)
class Change:
    """The commit that last changed a file, and its time as ISO 8601."""

    sha: str
    time: str


def last_commit_of(file: Path) -> Change | None:
    """The last commit of a file; None without git, or where the file is not as committed."""
    folder = file.absolute().parent
    said = _git(folder, "log", "-1", "--format=%H %cI", "--", file.name)
    if not said or _git(folder, "status", "--porcelain", "--", file.name) != "":
        return None
    sha, time = said.split()
    return Change(sha, time)


def _git(folder: Path, *arguments: str) -> str | None:
    """What git answers, or None when it is absent or refuses."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()

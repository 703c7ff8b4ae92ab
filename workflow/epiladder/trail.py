"""What went in and out of this process: a command's closing record says which files it read and which it wrote."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Trail:
    """What went through these doors in this process: files that were read, and those written with their SHA-256."""

    read: dict[Path, None] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)

    def was_read(self, path: Path) -> None:
        """A file was read; what this process wrote itself is no input of it."""
        if path not in self.written:
            self.read.setdefault(path)

    def was_written(self, path: Path, content: bytes) -> None:
        """A file was written whole."""
        self.written[path] = hashlib.sha256(content).hexdigest()


TRAIL = Trail()

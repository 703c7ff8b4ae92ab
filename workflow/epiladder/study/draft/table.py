"""A table of which nothing is known yet: every column as codes into its distinct words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from epiladder.errors import DataError
from epiladder.study.ingest import read_everything
from epiladder.study.names import listing
from epiladder.study.words import words


@dataclass(frozen=True)
class Words:
    """A column. codes: (n,) into labels (k,), -1 where a cell is empty. typed: the file itself holds numbers."""

    name: str
    codes: np.ndarray
    labels: np.ndarray
    typed: bool

    @property
    def filled(self) -> np.ndarray:
        """Rows with a cell that is not empty, (n,)."""
        return self.codes >= 0


def read_words(path: Path) -> tuple[Words, ...]:
    """Every column of a file. Raises DataError for one that cannot be read, or has no names or the same twice."""
    header, table = read_everything(path)
    nameless = [str(i + 1) for i, name in enumerate(header) if not name.strip()]
    twice = list(dict.fromkeys(name for name in header if header.count(name) > 1))
    if twice:
        raise DataError(f"{path}: the header names {listing(twice)} more than once. Give each column its own name.")
    if len(nameless) == len(header):
        raise DataError(f"{path}: no column has a name. The first row must name the columns.")
    kept = [(name, table.column(i)) for i, name in enumerate(header) if name.strip()]
    return tuple(_words(name, column) for name, column in kept)


def _words(name: str, column: object) -> Words:
    codes, labels, typed = words([column])  # type: ignore[list-item]
    empty = np.array([not str(label).strip() for label in labels], dtype=bool)
    return Words(name, np.where(np.append(empty, True)[codes], -1, codes), labels, typed)

"""Modules that libraries import for their own sake and no step uses: read when something of them is asked for.

SciPy's support of other arrays takes all names of NumPy, and NumPy then imports its translator of Fortran, its masked
arrays and its tests: half of what `scipy.special` costs, in every job. What asks for such a module still gets it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

NAMES = frozenset(("numpy.f2py", "numpy.ma", "numpy.testing", "numpy.polynomial"))


class Later(MetaPathFinder):
    """Finds the modules of `NAMES`, and puts off their reading until the first use of an attribute."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as Python finds it, with the loader that waits; None for every other module."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname in NAMES else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def put_off() -> None:
    """From now on, in this process."""
    if not any(isinstance(finder, Later) for finder in sys.meta_path):
        sys.meta_path.insert(0, Later())

"""The environment of a run: versions of Python and of the libraries, and the kind of machine."""

from __future__ import annotations

import functools
import platform
import re
from importlib import metadata

NAME = re.compile(r"[A-Za-z0-9._-]+")


@functools.cache
def libraries() -> tuple[str, ...]:
    """Names of the libraries that epiladder asks for of every run, as its own metadata say; not of those of extras."""
    asked = (one for one in metadata.requires("epiladder") or () if "extra ==" not in one)
    names = (NAME.match(requirement) for requirement in asked)
    return tuple(sorted(match.group().lower() for match in names if match))


@functools.cache
def version_of(library: str) -> str:
    """Version of an installed library, `absent` when it is not there."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "absent"


def versions() -> dict[str, str]:
    """Versions of Python, of epiladder and of the libraries that it asks for."""
    return {"python": platform.python_version()} | {name: version_of(name) for name in ("epiladder", *libraries())}


def everything_installed() -> dict[str, str]:
    """Version of every distribution in the environment, by name."""
    found = {dist.metadata["Name"]: dist.version for dist in metadata.distributions() if dist.metadata["Name"]}
    return dict(sorted(found.items()))


def python() -> dict[str, str]:
    """The interpreter: implementation, version, compiler."""
    return {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "compiler": platform.python_compiler(),
    }


def blas() -> dict[str, str]:
    """The library of linear algebra that NumPy was built with; the threads of each job stand in its record."""
    import numpy as np

    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[index,call-overload]
    return {key: str(found.get(key) or "unknown") for key in ("name", "version", "openblas configuration")}


def machine() -> str:
    """Operating system and processor family, such as `Linux x86_64`."""
    return f"{platform.system()} {platform.machine()}"

"""What lies at an address, once Snakemake has brought it here: kept, if it is what the plan pins."""

from __future__ import annotations

from pathlib import Path


def fetch(*, brought: Path, address: str, sha256: str, results: Path) -> None:
    """Keep a copy of what lies at an address, under its digest, if it is the file that the plan pins."""
    from epiladder.files import copy_file
    from epiladder.study.addresses import name_at
    from epiladder.study.pins import refuse_other

    refuse_other(address, brought, sha256)
    copy_file(brought, results / name_at(address))

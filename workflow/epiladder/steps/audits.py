"""What an auditor asks of a finished run: verify it, lock a plan before it, keep it as the baseline of the next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from epiladder.errors import DiskError, VerifyDifference
from epiladder.files import write_json

if TYPE_CHECKING:
    from epiladder.audit.verify import Kept


def verify(*, folder: Path, numbers: bool, refit: bool) -> str:
    """Hash again every file that a study's manifest names, or every study's of a run; say what differs."""
    from epiladder.audit import whole_run

    results = whole_run.find(folder)
    if results is None:
        lines, differs = _verified(folder, numbers, refit)
    else:
        found, folders = whole_run.verify(results)
        many = "1 study" if len(folders) == 1 else f"{len(folders)} studies"
        lines, differs = [f"{folder}: the index, and manifests of {many}", *found.lines()], found.any
        for each in folders:
            if (each / "manifest.json").is_file():
                more, wrong = _verified(each, numbers, refit)
                lines, differs = [*lines, *more], differs or wrong
    if differs:
        raise VerifyDifference("\n".join(lines))
    return "\n".join(lines)


def _verified(folder: Path, numbers: bool, refit: bool) -> tuple[list[str], bool]:
    """One study: what is said of it, and whether anything differs."""
    from epiladder.audit.verify import find
    from epiladder.audit.verify import verify as compare

    kept = find(folder)
    found = compare(kept)
    lines, differs = [f"{folder}", *found.lines()], found.any
    for asked, again in ((numbers, _derived), (refit, _refitted)):
        if asked:
            try:
                more, wrong = again(kept)
            except DiskError as error:
                more, wrong = [f"Not derived again: {error}"], True
            lines, differs = [*lines, *more], differs or wrong
    return lines, differs


def _derived(kept: Kept) -> tuple[list[str], bool]:
    from epiladder.audit.verify import other_code
    from epiladder.report.rederive import rederive

    derived = rederive(kept.results, kept.reports)
    lines = derived.lines()
    if derived.differs and other_code(kept):
        lines.append(
            "The page is derived by other code than wrote it: differences may be the code's. Check out its commit."
        )
    return lines, derived.differs


def _refitted(kept: Kept) -> tuple[list[str], bool]:
    from epiladder.audit.refit import refit

    rungs = refit(kept.results)
    lines = ["Every rung fitted again by another engine:", *(rung.line() for rung in rungs)]
    return lines, any(rung.differs for rung in rungs)


def lock(*, study: Path) -> str:
    """Lock a plan before its data are seen: its digest and content, with time and commit, beside the study file."""
    from epiladder.audit.plan_lock import lock as write_lock

    path = write_lock(study)
    return f"{path}: the plan is locked. Later runs tell, in the report and here, where they depart from it."


def release(*, folder: Path) -> str:
    """Keep a finished run, once verified, as the baseline that the next run is compared with."""
    from epiladder.audit.baseline import release as keep
    from epiladder.audit.verify import find

    return f"{keep(find(folder))}: kept. The next run tells what has changed since."


def crate(*, folder: Path) -> str:
    """Pack a finished run, once verified, as a Workflow Run RO-Crate: the released report, and how it was made."""
    from epiladder import steps
    from epiladder.audit.crate import pack
    from epiladder.audit.verify import find

    described = {name.replace("_", "-"): getattr(steps, name).__doc__ or "" for name in steps.__all__}
    return f"{pack(find(folder), described)}: written. What is restricted is described in it, and is not in it."


def changes(*, results: Path, baseline: Path | None) -> None:
    """Compare with the baseline: rows, clusters, distributions, ICCs, coefficients, decisions, and what moved them."""
    from epiladder.audit.changes import changes as compare

    write_json(results / "changes.json", compare(results, baseline))

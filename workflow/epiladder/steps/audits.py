"""What an auditor asks of a finished run: verify it, lock a plan before it, keep it as the baseline of the next."""

from __future__ import annotations

from pathlib import Path

from epiladder.errors import VerifyDifference
from epiladder.files import write_json


def verify(*, folder: Path, numbers: bool, refit: bool) -> str:
    """Hash again every file that a study's manifest names; say what is missing, changed or extra."""
    from epiladder.audit.verify import find
    from epiladder.audit.verify import verify as compare

    kept = find(folder)
    found = compare(kept)
    lines, differs = [f"{folder}", *found.lines()], found.any
    if numbers:
        from epiladder.report.rederive import rederive

        derived = rederive(kept.results, kept.reports)
        lines, differs = [*lines, *derived.lines()], differs or derived.differs
    if refit:
        from epiladder.audit.refit import refit as fit_again

        rungs = fit_again(kept.results)
        lines += ["Every rung fitted again by another engine:", *(rung.line() for rung in rungs)]
        differs = differs or any(rung.differs for rung in rungs)
    if differs:
        raise VerifyDifference("\n".join(lines))
    return "\n".join(lines)


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


def changes(*, results: Path, baseline: Path | None) -> None:
    """Compare with the baseline: rows, clusters, distributions, ICCs, coefficients, decisions, and what moved them."""
    from epiladder.audit.changes import changes as compare

    write_json(results / "changes.json", compare(results, baseline))

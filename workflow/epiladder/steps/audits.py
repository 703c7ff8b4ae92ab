"""What an auditor asks of a finished run: verify it, lock a plan before it, keep it as the baseline of the next."""

from __future__ import annotations

from pathlib import Path

from epiladder.errors import VerifyDifference


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

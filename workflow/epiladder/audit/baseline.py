"""The baseline: what is kept of a released run, so that a run on new data can be compared with it.

`results/<study>/baseline` has the layout of a results folder, with the files that a comparison reads; so an earlier
results folder can stand in its place (`baseline:` in the plan).
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from epiladder.audit.verify import Kept, verify
from epiladder.errors import DiskError, PlanError, VerifyDifference
from epiladder.files import write_json

FOLDER = "baseline"
KEPT = (
    *("plan.json", "provenance.json", "approximation.json", "screen.json", "decisions.json"),
    *("data/accounting.json", "data/description.json", "data/missingness.json", "data/rows.parquet"),
    *("design/design.json", "design/columns.parquet", "design/crossproducts.parquet"),
)
NEEDED = ("plan.json", "provenance.json", "data/accounting.json", "design/design.json")


def release(kept: Kept) -> Path:
    """Keep a finished run as the baseline of the next; returns the folder.

    Raises VerifyDifference where the run is no longer what its manifest says, DiskError where it cannot be written.
    """
    found = verify(kept)
    if found.any:
        said = "\n".join(found.lines())
        raise VerifyDifference(f"{kept.reports}: is not what its manifest says, and is not released.\n{said}")
    target, fresh = kept.results / FOLDER, kept.results / f".{FOLDER}.new"
    fits = [path.relative_to(kept.results).as_posix() for path in sorted((kept.results / "fits").glob("*.json"))]
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        for name in (*KEPT, *fits):
            if (kept.results / name).is_file():
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(kept.results / name, fresh / name)
        write_json(fresh / "released.json", {"released": datetime.now(UTC).isoformat(timespec="seconds")})
        shutil.rmtree(target, ignore_errors=True)
        fresh.replace(target)
    except OSError as error:
        raise DiskError(
            f"{target}: cannot be written ({error.strerror}). Free space or mend the permissions."
        ) from None
    return target


def baseline_of(study_file: Path, named: str | None, results: Path) -> Path | None:
    """The folder that a study is compared with: the plan's, or the last released run's; None where there is none.

    Raises PlanError where the plan names a folder that holds no results.
    """
    if named is not None:
        folder = study_file.parent / Path(named).expanduser()
        if not (folder / "plan.json").is_file():
            raise PlanError(
                f"{study_file}: baseline: {folder} holds no results of a run (no plan.json). Name a results folder "
                "such as `../results/my-study`, from where the study file lies, or take the key out."
            )
        return folder
    return results / FOLDER if (results / FOLDER / "plan.json").is_file() else None


def files_of(folder: Path | None) -> list[Path]:
    """The files of a baseline that a comparison rests on, as far as they are there; those it needs in any case."""
    if folder is None:
        return []
    return [folder / name for name in KEPT if name in NEEDED or (folder / name).is_file()]

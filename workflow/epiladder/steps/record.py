"""What was run, on what, with what; and the documents that are written from the types."""

from __future__ import annotations

from pathlib import Path

from epiladder.files import write_json, write_text


def provenance(*, study: Path, results: Path) -> None:
    """What stands behind the report: hashes of plan and inputs, versions and commit, deviations from a locked plan."""
    from epiladder.audit.plan_lock import deviations
    from epiladder.audit.provenance import provenance as gather

    write_json(results / "deviations.json", deviations(study))
    write_json(results / "provenance.json", gather(study, results))


def manifest(*, study: Path, results: Path, reports: Path) -> None:
    """The last output: every input and output with its hash, and how they were made."""
    from epiladder.audit.manifest import manifest as gather

    write_json(results / "manifest.json", gather(study, results, reports))


def document(*, root: Path) -> None:
    """Write the study file's JSON Schema and the reference of its keys into the project."""
    from epiladder.study.document import reference, schema

    write_json(root / "workflow" / "schemas" / "study.schema.json", schema())
    write_text(root / "config" / "README.md", reference())

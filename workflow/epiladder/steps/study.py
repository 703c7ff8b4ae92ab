"""From a study file and its table to rows that can be trusted: the plan, its checks, a first draft of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from epiladder.errors import DataError, DiskError
from epiladder.files import read_json, write_json, write_parquet, write_text
from epiladder.study.told import findings_text, stops

if TYPE_CHECKING:
    import pandas as pd

    from epiladder.study.config import Plan
    from epiladder.study.data import NestedData


def plan(*, study: Path, results: Path, blind: bool = False) -> None:
    """Resolve the study file: every default filled in."""
    write_json(results / "plan.json", _plan(study, blind).model_dump(mode="json"))


def _plan(study: Path, blind: bool) -> Plan:
    from epiladder.study.blind import blinded
    from epiladder.study.config import load_plan

    found = load_plan(study)
    return blinded(found) if blind or found.blind.on else found


def validate(*, study: Path, results: Path, blind: bool = False) -> None:
    """Read and check the data; every finding is written, and the step always ends well (the gate stops the run)."""
    from epiladder.study.addresses import kept_in
    from epiladder.study.data import data_table
    from epiladder.study.description import description

    resolved = _plan(study, blind)
    nested, findings = _examine(resolved, study.parent, kept_in(results))
    write_json(results / "data" / "accounting.json", nested.accounting)
    write_json(results / "data" / "description.json", description(resolved, nested.rows))
    write_json(results / "data" / "missingness.json", nested.missingness)
    write_text(results / "data" / "rejected.csv", nested.rejected.to_csv(index=False, lineterminator="\n"))
    write_parquet(results / "data" / "rows.parquet", data_table(nested))
    status = "stopped" if stops(findings) else "passed"
    write_json(results / "validation.json", {"study": resolved.id, "status": status, "findings": findings})


def _examine(resolved: Plan, folder: Path, kept: Path) -> tuple[NestedData, list[dict[str, Any]]]:
    """The data and all findings: those of the rows, and where these stop nothing those of the design."""
    from epiladder.study.data import validate as examine

    nested = examine(resolved, folder, kept)
    findings = [finding.as_json() for finding in nested.findings]
    if not stops(findings):
        findings += _design_findings(resolved, nested.rows)
    return nested, findings


def _design_findings(resolved: Plan, rows: pd.DataFrame) -> list[dict[str, Any]]:
    from epiladder.design.rank import findings
    from epiladder.study.gaps import without_gaps

    made = findings(resolved, without_gaps(resolved, rows))
    whole = {"level": None, "rows": 0, "clusters": None, "examples": [], "row_numbers": [], "files": []}
    found = [{**whole, **one, "severity": resolved.checks.get(str(one["check"]), "stop")} for one in made]
    return [finding for finding in found if finding["severity"] != "ignore"]


def check(*, study: Path) -> str:
    """Validate plan and data and fit nothing. Raises PlanError or DataError with the list of what is wrong."""
    from epiladder.audit.baseline import baseline_of
    from epiladder.study.addresses import KEPT, copies
    from epiladder.study.config import load_plan

    resolved = load_plan(study)
    baseline_of(study, resolved.baseline, Path())
    kept = Path("results") / KEPT
    absent = [name for name, path in copies(resolved.data, kept).items() if not path.is_file()]
    if absent:
        return f"{study}: the plan is sound. No copy of {absent[0]} is here yet, so the data were not read: a run does."
    nested, findings = _examine(resolved, study.parent, kept)
    if stops(findings):
        raise DataError(findings_text(findings))
    rows = nested.accounting
    lines = [
        f"{study}: the plan is sound and the data keep to it.",
        f"Rows: {rows['rows_read']} read, {rows['rows_used']} used.",
    ]
    lines += [f"Left out by `data.only`: {rows['rows_outside']} rows."] if "rows_outside" in rows else []
    lines += [
        f"Imputed: {column['cells']} of {column['of']} cells of {column['column']}."
        for column in rows.get("cells_imputed", [])
    ]
    lines += [f"Level {level['name']}: {level['clusters']} clusters." for level in rows["levels"]]
    return "\n".join([*lines, *([findings_text(findings)] if findings else [])])


def draft(*, table: Path, study: Path | None) -> str:
    """Write a first study file for a table; every guess in it is marked. An existing file is left alone."""
    from epiladder.study.draft.study_file import draft as drafted

    target = table.parent / "study.yaml" if study is None else study
    if target.exists():
        raise DiskError(f"{target}: is there already, and is not overwritten. Name another with `--study`.")
    made = drafted(table, target.parent)
    write_text(target, made.text)
    said = [f"{target}: drafted.", *([made.open] if made.open else []), "Confirm or mend every line marked CONFIRM,"]
    return f"{' '.join(said)} then run\n  epiladder check {target}"


def gate(*, results: Path) -> None:
    """Stop the run, with every finding, where the data break the plan."""
    findings = read_json(results / "validation.json")["findings"]
    if stops(findings):
        raise DataError(findings_text(findings))
    write_json(results / "data" / "passed.json", {"stops": 0, "findings": len(findings)})

"""The steps of a study: one use case a rule of the workflow, each from files to files.

Paths are those of the contract, under a study's results folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from epiladder.errors import DataError, DiskError
from epiladder.files import read_json, read_parquet, write_bytes, write_json, write_parquet, write_text

if TYPE_CHECKING:
    import pandas as pd

    from epiladder.design.load import Designed
    from epiladder.inference.compare import Comparison
    from epiladder.study.config import Plan
    from epiladder.study.data import NestedData


def read_plan(results: Path) -> Plan:
    """The resolved plan of a study's results."""
    from epiladder.study.config import Plan

    return Plan.model_validate(read_json(results / "plan.json"))


def plan(*, study: Path, results: Path) -> None:
    """Resolve the study file: every default filled in."""
    from epiladder.study.config import load_plan

    write_json(results / "plan.json", load_plan(study).model_dump(mode="json"))


def validate(*, study: Path, results: Path) -> None:
    """Read and check the data; every finding is written, and the step always ends well (the gate stops the run)."""
    from epiladder.study.config import load_plan
    from epiladder.study.data import data_table
    from epiladder.study.description import description

    resolved = load_plan(study)
    nested, findings = _examine(resolved, study.parent)
    write_json(results / "data" / "accounting.json", nested.accounting)
    write_json(results / "data" / "description.json", description(resolved, nested.rows))
    write_json(results / "data" / "missingness.json", nested.missingness)
    write_text(results / "data" / "rejected.csv", nested.rejected.to_csv(index=False, lineterminator="\n"))
    write_parquet(results / "data" / "rows.parquet", data_table(nested))
    stopped = any(finding["severity"] == "stop" for finding in findings)
    status = "stopped" if stopped else "passed"
    write_json(results / "validation.json", {"study": resolved.id, "status": status, "findings": findings})


def _examine(resolved: Plan, folder: Path) -> tuple[NestedData, list[dict[str, Any]]]:
    """The data and all findings: those of the rows, and where these stop nothing those of the design."""
    from epiladder.study.data import validate as examine

    nested = examine(resolved, folder)
    findings = [finding.as_json() for finding in nested.findings]
    if not any(finding["severity"] == "stop" for finding in findings):
        findings += _design_findings(resolved, nested.rows)
    return nested, findings


def _design_findings(resolved: Plan, rows: pd.DataFrame) -> list[dict[str, Any]]:
    from epiladder.design.rank import findings
    from epiladder.study.gaps import without_gaps

    made = findings(resolved, without_gaps(resolved, rows))
    for finding in made:
        finding["severity"] = resolved.checks.get(str(finding["check"]), "stop")
    return [finding for finding in made if finding["severity"] != "ignore"]


def check(*, study: Path) -> str:
    """Validate plan and data and fit nothing. Raises PlanError or DataError with the list of what is wrong."""
    from epiladder.study.config import load_plan

    resolved = load_plan(study)
    nested, findings = _examine(resolved, study.parent)
    stops = [finding for finding in findings if finding["severity"] == "stop"]
    if stops:
        raise DataError(findings_text(stops))
    rows = nested.accounting
    lines = [
        f"{study}: the plan is sound and the data keep to it.",
        f"Rows: {rows['rows_read']} read, {rows['rows_used']} used.",
    ]
    lines += [
        f"Imputed: {column['cells']} of {column['of']} cells of {column['column']}."
        for column in rows.get("cells_imputed", [])
    ]
    lines += [f"Level {level['name']}: {level['clusters']} clusters." for level in rows["levels"]]
    return "\n".join([*lines, *(f"Note [{f['check']}] {f['message']} {f['mend']}" for f in findings)])


def draft(*, table: Path, study: Path | None) -> str:
    """Write a first study file for a table; every guess in it is marked. An existing file is left alone."""
    from epiladder.study.draft.study_file import draft as drafted

    target = table.parent / "study.yaml" if study is None else study
    if target.exists():
        raise DiskError(f"{target}: is there already, and is not overwritten. Name another with `--study`.")
    write_text(target, drafted(table, target.parent))
    return f"{target}: drafted. Confirm or mend every line marked CONFIRM, then run\n  epiladder check {target}"


def gate(*, results: Path) -> None:
    """Stop the run, with every finding, where the data break the plan."""
    findings = read_json(results / "validation.json")["findings"]
    stops = [finding for finding in findings if finding["severity"] == "stop"]
    if stops:
        raise DataError(findings_text(stops))
    write_json(results / "data" / "passed.json", {"stops": 0, "findings": len(findings)})


def findings_text(findings: list[dict[str, Any]]) -> str:
    """Findings as a list for a terminal."""
    count = f"The data break the plan in {len(findings)} way{'s' if len(findings) > 1 else ''}:"
    return "\n".join([count, *(f"  - [{f['check']}] {f['message']} {f['mend']}" for f in findings)])


def design(*, results: Path) -> None:
    """Expand the ladder's terms once and multiply: matrices and cross-products for every rung."""
    from epiladder.study.data import read_rows

    resolved = read_plan(results)
    _write_design(results / "design", resolved, read_rows(results / "data" / "rows.parquet", resolved))


def _write_design(folder: Path, resolved: Plan, rows: pd.DataFrame) -> None:
    from epiladder.design.build import build_design
    from epiladder.design.store import write_design
    from epiladder.ladder.plan import ladder, sentence

    rungs = [{**spec.as_json(), "sentence": sentence(spec.rung)} for spec in ladder(resolved)]
    write_design(folder, resolved, rows, build_design(resolved, rows), rungs)


def impute(*, results: Path, imputation: int) -> None:
    """Complete the rows once by chained equations, and make the design of the completed rows."""
    from epiladder.imputation.impute import impute as complete
    from epiladder.study.data import read_rows
    from epiladder.study.table import as_table

    resolved, folder = read_plan(results), results / "imputed" / str(imputation)
    rows, chain = complete(resolved, read_rows(results / "data" / "rows.parquet", resolved), imputation)
    write_json(folder / "chain.json", chain)
    write_parquet(folder / "rows.parquet", as_table(resolved, rows))
    _write_design(folder / "design", resolved, rows)


def gather(*, results: Path) -> None:
    """What the imputed data sets have in common: the study's design, and the record of what was imputed."""
    from epiladder.design.averaged import averaged
    from epiladder.imputation.summary import imputation_record
    from epiladder.study.gaps import data_sets

    resolved = read_plan(results)
    folders = [results / "imputed" / str(number) for number in data_sets(resolved)]
    stored = [read_json(folder / "design" / "design.json") for folder in folders]
    chains = [read_json(folder / "chain.json") for folder in folders]
    record = imputation_record(resolved, read_json(results / "data" / "accounting.json"), chains)
    write_json(results / "imputation.json", record)
    write_json(results / "design" / "design.json", averaged(stored))
    for name in ("columns.parquet", "crossproducts.parquet"):
        write_bytes(results / "design" / name, (folders[0] / "design" / name).read_bytes())


def approximate(*, results: Path) -> None:
    """Choose how the likelihood is computed, once for the study, such that its largest rung can have it."""
    from epiladder.design.load import Designed
    from epiladder.inference.estimate import choose_approximation

    chosen = choose_approximation(read_plan(results), Designed(results / "design"))
    write_json(results / "approximation.json", chosen)


def fit(*, results: Path, rung: str) -> None:
    """Estimate one rung; one that cannot be fitted is a result that says why."""
    from epiladder.design.load import Designed
    from epiladder.inference.estimate import estimate

    approximation = read_json(results / "approximation.json")
    record, table = estimate(read_plan(results), Designed(results / "design"), rung, approximation)
    write_json(results / "fits" / f"{rung}.json", record)
    write_parquet(results / "fits" / f"{rung}.modes.parquet", table)


def fit_imputed(*, results: Path, imputation: int) -> None:
    """Estimate every rung on one imputed data set."""
    from epiladder.design.load import Designed
    from epiladder.inference.estimate import estimate

    resolved, approximation = read_plan(results), read_json(results / "approximation.json")
    designed = Designed(results / "imputed" / str(imputation) / "design")
    for rung in designed.rungs:
        record, table = estimate(resolved, designed, rung, approximation)
        write_json(results / "fits" / rung / f"{imputation}.json", record)
        write_parquet(results / "fits" / rung / f"{imputation}.modes.parquet", table)


def pool(*, results: Path) -> None:
    """Pool the fits of every rung over the imputed data sets by Rubin's rules."""
    from epiladder.inference.pooled_fit import pooled_modes, pooled_record
    from epiladder.study.gaps import data_sets

    resolved, fits = read_plan(results), results / "fits"
    numbers = data_sets(resolved)
    for rung in [item["id"] for item in read_json(results / "design" / "design.json")["rungs"]]:
        records = [read_json(fits / rung / f"{number}.json") for number in numbers]
        tables = [read_parquet(fits / rung / f"{number}.modes.parquet") for number in numbers]
        record = pooled_record(records, resolved.inference.confidence)
        write_json(fits / f"{rung}.json", record)
        write_parquet(fits / f"{rung}.modes.parquet", pooled_modes(tables, record["status"] == "fitted"))


def infer(*, results: Path) -> None:
    """Screen, comparisons, decisions and pooling, from the fits and the cross-products."""
    from epiladder.design.load import Designed
    from epiladder.inference.decisions import decisions
    from epiladder.inference.pooling import pooling_table
    from epiladder.inference.screen import screen

    resolved, designed = read_plan(results), Designed(results / "design")
    cross, rungs = designed.cross, designed.rungs
    fits = {rung: read_json(results / "fits" / f"{rung}.json") for rung in rungs}
    compared = _compared(results, resolved, designed, fits)
    screened = screen(resolved, cross, fits["null"], designed.stored["outcome"]["mean_log_exposure"], designed.units())
    decided = decisions(resolved, screened, compared, fits, rungs)
    shown = dict.fromkeys(["null", decided[-1]["outcome"]])
    modes = {rung: read_parquet(results / "fits" / f"{rung}.modes.parquet") for rung in shown}
    write_json(results / "screen.json", screened)
    write_json(results / "comparisons.json", [row.as_json() for row in compared])
    write_json(results / "decisions.json", decided)
    write_parquet(results / "pooling.parquet", pooling_table(fits, modes))


def _compared(results: Path, resolved: Plan, designed: Designed, fits: dict[str, Any]) -> list[Comparison]:
    from epiladder.inference.compare import Rung, compare
    from epiladder.ladder.plan import pairs

    seen = {rung: Rung.of(designed.spec(rung), designed.model(rung), fits[rung]) for rung in designed.rungs}
    sizes = [designed.cross.cluster_sizes(level) for level in designed.cross.levels]
    climbed = [(seen[low], seen[high]) for low, high in pairs(tuple(designed.rungs))]
    if resolved.data.imputation is None:
        return [row for pair in climbed for row in compare(*pair, sizes)]
    from epiladder.inference.pooled_comparison import compare_pooled
    from epiladder.inference.sets import Sets

    sets = Sets.read(results, resolved)
    return [row for pair in climbed for row in compare_pooled(*pair, sizes, sets)]


def standard_practice(*, results: Path) -> None:
    """Ordinary, cluster-robust, GEE and fixed-effects regression beside the mixed models."""
    from epiladder.design.load import Designed
    from epiladder.inference.standard_practice import compare_practice

    resolved, designed = read_plan(results), Designed(results / "design")
    fits = {rung: read_json(results / "fits" / f"{rung}.json") for rung in designed.rungs}
    reference = "standard errors are compared with those of the mixed model that has the same fixed part"
    if resolved.data.imputation is None:
        rows = compare_practice(designed, resolved, fits)
    else:
        from epiladder.inference.pooled_practice import pooled_practice
        from epiladder.inference.sets import Sets

        rows = pooled_practice(Sets.read(results, resolved), fits)
    write_json(results / "standard_practice.json", {"study": resolved.id, "reference": reference, "rows": rows})


def provenance(*, study: Path, results: Path) -> None:
    """What stands behind the report: hashes of plan and inputs, versions and commit, no times."""
    from epiladder.audit.provenance import provenance as gather

    write_json(results / "provenance.json", gather(study, results))


def report(*, results: Path, out: Path) -> None:
    """The page in its renderings, its tables and figures."""
    from epiladder.report.build import build

    build(results, out)


def manifest(*, study: Path, results: Path, reports: Path) -> None:
    """The last output: every input and output with its hash, and how they were made."""
    from epiladder.audit.manifest import manifest as gather

    write_json(results / "manifest.json", gather(study, results, reports))


def document(*, root: Path) -> None:
    """Write the study file's JSON Schema and the reference of its keys into the project."""
    from epiladder.study.document import reference, schema

    write_json(root / "workflow" / "schemas" / "study.schema.json", schema())
    write_text(root / "config" / "README.md", reference())

"""Of studies that impute: completed data sets, a ladder fitted on each, and their pooling."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from epiladder.files import read_json, read_parquet, write_bytes, write_json, write_parquet
from epiladder.steps.designed import write_design
from epiladder.steps.resolved import read_plan

if TYPE_CHECKING:
    pass


def impute(*, results: Path, imputation: int) -> None:
    """Complete the rows once by chained equations, and make the design of the completed rows."""
    from epiladder.imputation.impute import impute as complete
    from epiladder.study.data import read_rows
    from epiladder.study.table import as_table

    resolved, folder = read_plan(results), results / "imputed" / str(imputation)
    rows, chain = complete(resolved, read_rows(results / "data" / "rows.parquet", resolved), imputation)
    write_json(folder / "chain.json", chain)
    write_parquet(folder / "rows.parquet", as_table(resolved, rows))
    write_design(folder / "design", resolved, rows)


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
